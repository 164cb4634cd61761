"""Where this host keeps its store and its signer, and who acts."""

import os
import time

from evertunnel.paths import STATE
from evertunnel.store import Store, open_store
from evertunnel.store.audit import Act

STORE = STATE / "store" / "store.db"


def now() -> float:
    """The time, as Unix seconds; everything below takes it as an argument."""
    return time.time()  # noqa: TID251 (the edge that reads the clock for all below)


def store() -> Store:
    """The store of this host."""
    return open_store(STORE)


def act() -> Act:
    """An act of whoever runs the command, for the audit trail."""
    return Act(at=now(), actor=os.environ.get("SUDO_USER") or str(os.getuid()))
