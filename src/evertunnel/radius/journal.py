"""The journal of decisions: one JSON line each, written before its answer goes out.

A line lies in the kernel's hands once `write` returns, so that killing the process loses none; nothing waits for the
disk. A segment that cannot take a whole line is left behind, and the next line begins another.
"""

import os
import time
from pathlib import Path
from threading import Lock

import msgspec

from evertunnel.access import Record

SUFFIX = ".jsonl"


class Journal:
    """The one writer. `rotate` comes from another thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = Lock()
        self._segment: Path | None = None
        self._handle = -1

    def write(self, record: Record) -> None:
        """Keeps a decision; OSError if it is not kept whole."""
        line = to_line(record)
        with self._lock:
            if self._segment is None:
                self._open()
            try:
                written = os.write(self._handle, line)
            except OSError:
                self._close()
                raise
            if written != len(line):
                # The disk is full in the middle of a line; readers skip what is no line.
                self._close()
                raise OSError(f"only {written} of {len(line)} octets of a decision were written")

    def rotate(self) -> tuple[Path, ...]:
        """Ends the segment that is being written, and gives all that are ended, oldest first."""
        with self._lock:
            self._close()
            return segments(self._directory)

    def _open(self) -> None:
        path = self._directory / f"{time.time_ns():020d}{SUFFIX}"
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self._segment = path

    def _close(self) -> None:
        if self._segment is not None:
            os.close(self._handle)
            self._segment = None


def segments(directory: Path) -> tuple[Path, ...]:
    """The journal's segments, oldest first."""
    return tuple(sorted(path for path in directory.glob(f"*{SUFFIX}")))


def to_line(record: Record) -> bytes:
    """One line, ended by a newline; nothing inside it is one."""
    return ENCODER.encode(record) + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, str):
        return str.__str__(value)  # a name: of a type of its own, which msgspec does not know
    raise TypeError(f"{type(value).__name__} does not stand in a decision")


# Gives what `documents.write` would, in a thirtieth of the time: this is in the way of every answer.
ENCODER = msgspec.json.Encoder(enc_hook=_plain)


def whole_lines(segment: Path) -> tuple[str, ...]:
    """The lines of a segment that were written whole; none when it is gone."""
    try:
        text = segment.read_bytes()
    except FileNotFoundError:
        return ()
    return tuple(line.decode("utf-8", "replace") for line in text.split(b"\n")[:-1])
