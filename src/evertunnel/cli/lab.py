"""Enters a host of a rehearsal that was kept with --keep.

    sudo evertunnel lab shell laptop1
    sudo evertunnel lab clean             take a kept rehearsal down

Exit status: that of the shell; 2 where there is no such host.
"""

import argparse

from evertunnel.lab import shell


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    enter = what.add_parser("shell", help="a root shell inside a host")
    enter.add_argument("host")
    what.add_parser("clean", help="take down what was kept, and what crashed runs left")


def run(arguments: argparse.Namespace) -> int:
    """Enters or cleans."""
    if arguments.what == "shell":
        return shell.enter(arguments.host)
    shell.clean()
    return 0
