# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The command line of bin/sandbox."""

from __future__ import annotations

import argparse
import sys

from . import environment, inventory
from .engine import EngineError
from .say import Refused

VERBS = {
    "start": "make what is missing, start what is stopped; run again, it does nothing",
    "stop": "remove machines, networks and keys; with HOST only these machines",
    "status": "show the machines; fails unless all run",
    "env": "print lines to paste: ssh to each machine, the S3 store with its keys",
    "reboot": "boot machines anew",
}


def main() -> int:
    """Read the arguments and do it, or end in a sentence."""
    args = _arguments()
    try:
        return _do(args)
    except (Refused, EngineError) as error:
        sys.stderr.write(f"bin/sandbox: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("bin/sandbox: interrupted; the next start completes what is half made\n")
        return 130


def _do(args: argparse.Namespace) -> int:
    there = inventory.load(args.inventory)
    if args.verb == "start":
        environment.start(there, args.hosts)
    elif args.verb == "stop":
        environment.stop(there, args.hosts, images=args.images)
    elif args.verb == "reboot":
        environment.reboot(there, args.hosts)
    elif args.verb == "env":
        sys.stdout.writelines(f"{line}\n" for line in environment.lines(there))
    else:
        states = environment.status(there)
        sys.stdout.writelines(f"{each.host:<20} {each.address:<15} {each.suite:<8} {each.service or '-':<3} {state}\n" for each, state in states.items())
        return 0 if set(states.values()) == {"running"} else 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/sandbox", description="One machine for every host of an inventory that has the variable sandbox_suite.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in VERBS.items():
        known = verbs.add_parser(verb, help=text, description=text)
        known.add_argument("-i", "--inventory", default="inventory/local", help="default: %(default)s")
        if verb in ("start", "stop", "reboot"):
            known.add_argument("hosts", nargs="+" if verb == "reboot" else "*", metavar="HOST")
        if verb == "stop":
            known.add_argument("--images", action="store_true", help="remove the images too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
