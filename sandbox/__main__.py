# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The command line of bin/sandbox."""

from __future__ import annotations

import argparse
import sys

from . import environment, inventory
from .engine import EngineError
from .say import Refused, say


def main() -> int:
    """Read the arguments, do the work, end in a sentence if it cannot be done."""
    args = _arguments()
    try:
        wanted = inventory.load(args.inventory)
        if args.verb == "start":
            environment.start(wanted, args.hosts)
        elif args.verb == "stop":
            environment.stop(wanted, args.hosts, images=args.images)
        elif args.verb == "reboot":
            environment.reboot(wanted, args.hosts)
        elif args.verb == "env":
            say("\n".join(environment.lines(wanted)))
        elif not environment.status(wanted):
            return 1
    except (Refused, EngineError) as error:
        sys.stderr.write(f"bin/sandbox: {error}\n")
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/sandbox", description="The machines that a local inventory lives on: every host with the variable sandbox_suite.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    helps = {
        "start": "make what is missing and start what is stopped; run again, it does nothing",
        "stop": "remove machines, networks and keys; with HOST only these machines",
        "status": "show the machines; fails unless all run",
        "env": "print lines to paste: the S3 store, ssh to each machine",
        "reboot": "boot machines anew",
    }
    for verb, text in helps.items():
        known = verbs.add_parser(verb, help=text, description=text)
        known.add_argument("-i", "--inventory", default="inventory/local", help="default: %(default)s")
        if verb in ("start", "stop", "reboot"):
            known.add_argument("hosts", nargs="+" if verb == "reboot" else "*", metavar="HOST")
        if verb == "stop":
            known.add_argument("--images", action="store_true", help="remove the images too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
