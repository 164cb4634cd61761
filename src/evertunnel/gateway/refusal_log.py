"""Follows charon's log file and writes down the refusals that stand in it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from evertunnel.drivers import logs
from evertunnel.drivers.charon_log import LogFile
from evertunnel.gateway.refusals import SAYS_NOTHING, Reader, Refusal

T = TypeVar("T")

log = logs.get_logger(__name__)


class RefusalLog:
    """The log of one charon after another; `keep` gets each refusal.

    What stands there when the first charon is met is left alone: it may have been up all along, and the journal has
    what was read before. What charon wrote while nobody read is lost, as any event would be.
    """

    def __init__(self, path: Path, keep: Callable[[Refusal], None], *, clock: Callable[[], float]) -> None:
        self._file, self._keep, self._clock = LogFile(path, passed_over=SAYS_NOTHING), keep, clock
        self._reader: Reader | None = None
        self._failed = False

    def begin(self, version: str) -> None:
        """A charon is met: it numbers its IKE_SAs anew, and nobody has reached it yet, because the latch is shut."""
        if self._reader is None:
            self._read(self._file.skip)
        while self.read():
            pass
        self._reader = Reader(version)

    def read(self) -> bool:
        """Reads on for a while; whether there is more."""
        if self._reader is None:
            return False
        lines = self._read(self._file.read) or ()
        for line in lines:
            refusal = self._reader.read(line, self._clock())
            if refusal is not None:
                log.info("refused by charon", reason=refusal.reason)
                self._keep(refusal)
        return bool(lines)

    def _read(self, how: Callable[[], T]) -> T | None:
        """A log that cannot be read ends nobody's session, and is said once."""
        try:
            done = how()
        except OSError as error:
            if not self._failed:
                log.warning("charon's log cannot be read: refusals are not written down", error=str(error))
            self._failed = True
            return None
        self._failed = False
        return done
