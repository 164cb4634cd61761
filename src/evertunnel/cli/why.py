"""Explains why a device or a user is in or out: every check and network policy, what it saw, and what to do.

    sudo evertunnel why laptop1
    sudo evertunnel why alice@corp.contoso.com
    sudo evertunnel why laptop1 --at 2026-11-22T09:30

On the inside host it prints the decision, and who was refused before anyone was asked: by FreeRADIUS, because the
certificate proves nothing, or by a gateway, as that reported. On a gateway it prints what charon refused there.
Exit status: 0 explained, 2 nothing is recorded here about them.
"""

import argparse
import datetime

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json, typed
from evertunnel.control_plane import why


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("about", metavar="NAME", help="a device or a user, as the directory names them")
    parser.add_argument(
        "--at",
        type=typed(moment),
        metavar="TIME",
        help="the last answer up to this time, like 2026-11-22T09:30 (UTC unless it says otherwise)",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the trace."""
    found = why.explain(arguments.about, at=arguments.at)
    if arguments.json:
        reports.print_json(found.document)
    else:
        print("\n".join(found.lines))
    return 0


def moment(text: str) -> float:
    """Unix seconds of a time as people write it."""
    try:
        read = datetime.datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a time; write it like 2026-11-22T09:30") from None
