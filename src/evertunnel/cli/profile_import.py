"""Writes the plan's sections that would produce an existing profile."""

import argparse
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb
from evertunnel.cli.profile_files import read_profile
from evertunnel.profiles.vpnv2.compare import Difference
from evertunnel.profiles.vpnv2.to_plan import sections


def configure(what: Subparsers) -> None:
    """Declares the verb's arguments."""
    verb = add_verb(
        what,
        "import",
        "write the plan's sections that would produce a profile",
        "evertunnel profile import profile.xml > sections.toml",
    )
    verb.description = (
        "Writes the plan's sections that would produce a profile, as TOML, and below them, as comments, what the\n"
        "profile says and no plan can. A plan has each table once: put the lines into its tables of the same names.\n"
        "Thumbprints of authorities are not in it: `profile build` takes those of the plan's own.\n\n"
        "Exit status: 0 done (something may have been left out, and is listed), 2 the file is no profile."
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="a profile")
    add_json(verb)
    verb.set_defaults(act=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the sections."""
    made = sections(read_profile(arguments.file).profile)
    if arguments.json:
        unsaid = [{"path": each.path, "profile": each.first, "plan": each.second} for each in made.unsaid]
        reports.print_json({"toml": made.toml, "unsaid": unsaid})
        return 0
    print(made.toml, end="")
    if made.unsaid:
        print("\n# The profile made from these sections differs from the one read:")
    for each in made.unsaid:
        for line in _lines(each):
            print(f"# {''.join(letter if letter.isprintable() else '?' for letter in line)}")
    return 0


def _lines(difference: Difference) -> list[str]:
    first = "nothing" if difference.first is None else difference.first
    second = "nothing" if difference.second is None else difference.second
    return [f"  {difference.path}", f"      read: {first}", f"      made: {second}"]
