"""Enters a host of a rehearsal that was kept with --keep.

    sudo evertunnel lab shell laptop1
    sudo evertunnel lab clean             take a kept rehearsal down

Exit status: that of the shell; 2 where there is no such host.
"""

import argparse

from evertunnel.cli.arguments import add_verb
from evertunnel.lab import shell


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    enter = add_verb(what, "shell", "enter a host with a root shell", "sudo evertunnel lab shell laptop1")
    enter.add_argument("host", metavar="HOST", help="a host of the plan, or a device of the rehearsal like laptop1")
    add_verb(what, "clean", "take down what was kept, and what crashed runs left", "sudo evertunnel lab clean")


def run(arguments: argparse.Namespace) -> int:
    """Enters or cleans."""
    if arguments.what == "shell":
        return shell.enter(arguments.host)
    shell.clean()
    return 0
