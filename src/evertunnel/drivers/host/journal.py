"""A service's output on disk, in bounded space: one file and the one before it."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from evertunnel.drivers.host.files import make_parents

LIMIT = 4 << 20
PIECE = 65_536
GATHER_SECONDS = 0.05


class Journal:
    """Appends to `path`; when it is full it becomes `path`.1, in place of the one that was there."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path, self._limit = path, limit
        self._lock = threading.Lock()
        make_parents(path)

    def write(self, text: bytes) -> None:
        """Appends whole pieces of output, oldest pieces going first when there is no room."""
        with self._lock:
            if self._size() + len(text) > self._limit and self._size():
                self._path.replace(self._path.with_name(self._path.name + ".1"))
            with self._path.open("ab") as stream:
                if stream.tell() == 0:
                    self._path.chmod(0o640)
                stream.write(text[-self._limit :])

    def follow(self, output: IO[bytes]) -> threading.Thread:
        """Writes down what comes out of a process until it ends, on a thread of its own."""
        thread = threading.Thread(target=self._copy, args=(output,), daemon=True)
        thread.start()
        return thread

    def _copy(self, output: IO[bytes]) -> None:
        rest = b""
        with output:
            while piece := os.read(output.fileno(), PIECE):
                lines, end, rest = (rest + piece).rpartition(b"\n")
                self._write_if_it_can(lines + end)
                if len(rest) >= PIECE:
                    self._write_if_it_can(rest)
                    rest = b""
                # A busy program says a line at a time: one writing for what comes meanwhile costs it and us less.
                if len(piece) < PIECE:
                    time.sleep(GATHER_SECONDS)
        self._write_if_it_can(rest)

    def _write_if_it_can(self, text: bytes) -> None:
        with suppress(OSError):  # a full disk must not block the service on its own output
            if text:
                self.write(text)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0
