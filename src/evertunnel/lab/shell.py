"""Enters a host of a living lab, and takes kept labs down."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from evertunnel.drivers.namespaces.cell import ENVIRONMENT
from evertunnel.drivers.namespaces.cell import enter as enter_namespaces
from evertunnel.errors import NotFound
from evertunnel.lab.rundir import BASE, cleanup_stale, labs, live_lab, started, wait_gone
from evertunnel.lab.scenario import PROGRAM

SHELL = ("/bin/bash", "--norc")


def enter(name: str, argv: Sequence[str] = (), base: Path = BASE) -> int:
    """Becomes a root shell (or `argv`) inside a host; returns only if that could not be started."""
    pid = init_of(name, base)
    path = f"{Path(PROGRAM).parent}:{ENVIRONMENT['PATH']}"  # evertunnel itself is found, too
    environment = {"PS1": f"[{name}] \\w \\$ ", "PATH": path}
    enter_namespaces(pid, argv or SHELL, environment)
    return 1


def init_of(name: str, base: Path = BASE) -> int:
    """The init of a host of the living lab."""
    lab = live_lab(base)
    if lab is None:
        raise NotFound("no rehearsal is running; start one with: sudo evertunnel rehearse PLAN --keep")
    hosts = lab.read().hosts
    pid, start = hosts.get(name, (0, 0))
    if pid == 0 or started(pid) != start:
        raise NotFound(f"the rehearsal has no running host {name!r}; it has {', '.join(sorted(hosts))}")
    return pid


def clean(base: Path = BASE) -> tuple[str, ...]:
    """Ends kept labs, removes what crashed ones left, and says which; a working one is left alone."""
    ended = []
    for lab in labs(base):
        pid, start = lab.identity()
        if lab.lives() and lab.read().kept:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            wait_gone(pid, start)
            ended.append(lab.path.name)
    return (*ended, *cleanup_stale(base))
