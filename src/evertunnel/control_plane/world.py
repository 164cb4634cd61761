"""Where this host keeps its store and its signer, and who acts."""

import os
import time
from typing import TYPE_CHECKING

from evertunnel.paths import STATE

if TYPE_CHECKING:
    # Loaded by those who use it: most hosts have no store, and loading it takes longer than many a command.
    from evertunnel.store import Store
    from evertunnel.store.audit import Act

STORE = STATE / "store" / "store.db"


def now() -> float:
    """The time, as Unix seconds; everything below takes it as an argument."""
    return time.time()  # noqa: TID251 (the edge that reads the clock for all below)


def store(*, read_only: bool = False) -> "Store":
    """The store of this host."""
    from evertunnel.store import open_store  # noqa: PLC0415 (as said above)

    return open_store(STORE, read_only=read_only)


def act() -> "Act":
    """An act of whoever runs the command, for the audit trail."""
    from evertunnel.store.audit import Act  # noqa: PLC0415 (as said above)

    return Act(at=now(), actor=os.environ.get("SUDO_USER") or str(os.getuid()))
