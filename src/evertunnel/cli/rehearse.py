"""Brings the plan up on real engines, each host isolated on this machine, and proves each claim with its control.

    sudo evertunnel rehearse examples/contoso.toml
    sudo evertunnel rehearse examples/contoso.toml --all --json report.json
    sudo evertunnel rehearse examples/contoso.toml --only manage-out --keep
    sudo evertunnel rehearse examples/contoso.toml --sabotage conntrack-first

Nothing is left afterwards. Exit status: 0 every claim and its control held (with --sabotage: it was noticed), 1 not so,
2 the plan is wrong.
"""

import argparse
import sys
from pathlib import Path

from evertunnel.cli.files import read_plan, read_text, require_writable
from evertunnel.errors import NotFound


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("plan", type=Path, nargs="?", help="the plan file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument("--keep", action="store_true", help="leave the hosts up until Ctrl-C")
    parser.add_argument("--all", action="store_true", help="the slow claims too")
    parser.add_argument("--only", action="append", default=[], metavar="CLAIM", help="only this claim (repeatable)")
    parser.add_argument("--sabotage", metavar="NAME", help="break one rule, and see that its claims turn red")
    parser.add_argument("--anyway", action="store_true", help="also where it was never tried (not Debian 12)")
    parser.add_argument("--list", action="store_true", help="name the claims, one a line")
    parser.add_argument("--list-sabotage", action="store_true", help="name the sabotages, one a line")


def run(arguments: argparse.Namespace) -> int:
    """Rehearses, or lists."""
    from evertunnel.lab.claims import CLAIMS
    from evertunnel.lab.rehearse import Rehearsal, Wishes
    from evertunnel.lab.sabotage import TABLE
    from evertunnel.lab.sabotage.verdict import flaws

    if arguments.list_sabotage:
        print("\n".join(TABLE))
        return 0
    if arguments.list:
        for claim in CLAIMS:
            print(f"{claim.id:<30} {'slow ' if claim.slow else '     '} {claim.sentence}")
        return 0
    if arguments.plan is None:
        raise NotFound("name a plan: evertunnel rehearse examples/contoso.toml")
    if arguments.sabotage is not None and arguments.sabotage not in TABLE:
        raise NotFound(f"there is no sabotage {arguments.sabotage!r}; there are: {', '.join(TABLE)}")
    plan, text = read_plan(arguments.plan), read_text(arguments.plan)
    if arguments.json is not None:
        require_writable(arguments.json)
    wishes = Wishes(
        everything=arguments.all,
        only=tuple(arguments.only),
        keep=arguments.keep,
        anyway=arguments.anyway,
        sabotage=TABLE.get(arguments.sabotage) if arguments.sabotage else None,
    )
    report = Rehearsal(plan=plan, text=text, name=str(arguments.plan), wishes=wishes).run()
    if arguments.json is not None:
        arguments.json.write_text(report.json())
    if wishes.sabotage is None:
        return 0 if report.green else 1
    found = flaws(wishes.sabotage, report)
    print(
        f"sabotage {'NOT NOTICED' if found else 'noticed'}: {wishes.sabotage.sentence}",
        *found,
        sep="\n",
        file=sys.stderr,
    )
    return 1 if found else 0
