"""How a document's problems are worded: key paths, values on one line, suggestions, and cattrs' errors as problems."""

import dataclasses
import datetime as dt
import difflib
import reprlib
from collections.abc import Iterable, Iterator

from cattrs.errors import (
    AttributeValidationNote,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    StructureHandlerNotFoundError,
)

from evertunnel.errors import Problem

WHOLE = "(whole file)"
SHOWN = 60
PRINTABLE_BITS = 256


def shown(value: object) -> str:
    """A value of a document as error lines show it: on one line, shortened, safe for a terminal.

    >>> shown("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx'"
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return _shortener.repr(value)


def step(path: str, key: object) -> str:
    """The key path one key deeper; a key that could be mistaken for a path, or upset a terminal, stands in quotes.

    >>> step("hosts", "edge1"), step("", "a.b")
    ('hosts.edge1', "'a.b'")
    """
    plain = (
        isinstance(key, str) and 0 < len(key) <= SHOWN and all(letter.isalnum() or letter in "-_ " for letter in key)
    )
    name = str(key) if plain else shown(key)
    return f"{path}.{name}" if path else name


def near(name: str, known: Iterable[str]) -> str:
    """The mend for a name that is not known: the nearest known one, or all of them.

    >>> near("managment", ["management", "intranet"])
    'Did you mean management?'
    """
    names = sorted(known)
    found = difflib.get_close_matches(name[:SHOWN], names, n=1)
    return f"Did you mean {found[0]}?" if found else f"Known here: {', '.join(names) or 'none'}."


def wrong(value: object, wording: str, mend: str) -> ValueError:
    """The error of a hook: `value` is not what `wording` says."""
    return ValueError(f"{shown(value)} is not {wording}; {mend}")


def problems(error: BaseException, path: str = "") -> Iterator[Problem]:
    """All problems that an error of cattrs (a tree of them) or of one of our hooks stands for."""
    if isinstance(error, ForbiddenExtraKeysError):
        yield from (_unknown(error.cl, key, path) for key in sorted(error.extra_fields, key=str))
    elif isinstance(error, ClassValidationError | IterableValidationError):
        for inner in error.exceptions:
            yield from _inner(inner, error.cl, path)
    else:
        yield _problem(error, path)


def _inner(error: Exception, kind: object, path: str) -> Iterator[Problem]:
    note = next((note for note in getattr(error, "__notes__", ()) if hasattr(note, "type")), None)
    if note is None:
        yield from problems(error, path)
    elif isinstance(note, AttributeValidationNote):
        deeper = step(path, note.name)
        yield from [_missing(kind, note.name, deeper)] if isinstance(error, KeyError) else problems(error, deeper)
    else:
        yield from problems(error, f"{path}[{note.index}]" if isinstance(note.index, int) else step(path, note.index))


def _problem(error: BaseException, path: str) -> Problem:
    if isinstance(error, StructureHandlerNotFoundError):
        raise error  # a field's type that `read` does not know: our mistake, not the document's
    what, _, mend = str(error).partition("; ")
    mend = mend[:1].upper() + mend[1:].rstrip(".") + "." if mend else "See the reference."
    return Problem(path=path or WHOLE, what=what, mend=mend)


def _missing(kind: object, field: str, path: str) -> Problem:
    helps = {known.name: known.metadata.get("help") for known in _fields(kind)}
    return Problem(path=path, what="missing", mend=f"Add it: {helps.get(field) or 'it is required.'}")


def _unknown(kind: type, key: object, path: str) -> Problem:
    mend = near(str(key), (field.name for field in _fields(kind)))
    return Problem(path=step(path, key), what="unknown setting", mend=mend)


def _fields(kind: object) -> "tuple[dataclasses.Field[object], ...]":
    return dataclasses.fields(kind) if isinstance(kind, type) and dataclasses.is_dataclass(kind) else ()


class _Shortener(reprlib.Repr):
    """`reprlib`, also for numbers that Python refuses to print because they are too long."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = SHOWN
        self.maxlevel = 2

    def repr_int(self, number: int, level: int) -> str:
        if number.bit_length() > PRINTABLE_BITS:
            return "a very large number"
        return super().repr_int(number, level)


_shortener = _Shortener()
