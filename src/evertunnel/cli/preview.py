"""Prints what apply would do on this host, in order: what closes first, what opens last. Changes nothing.

Where the policy service is, it also says who would lose or gain access.

    sudo evertunnel preview gateway1.bundle
    sudo evertunnel preview                     against what was applied last: what was changed by hand since

Exit status: 0 apply can do it (or need do nothing), 1 apply would refuse, 2 the plan or bundle is wrong.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json
from evertunnel.cli.progress import Progress
from evertunnel.cli.wanted import add_wanted, bundle_of
from evertunnel.control_plane import hosts
from evertunnel.control_plane.bundles import Bundle

if TYPE_CHECKING:
    from evertunnel.control_plane.access_changes import Comparison


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_wanted(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the actions."""
    bundle = bundle_of(arguments)
    steps, refusals = hosts.preview(bundle), hosts.refusals(bundle)
    access = _access(bundle)
    if arguments.json:
        changes = access.document if access else {}
        reports.print_json({"actions": reports.step_documents(steps), "access": changes, "refusals": refusals})
        return 1 if refusals else 0
    for step in steps:
        reports.print_step(step)
    if bundle.public and not bundle.gateway:
        print("then, when that runs: the gateway, with a new key and certificate")
    print(f"{len(steps)} action(s)" if steps else f"0 actions: {bundle.host} is as it shall be")
    for line in access.lines if access else ():
        print(line)
    for refusal in refusals:
        print(f"apply would refuse: {refusal}", file=sys.stderr)
    return 1 if refusals else 0


def _access(bundle: Bundle) -> "Comparison | None":
    if bundle.radius is None:
        return None
    from evertunnel.control_plane import access_changes

    progress = Progress("who would lose access")
    return access_changes.of_bundle(bundle, told=lambda done: progress(done, "asked about"))
