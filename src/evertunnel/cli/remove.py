"""Takes Evertunnel off this host: services, rules, routes, files. Keeps the store, the CA's keys and the spools.

    sudo evertunnel remove
    sudo evertunnel remove --purge      those too; there is no way back

Exit status: 0 done, 1 something could not be removed.
"""

import argparse

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json
from evertunnel.control_plane import hosts


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("--purge", action="store_true", help="delete the store, the CA's keys and the spools, too")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Removes and says what was taken away."""
    report = reports.print_nothing if arguments.json else reports.print_step
    removed = hosts.remove(purge=arguments.purge, report=report)
    if arguments.json:
        reports.print_json({"actions": reports.step_documents(removed.steps), "kept": removed.kept})
        return 0
    kept = f"kept: {', '.join(removed.kept)}" if removed.kept else "nothing is left"
    print(f"{len(removed.steps)} action(s); {kept}")
    return 0
