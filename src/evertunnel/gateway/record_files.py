"""How accounting lies on disk: records as lines behind their check sum, and what the accountant keeps."""

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers.radius_values import Accounting
from evertunnel.errors import DocumentError
from evertunnel.gateway.accounting import Kept

SUM = 9  # eight digits and a space


def read_kept(path: Path) -> Kept:
    """What an accountant knew; nothing when there is no such file, DocumentError when it is damaged."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Kept()
    return documents.from_json(Kept, text, name=str(path))


def write_kept(path: Path, kept: Kept) -> None:
    """Replaces the file whole, on disk when it returns."""
    fresh = path.with_name(f".{path.name}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(json.dumps(kept, default=_plain, separators=(",", ":")).encode("ascii"))
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    sync_directory(path.parent)


def lines(path: Path, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The whole lines between two offsets, each with its own; none when the file is gone."""
    try:
        with path.open("rb") as stream:
            stream.seek(begin)
            data = stream.read(end - begin)
    except FileNotFoundError:
        return
    for line in data.split(b"\n")[:-1]:
        yield begin, line + b"\n"
        begin += len(line) + 1


def end_of_lines(path: Path) -> int:
    """Where the last whole line ends."""
    return path.read_bytes().rfind(b"\n") + 1


def to_line(record: Accounting) -> bytes:
    """One line, ended by a newline; nothing inside it is one."""
    text = json.dumps(record, default=_plain, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def from_line(line: bytes) -> Accounting | None:
    """The record of a line, unless the line is damaged."""
    text = line[SUM:-1]
    if line[:SUM] != b"%08x " % zlib.crc32(text):
        return None
    try:
        return documents.from_json(Accounting, text, name="accounting")
    except DocumentError:
        return None


def _plain(value: object) -> object:
    """What `documents.write` would give, in much less time."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} does not stand in a record")


def write_whole(handle: int, data: bytes, end: int) -> None:
    """Adds data to a file that ends at `end`; OSError if it does not take all of it, and then it ends there again."""
    try:
        written = os.write(handle, data)
        while written < len(data):
            written += os.write(handle, data[written:])
    except OSError:
        os.ftruncate(handle, end)
        raise


def sync_directory(directory: Path) -> None:
    """Brings the names in a directory to the disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
