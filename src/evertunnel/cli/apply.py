"""Makes this host what the plan or the bundle says: check, apply, verify, and put back if that fails.

    sudo evertunnel apply examples/contoso.toml     on the host that holds the authority and the directory
    sudo evertunnel apply gateway1.bundle           on any other host
    sudo evertunnel apply                           what was applied last, once more: heals what was changed by hand

A second apply does nothing. Exit status: 0 done, 1 failed (what was there is put back), 2 the plan or bundle is wrong.
"""

import argparse

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json
from evertunnel.cli.wanted import add_wanted, stages
from evertunnel.control_plane import hosts
from evertunnel.reconcile import Step


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_wanted(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Applies and says what was done."""
    report = reports.print_nothing if arguments.json else reports.print_step
    steps: list[Step] = []
    for bundle in stages(arguments):
        steps += hosts.apply(bundle, report=report)
    if arguments.json:
        reports.print_json({"actions": reports.step_documents(steps)})
    else:
        print(f"{len(steps)} action(s); everything verified")
    return 0
