"""Prints what follows from the plan's format or from one plan.

    evertunnel plan schema > plan.schema.json       what editors check and complete a plan with
    evertunnel plan records examples/contoso.toml   the DNS records that the zones' owner must set

Exit status: 0 printed, 2 the plan is wrong.
"""

import argparse
from pathlib import Path

from evertunnel import documents
from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json, add_verb
from evertunnel.cli.files import read_plan
from evertunnel.plan.records import DnsRecord, dns_records
from evertunnel.plan.schema import schema


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    add_verb(what, "schema", "print the plan's JSON Schema", "evertunnel plan schema > plan.schema.json")
    records = add_verb(
        what,
        "records",
        "print the DNS records that the zones' owner must set",
        "evertunnel plan records examples/contoso.toml",
    )
    records.add_argument("plan", type=Path, metavar="PLAN", help="the plan file")
    add_json(records)


def run(arguments: argparse.Namespace) -> int:
    """Prints the schema or the records."""
    if arguments.what == "schema":
        reports.print_json(schema())
        return 0
    records = dns_records(read_plan(arguments.plan))
    if arguments.json:
        reports.print_json([documents.write(record) for record in records])
    else:
        print("\n".join(lines(records)))
    return 0


def lines(records: tuple[DnsRecord, ...]) -> list[str]:
    """The records as zone files have them, below a comment for each zone and view."""
    found: list[str] = []
    for zone, view in dict.fromkeys((record.zone, record.view) for record in records):
        found.append(f"; {zone}, {view.value} view")
        found += [str(record) for record in records if (record.zone, record.view) == (zone, view)]
    return found
