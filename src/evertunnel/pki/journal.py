"""The signer's journal: one JSON line per certificate, on disk before the certificate is handed out.

Whoever asked puts the certificate into the store; if it died before that, `recover` does it from here.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from evertunnel import documents
from evertunnel.drivers import logs
from evertunnel.errors import EngineRejected
from evertunnel.pki import records
from evertunnel.pki.requests import Issued
from evertunnel.store.audit import Act
from evertunnel.values import Serial

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A journal that this process alone writes to."""

    path: Path

    def append(self, issued: Issued) -> None:
        """Returns when the line is on disk; a line that could not be written whole is taken back."""
        line = json.dumps(documents.write(issued), sort_keys=True).encode() + b"\n"
        try:
            self._append(line)
        except OSError as error:
            raise EngineRejected(f"{self.path}: the journal cannot be written ({error}); nothing was issued") from error

    def _append(self, line: bytes) -> None:
        is_new = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            _write_whole(handle, line, _cut_torn_line(handle))
        finally:
            os.close(handle)
        if is_new:
            _sync_directory(self.path.parent)


def read(path: Path) -> tuple[Issued, ...]:
    """All lines; a torn last one was never handed out and is left aside, any other wrong line is a DocumentError."""
    try:
        *lines, torn = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return ()
    if torn:
        log.warning("journal ends in a torn line", path=str(path), octets=len(torn))
    return tuple(documents.from_json(Issued, line, name=f"{path}:{number}") for number, line in enumerate(lines, 1))


def recover(connection: Connection, path: Path, act: Act) -> tuple[Serial, ...]:
    """Puts into the store what only the journal knows; gives the serials."""
    try:
        # Every row comes from a line of the journal, so equal counts mean equal contents.
        if path.exists() and path.read_bytes().count(b"\n") == records.count(connection):
            return ()
        entries = read(path)
    except UnicodeDecodeError as error:
        raise EngineRejected(f"{path}: the journal is damaged ({error}). Restore it from a backup.") from error
    missing = [entry for entry in entries if records.find(connection, entry.serial) is None]
    for entry in missing:
        records.keep(connection, entry, act)
    return tuple(entry.serial for entry in missing)


def _write_whole(handle: int, line: bytes, end: int) -> None:
    try:
        written = os.write(handle, line)
        while written < len(line):
            # The rest either fits, too, or says why not.
            written += os.write(handle, line[written:])
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, end)
        raise


def _cut_torn_line(handle: int) -> int:
    """Ends the file after its last whole line; gives its length."""
    size = os.fstat(handle).st_size
    end = size
    while end > 0:
        start = max(0, end - 65_536)
        found = os.pread(handle, end - start, start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end != size:
        os.ftruncate(handle, end)
    return end


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
