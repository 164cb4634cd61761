"""Loads the firewall applied last; systemd calls this at boot, before the network and before our services.

    evertunnel restore               table, kernel settings, and the routes to nowhere
    evertunnel restore --routes      the other routes, once the network is up

Exit status: 0 it is there, 1 it could not be loaded, 2 nothing was applied here.
"""

import argparse

from evertunnel.control_plane import hosts


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("--routes", action="store_true", help="add the routes that need the network")


def run(arguments: argparse.Namespace) -> int:
    """Loads what is asked."""
    if arguments.routes:
        hosts.restore_routes()
    else:
        hosts.restore(networked=False)
    return 0
