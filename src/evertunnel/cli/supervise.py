"""Keeps our services running where systemd does not; `evertunnel apply` starts it when it is needed.

    evertunnel supervise

It ends when it is told to (SIGTERM), and its services with it.
"""

import argparse

from evertunnel.drivers import logs
from evertunnel.drivers.host import supervisor
from evertunnel.errors import EngineError
from evertunnel.paths import STATE

APPLIED = STATE / "applied.bundle"

log = logs.get_logger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares no arguments."""


def run(_arguments: argparse.Namespace) -> int:
    """Supervises until SIGTERM."""
    logs.configure()
    if APPLIED.exists():
        _restore()
    supervisor.supervise()
    return 0


def _restore() -> None:
    from evertunnel.control_plane import hosts

    try:
        hosts.restore(networked=True)
    except EngineError as error:
        # Without its table charon does not start: closed, and the next apply says why.
        log.warning("firewall not restored", error=str(error))
