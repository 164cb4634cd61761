"""Reading and writing the files that a command line names."""

import os
from pathlib import Path
from typing import BinaryIO

from evertunnel.errors import DocumentError, Problem
from evertunnel.plan.model import Plan

LARGEST = 16 * 1024 * 1024


def read_plan(path: Path) -> Plan:
    """The plan in a file; a DocumentError says everything that is wrong with it."""
    from evertunnel.plan.load import load

    return load(read_text(path), name=str(path))


def read_text(path: Path) -> str:
    """The file's text; a DocumentError says what is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(data) > LARGEST:
        raise _wrong(path, f"larger than {LARGEST >> 20} MiB", "This is not one of our files")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _wrong(path, f"not UTF-8 at byte {error.start}", "Save it as UTF-8") from None


def open_to_read(path: Path) -> BinaryIO:
    """The file for a reader that limits itself; a DocumentError when it cannot be opened."""
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from None


def require_writable(path: Path) -> None:
    """Refuses a file that could not be written, before anything is done that would be lost with it."""
    if path.is_dir():
        raise _unusable(path, "a directory", "Name a file in it")
    if not path.parent.is_dir():
        raise _unusable(path, f"{path.parent} is no directory", "Make it, or name another place")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise _unusable(path, "cannot be written", "Name a file that can be")


def _wrong(path: Path, what: str, mend: str, where: str = "(whole file)") -> DocumentError:
    return DocumentError(str(path), [Problem(path=where, what=what, mend=f"{mend}.")])


def _unusable(path: Path, what: str, mend: str) -> DocumentError:
    return _wrong(path, what, mend, where="")


def _unreadable(path: Path, error: OSError) -> DocumentError:
    return _unusable(path, error.strerror or str(error), "Name a file that exists and that you may read")
