"""Proves each part of this host against what was applied, with the evidence.

    sudo evertunnel verify

On a gateway it also asks whether the public name leads there. Exit status: 0 everything held, 1 something did not,
2 nothing was applied here, or the plan or bundle is wrong.
"""

import argparse

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json
from evertunnel.cli.wanted import add_wanted, bundle_of
from evertunnel.control_plane import hosts


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_wanted(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the evidence."""
    evidence = hosts.verify(bundle_of(arguments))
    broken = sum(not each.held for each in evidence)
    if arguments.json:
        reports.print_json(reports.evidence_documents(evidence))
    else:
        for each in evidence:
            print(f"{'held  ' if each.held else 'FAILED'}  {each}")
        print(f"{broken} of {len(evidence)} FAILED" if broken else f"all {len(evidence)} held")
    return 1 if broken else 0
