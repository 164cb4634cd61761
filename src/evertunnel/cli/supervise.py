"""Keeps our services running where systemd does not; `evertunnel apply` starts it when it is needed.

    evertunnel supervise

It ends when it is told to (SIGTERM), and its services with it.
"""

import argparse

from evertunnel.drivers import logs
from evertunnel.drivers.host import supervisor


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares no arguments."""


def run(_arguments: argparse.Namespace) -> int:
    """Supervises until SIGTERM."""
    logs.configure()
    supervisor.supervise()
    return 0
