"""Says everything that is wrong with a plan, at once: where, what, and how to mend it.

    evertunnel check examples/contoso.toml
    evertunnel check examples/contoso.toml --outside --resolver 192.0.2.53

With --outside, from any machine on the internet, it also asks a resolver for the gateway's public name and knocks at
UDP 500 and 4500 there. Exit status: 0 nothing wrong (warnings may be printed), 1 the outside does not fit the plan,
2 the plan is wrong.
"""

import argparse
from ipaddress import ip_address
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import typed
from evertunnel.cli.files import read_plan
from evertunnel.control_plane import public
from evertunnel.errors import DocumentError
from evertunnel.plan import checks
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan
from evertunnel.reconcile import Evidence


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
    try:
        plan = read_plan(arguments.plan)
    except DocumentError as error:
        if not arguments.json:
            raise
        _print_json([{"severity": "error", "path": p.path, "what": p.what, "mend": p.mend} for p in error.problems])
        return 2
    findings = checks.findings(plan)
    evidence = _outside(plan, arguments) if arguments.outside else ()
    if arguments.json:
        said = [{"severity": f.severity.value, "path": f.path, "what": f.what, "mend": f.mend} for f in findings]
        _print_json(said, **({"outside": reports.evidence_documents(evidence)} if arguments.outside else {}))
    else:
        _print(arguments.plan, plan, findings)
        for each in evidence:
            print(f"{'held  ' if each.held else 'FAILED'}  {each}")
    return 0 if all(each.held for each in evidence) else 1


def _outside(plan: Plan, arguments: argparse.Namespace) -> tuple[Evidence, ...]:
    from evertunnel.control_plane import outside
    from evertunnel.drivers import ike_probe, resolver

    return outside.look(plan, resolver.Resolver(arguments.resolver).addresses, ike_probe.answers)


def _print(path: Path, plan: Plan, findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        print(f"{path}: {finding.severity.value}: {finding.path}: {finding.what}. {finding.mend}")
    if not findings:
        print(f"{path}: nothing wrong ({len(plan.hosts)} hosts, {len(plan.gateway.pools)} pool(s))")
    for name in public.names(plan):
        print(f"{path}: to be set in the public zone: {name.record}")


def _print_json(findings: list[dict[str, str]], **more: object) -> None:
    reports.print_json({"findings": findings, **more})
