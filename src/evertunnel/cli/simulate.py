"""Says what would be answered if somebody connected. Connects nothing and records nothing.

    sudo evertunnel simulate alice --device laptop1 --at 2026-11-22T22:30
    sudo evertunnel simulate alice@corp.contoso.com --gateway gateway1 --json
    sudo evertunnel simulate --device laptop1                            the device tunnel of laptop1

Run it where the policy service is. With --device a user comes from that device, as if its device tunnel were up.
Exit status: 0 would be let in, 1 would be refused, 2 the input is wrong.
"""

import argparse

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json, typed
from evertunnel.cli.why import moment
from evertunnel.control_plane import simulate
from evertunnel.control_plane.simulate import Attempt
from evertunnel.errors import DocumentError, Problem
from evertunnel.values import HostName, UserName


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("user", nargs="?", metavar="USER", help="the user; left out: the device itself")
    parser.add_argument("--device", type=typed(HostName), metavar="DEVICE", help="the device that they come from")
    parser.add_argument("--gateway", type=typed(HostName), metavar="GATEWAY", help="default: the plan's first")
    parser.add_argument(
        "--at", type=typed(moment), metavar="TIME", help="like 2026-11-22T09:30 (UTC unless it says otherwise)"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the decision that would be made."""
    if arguments.user is None and arguments.device is None:
        problem = Problem(path="USER", what="nobody is named", mend="Name a user, or a device with --device.")
        raise DocumentError("simulate", [problem])
    user = None if arguments.user is None else _user(arguments.user)
    attempt = Attempt(user=user, device=arguments.device, gateway=arguments.gateway, at=arguments.at)
    answer = simulate.simulate(attempt)
    if arguments.json:
        reports.print_json(answer.document)
    else:
        print("\n".join(answer.lines))
    return 0 if answer.allow else 1


def _user(text: str) -> UserName:
    try:
        return simulate.full_name(text)
    except ValueError as error:
        problem = Problem(path="USER", what=str(error), mend="Name them as the directory does.")
        raise DocumentError("simulate", [problem]) from None
