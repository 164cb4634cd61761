"""Says what runs on this host, and on a gateway which tunnels end here.

    sudo evertunnel status
    sudo evertunnel status --json

Exit status: 0 every service runs, 1 one does not, or nothing was applied here.
"""

import argparse

from evertunnel import documents
from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json
from evertunnel.control_plane.status import Status, status


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the status."""
    found = status()
    if arguments.json:
        reports.print_json(documents.write(found))
    else:
        print("\n".join(lines(found)))
    return 0 if found.runs else 1


def lines(found: Status) -> list[str]:
    """The status for a person."""
    if not found.host:
        return ["nothing was applied on this host: evertunnel apply FILE"]
    services = [
        f"  {each.name:<12} {'runs' if each.runs else 'DOES NOT RUN':<13}"
        + (f" restarted {each.restarts} time(s)" if each.restarts else "")
        for each in found.services
    ]
    sessions = [
        f"  {each.address!s:<15} {each.identity} from {each.endpoint}, "
        + (f"reaches {each.reach}" if each.reach else "NOT ADMITTED")
        for each in found.sessions
    ]
    tunnels = ["tunnels", *(sessions or ["  none"])] if found.is_gateway else []
    head = f"{found.host}, applied {found.applied}"
    return [line.rstrip() for line in (head, "services", *(services or ["  none"]), *tunnels)]
