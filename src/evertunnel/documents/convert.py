"""Reading and writing documents: `read`, `write`, and the same for JSON text."""

import functools
import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from cattrs import Converter
from cattrs.errors import BaseValidationError

from evertunnel.documents.containers import add_containers
from evertunnel.documents.scalars import add_scalars
from evertunnel.documents.wording import WHOLE, problems, shown
from evertunnel.errors import DocumentError, Problem

T = TypeVar("T")

LONGEST_NUMBER = 40
WRONG = (BaseValidationError, ValueError)


def read(kind: type[T], document: object, *, name: str) -> T:
    """Builds a `kind` from a plain document; `name` is what error lines call it (a file name, mostly)."""
    try:
        return _converter.structure(document, kind)
    except WRONG as error:
        raise DocumentError(name, tuple(problems(error))) from None


def read_known(kind: type[T], document: object) -> tuple[T | None, tuple[Problem, ...]]:
    """What a plain document says beside unknown settings, and all that is wrong with it; None where more is wrong.

    For who goes on looking; what is to be used is `read`.
    """
    try:
        return _converter.structure(document, kind), ()
    except WRONG as error:
        found = tuple(problems(error))
    try:
        return _tolerant_converter().structure(document, kind), found
    except WRONG:
        return None, found


def write(value: object) -> object:
    """The plain document that `read` takes. Reveals secrets: what comes out belongs in 0600 files only."""
    return _plain(_converter.unstructure(value))


def from_json(kind: type[T], text: str | bytes, *, name: str) -> T:
    """`read` on JSON text; malformed JSON is a DocumentError too."""
    return read(kind, parse_json(text, name=name), name=name)


def parse_json(text: str | bytes, *, name: str) -> object:
    """The plain document in a JSON text, for who must look before they `read`."""
    try:
        document: object = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant, parse_int=_whole_number
        )
    except (ValueError, RecursionError) as error:
        # What Python says of its own stack helps no reader.
        words = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        problem = Problem(path=WHOLE, what=f"not JSON: {words}", mend="Take it unchanged from where it was made.")
        raise DocumentError(name, [problem]) from None
    return document


def to_json(value: object) -> str:
    """`write` as JSON text, keys sorted, so that equal values give equal text."""
    return json.dumps(write(value), sort_keys=True, indent=1, allow_nan=False) + "\n"


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document: dict[str, object] = {}
    for key, value in pairs:
        if key in document:
            raise ValueError(f"key {shown(key)} stands twice in one table")
        document[key] = value
    return document


def _refuse_constant(word: str) -> object:
    raise ValueError(f"{word} is not a number that JSON knows")


def _whole_number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {_key(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str.__str__(value) if isinstance(value, str) else value


def _in_order(items: Iterable[object]) -> list[object]:
    """The plain values of a set, which has no order, in one that is always the same."""
    return sorted((_plain(item) for item in items), key=lambda item: json.dumps(item, sort_keys=True))


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{key!r} is not text: a table of a document has names as keys")
    return str.__str__(key)


def _make_converter(*, forbid_extra_keys: bool = True) -> Converter:
    converter = Converter(
        forbid_extra_keys=forbid_extra_keys,
        detailed_validation=True,
        unstruct_collection_overrides={AbstractSet: _in_order},
    )
    add_scalars(converter)
    add_containers(converter)
    return converter


@functools.cache
def _tolerant_converter() -> Converter:
    return _make_converter(forbid_extra_keys=False)


_converter = _make_converter()
