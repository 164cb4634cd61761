"""Windows' VPN profiles (ProfileXML), and what brings a plan's profiles to clients of every kind.

    evertunnel profile lint profile.xml                     what is wrong with a profile, and its mend
    evertunnel profile diff before.xml after.xml            what differs by meaning
    evertunnel profile import profile.xml                   the plan's sections that would produce it
    evertunnel profile build plan.toml --for intune --out DIR

Exit status: 0 done, 1 it failed or something is wrong with a profile, 2 the input is wrong.
"""

import argparse

from evertunnel.cli import profile_build, profile_diff, profile_import, profile_lint, profile_write


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for verb in (profile_lint, profile_write, profile_diff, profile_import, profile_build):
        verb.configure(what)


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    return int(arguments.act(arguments))
