"""Says everything that is wrong with a plan, at once: where, what, and how to mend it.

    evertunnel check examples/contoso.toml

Exit status: 0 nothing wrong (warnings may be printed), 2 the plan is wrong.
"""

import argparse
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.files import read_plan
from evertunnel.errors import DocumentError
from evertunnel.plan import checks


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("plan", type=Path, help="the plan file")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Checks the plan file."""
    try:
        plan = read_plan(arguments.plan)
    except DocumentError as error:
        if not arguments.json:
            raise
        _print_json([{"severity": "error", "path": p.path, "what": p.what, "mend": p.mend} for p in error.problems])
        return 2
    findings = checks.findings(plan)
    if arguments.json:
        _print_json([{"severity": f.severity.value, "path": f.path, "what": f.what, "mend": f.mend} for f in findings])
        return 0
    for finding in findings:
        print(f"{arguments.plan}: {finding.severity.value}: {finding.path}: {finding.what}. {finding.mend}")
    if not findings:
        print(f"{arguments.plan}: nothing wrong ({len(plan.hosts)} hosts, {len(plan.gateway.pools)} pool(s))")
    return 0


def _print_json(findings: list[dict[str, str]]) -> None:
    reports.print_json({"findings": findings})
