# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The command line of bin/sandbox."""

from __future__ import annotations

import argparse
import sys

from . import environment, inventory
from .engine import EngineError
from .say import SandboxError

VERBS = {
    "start": "create what is missing and start what is stopped; a second run does nothing",
    "stop": "remove machines, droplets, clusters, networks, keys and the account; with HOST only these machines",
    "status": "show the machines and the account; fail unless all of them are running",
    "env": "print shell commands for the cloud's API, the S3 store with its keys, and ssh to each machine",
    "reboot": "reboot machines",
    "fault": "make the cloud's API fail on purpose; without KIND, show the pending faults and the kinds of faults",
    "token": "create an API token that has only these scopes; without SCOPE, list all scopes",
    "account": "change what only the cloud can change in an account: its limits and status",
}


def main() -> int:
    """Read the arguments and run the command; an error ends in one sentence."""
    args = _arguments()
    try:
        return _do(args)
    except (SandboxError, EngineError) as error:
        sys.stderr.write(f"bin/sandbox: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("bin/sandbox: interrupted; the next start completes what was begun\n")
        return 130


def _do(args: argparse.Namespace) -> int:
    there = inventory.load(args.inventory)
    if args.verb == "start":
        environment.start(there, args.hosts, newest=args.newest)
    elif args.verb == "stop":
        environment.stop(there, args.hosts, images=args.images)
    elif args.verb == "reboot":
        environment.reboot(there, args.hosts)
    elif args.verb == "env":
        sys.stdout.writelines(f"{line}\n" for line in environment.lines(there))
    elif args.verb == "fault":
        given = {
            option: getattr(args, option)
            for option in ("kind", "times", "method", "path", "seconds")
            if getattr(args, option) is not None
        }
        sys.stdout.writelines(
            f"{line}\n" for line in environment.fault(there, given if args.kind else None, clear=args.clear)
        )
    elif args.verb == "token":
        sys.stdout.writelines(f"{line}\n" for line in environment.token(there, args.scopes))
    elif args.verb == "account":
        changes = {
            "droplet_limit": args.droplet_limit,
            "status": args.status,
            "status_message": args.message,
            "email_verified": args.email_verified,
        }
        found = environment.change_account(there, {name: value for name, value in changes.items() if value is not None})
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in found.items())
    else:
        states = environment.status(there)
        sys.stdout.writelines(
            f"{each.host:<20} {each.address:<15} {each.suite:<8} {each.service or '-':<3} {state}\n"
            for each, state in states.items()
        )
        cloud = environment.cloud(there) if there.account else ""
        sys.stdout.write(f"{cloud}\n" if cloud else "")
        return 0 if set(states.values()) <= {"running"} and (not cloud or " running: " in cloud) else 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/sandbox", description="Machines and a cloud account for an inventory: see sandbox/README.md."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in VERBS.items():
        known = verbs.add_parser(verb, help=text, description=text)
        known.add_argument("-i", "--inventory", default="inventory/local", help="default: %(default)s")
        if verb in ("start", "stop", "reboot"):
            known.add_argument("hosts", nargs="+" if verb == "reboot" else "*", metavar="HOST")
        if verb == "start":
            known.add_argument(
                "--newest",
                action="store_true",
                help="build images for the newest Debian only; others are built when first needed",
            )
        if verb == "stop":
            known.add_argument("--images", "--purge", action="store_true", help="remove the images too")
        if verb == "fault":
            known.add_argument(
                "kind", nargs="?", metavar="KIND", help="429, 500, 503, timeout, drop, drop_after or slow"
            )
            known.add_argument("--times", type=int, help="how many requests fail; 1 by default")
            known.add_argument("--method", help="only requests with this method, such as POST")
            known.add_argument(
                "--path",
                metavar="RE",
                help="only requests whose path matches this regular expression; with slow: jobs of this kind",
            )
            known.add_argument(
                "--seconds", type=float, help="how long a timeout or a slow creation takes; 1 by default"
            )
            known.add_argument("--clear", action="store_true", help="remove the pending faults")
        if verb == "token":
            known.add_argument("scopes", nargs="*", metavar="SCOPE", help="such as droplet:read")
        if verb == "account":
            known.add_argument("--droplet-limit", type=int, metavar="N", help="the maximum number of droplets")
            known.add_argument(
                "--status",
                choices=("active", "warning", "locked"),
                help="a locked account allows only reading and deleting",
            )
            known.add_argument("--message", help="the message that explains the status")
            known.add_argument(
                "--email-verified", action=argparse.BooleanOptionalAction, help="whether its email address is verified"
            )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
