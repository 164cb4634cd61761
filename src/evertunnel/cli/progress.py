"""Progress of what takes more than a second, on standard error."""

import sys
import time
from collections.abc import Callable

EVERY = 1.0


class Progress:
    """Called as often as work goes on; prints at most once a second, and nothing in the first."""

    def __init__(self, about: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._about, self._clock = about, clock
        self._due = clock() + EVERY

    def __call__(self, done: int, what: str) -> None:
        """So many of something are done."""
        now = self._clock()
        if now >= self._due:
            self._due = now + EVERY
            print(f"{self._about}: {done:,} {what}", file=sys.stderr, flush=True)
