"""Runs one of our services in the foreground; the supervisor or systemd calls this.

    evertunnel service sessions

It ends when it is told to (SIGTERM).
"""

import argparse
import gc
import importlib

MODULES = {
    "signer": "evertunnel.services.signer",
    "publisher": "evertunnel.services.publisher",
    "policy": "evertunnel.services.policy",
    "outbox": "evertunnel.services.outbox",
    "sessions": "evertunnel.services.sessions",
    "client": "evertunnel.client.agent",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("name", choices=sorted(MODULES))


def run(arguments: argparse.Namespace) -> int:
    """Runs the service until it ends."""
    from evertunnel.drivers import logs

    logs.configure()
    service = importlib.import_module(MODULES[arguments.name])
    gc.freeze()  # what was imported stays as long as the service
    service.main()
    return 0
