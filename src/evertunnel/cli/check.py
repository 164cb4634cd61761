"""Says everything that is wrong with a plan, at once: where, what, and how to mend it.

    evertunnel check examples/contoso.toml
    evertunnel check examples/contoso.toml --outside --resolver 192.0.2.53

With --outside, from any machine on the internet, it also asks a resolver for the gateway's public name and knocks at
UDP 500 and 4500 there.

With --json, `complete` is false where a setting cannot be read, is missing, or the file is not
TOML: the checks of the whole plan have not run then, and may find more once that is mended.

Exit status: 0 nothing wrong (warnings may be printed), 1 the outside does not fit the plan,
2 the plan is wrong.
"""

import argparse
from ipaddress import ip_address
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import typed
from evertunnel.cli.files import read_text
from evertunnel.control_plane import public
from evertunnel.errors import DocumentError
from evertunnel.plan.findings import Finding, Severity, error
from evertunnel.plan.load import Examined, examine
from evertunnel.plan.model import Plan
from evertunnel.reconcile import Evidence

MORE = "this may not be all: the checks of the whole plan run only once these are mended"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("plan", type=Path, help="the plan file")
    parser.add_argument("--outside", action="store_true", help="look at the gateway as the world sees it, too")
    parser.add_argument(
        "--resolver",
        type=typed(ip_address),
        metavar="ADDRESS",
        help="which resolver to ask, with --outside; default: those of /etc/resolv.conf",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Checks the plan file."""
    examined = _examined(arguments)
    plan, findings = examined.plan, examined.findings
    if plan is None:
        return _refuse(examined, arguments)
    evidence = _outside(plan, arguments) if arguments.outside else ()
    if arguments.json:
        _print_json(examined, **({"outside": reports.evidence_documents(evidence)} if arguments.outside else {}))
    else:
        _print(arguments.plan, plan, findings)
        for each in evidence:
            print(f"{'held  ' if each.held else 'FAILED'}  {each}")
    return 0 if all(each.held for each in evidence) else 1


def _examined(arguments: argparse.Namespace) -> Examined:
    try:
        return examine(read_text(arguments.plan))
    except DocumentError as wrong:
        if not arguments.json:
            raise
        findings = tuple(error(problem.path, problem.what, problem.mend) for problem in wrong.problems)
        return Examined(plan=None, findings=findings, complete=False)


def _refuse(examined: Examined, arguments: argparse.Namespace) -> int:
    if arguments.json:
        _print_json(examined)
        return 2
    wrong = DocumentError(str(arguments.plan), [finding.problem() for finding in examined.errors()])
    for finding in examined.findings:
        if finding.severity is Severity.WARNING:
            wrong.add_note(f"{arguments.plan}: {finding}")
    if not examined.complete:
        wrong.add_note(f"{arguments.plan}: {MORE}")
    raise wrong


def _outside(plan: Plan, arguments: argparse.Namespace) -> tuple[Evidence, ...]:
    from evertunnel.control_plane import outside
    from evertunnel.drivers import ike_probe, resolver

    return outside.look(plan, resolver.Resolver(arguments.resolver).addresses, ike_probe.answers)


def _print(path: Path, plan: Plan, findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        print(f"{path}: {finding}")
    if not findings:
        print(f"{path}: nothing wrong ({len(plan.hosts)} hosts, {len(plan.gateway.pools)} pool(s))")
    for name in public.names(plan):
        print(f"{path}: to be set in the public zone: {name.record}")


def _print_json(examined: Examined, **more: object) -> None:
    findings = [
        {"severity": found.severity.value, "path": found.path, "what": found.what, "mend": found.mend}
        for found in examined.findings
    ]
    reports.print_json({"findings": findings, "complete": examined.complete, **more})
