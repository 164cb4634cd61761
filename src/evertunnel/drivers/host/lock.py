"""One at a time: a lock that ends with its holder, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evertunnel.drivers.host.files import make_parents
from evertunnel.errors import EngineUnavailable


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds the lock; EngineUnavailable at once when another process does."""
    make_parents(path)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineUnavailable(f"another apply or remove is at work here ({path}); wait for it") from None
        yield
    finally:
        os.close(handle)
