"""Compares two profiles by meaning, not by text."""

import argparse
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb
from evertunnel.cli.profile_files import read_profile
from evertunnel.profiles.vpnv2.compare import Difference, compare


def configure(what: Subparsers) -> None:
    """Declares the verb's arguments."""
    diff = add_verb(
        what, "diff", "compare two profiles by meaning, not by text", "evertunnel profile diff before.xml after.xml"
    )
    diff.description = (
        "Compares two profiles by what they mean: the order of elements, defaults that one of them says, and what\n"
        "Windows adds by itself make no difference, nor does what `profile lint --fix` mends (True, a spelling, a\n"
        "namespace). Windows may refuse one of two that mean the same: lint both first.\n\n"
        "Exit status: 0 they mean the same, 1 they do not, 2 a file is no profile."
    )
    diff.add_argument("first", type=Path, metavar="FIRST", help="a profile")
    diff.add_argument("second", type=Path, metavar="SECOND", help="another one")
    add_json(diff)
    diff.set_defaults(act=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints what differs."""
    found = compare(read_profile(arguments.first).profile, read_profile(arguments.second).profile)
    if arguments.json:
        reports.print_json([{"path": each.path, "first": each.first, "second": each.second} for each in found])
    else:
        print("\n".join(_lines(found)) if found else "they mean the same")
    return 1 if found else 0


def _lines(found: tuple[Difference, ...]) -> list[str]:
    lines = []
    for each in found:
        lines.append(each.path)
        lines += [f"  - {each.first}"] if each.first is not None else []
        lines += [f"  + {each.second}"] if each.second is not None else []
    return ["".join(letter if letter.isprintable() else "?" for letter in line) for line in lines]
