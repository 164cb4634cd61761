"""charon's log as it writes it to a file (`filelog` with `ike_name`), read line by line while it grows.

Peers choose much of what stands in it. charon puts a prefix of its own before every line, also before each further line
of a message that holds line feeds, and reading takes the first prefix alone: so whatever a peer writes, it stays in a
line of its own IKE_SA.
"""

import contextlib
import os
import re
from pathlib import Path

from evertunnel.drivers.vici_values import LogLine

# charon appends (O_APPEND), so that a file that its reader empties begins again at its start.
EMPTY_AT = 1 << 20
PIECE = 64 * 1024
NOTHING = re.compile(r"(?!)")
LINE = re.compile(r"\d{2,5}\[(?P<group>[A-Z]{3})\](?: <(?:[^|>]*\|)?(?P<ike_id>[0-9]{1,10})>)? (?P<text>.*)", re.DOTALL)


class LogFile:
    """The lines of the file under a name; when another file takes its place, that one is read from its start.

    Lines that begin with a match of `passed_over` are left out. It is emptied once it has been read to its end and is
    longer than `empty_at`. A line that charon writes at that very moment is lost.
    """

    def __init__(self, path: Path, *, empty_at: int = EMPTY_AT, passed_over: re.Pattern[str] = NOTHING) -> None:
        self._path, self._empty_at, self._passed_over = path, empty_at, passed_over
        self._file: int | None = None
        self._place = 0

    def close(self) -> None:
        """Closes it."""
        if self._file is not None:
            os.close(self._file)
        self._file = None

    def skip(self) -> None:
        """Passes over what stands there."""
        self._open()
        if self._file is not None:
            self._place = os.fstat(self._file).st_size

    def read(self) -> tuple[LogLine, ...]:
        """The next piece of lines; none when all that is whole has been read."""
        self._open()
        lines = self._piece()
        if not lines and self._moved_on():
            lines = self._piece()
        return lines

    def _piece(self) -> tuple[LogLine, ...]:
        if self._file is None:
            return ()
        data = os.pread(self._file, PIECE, self._place)
        whole = data[: data.rfind(b"\n") + 1]
        if not whole and len(data) == PIECE:
            whole = data  # no line of charon's
        self._place += len(whole)
        texts = whole.decode(errors="backslashreplace").split("\n")
        lines = (line_of(text) for text in texts if not self._passed_over.match(text))
        found = tuple(line for line in lines if line is not None)
        return found or (self._piece() if whole else ())

    def _moved_on(self) -> bool:
        """At the end: whether there is a newer file, or this one was emptied, and so more to read."""
        if self._file is None:
            return False
        size = os.fstat(self._file).st_size
        if self._is_replaced():
            self.close()
            self._open()
            return True
        if size < self._place:
            self._place = 0
            return True
        if self._place == size > self._empty_at:
            os.ftruncate(self._file, 0)
            self._place = 0
        return False

    def _is_replaced(self) -> bool:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return self._file is not None and not os.path.samestat(there, os.fstat(self._file))

    def _open(self) -> None:
        if self._file is None:
            with contextlib.suppress(FileNotFoundError):
                self._file, self._place = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW), 0


def line_of(text: str) -> LogLine | None:
    """A line of the file, or nothing where it is none of charon's."""
    found = LINE.fullmatch(text)
    if found is None:
        return None
    group, ike_id, text = found.groups()
    return LogLine(ike_id=int(ike_id or 0), group=group, text=text)
