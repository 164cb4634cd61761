"""The tables of codes and causes, read from their files, and looked up by number and by name."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TypeVar

from evertunnel import documents
from evertunnel.errors import DocumentError, Problem
from evertunnel.explain.model import Cause, Code, Family, Look

K = TypeVar("K")

WIN32 = 0x8007_0000  # HRESULT_FROM_WIN32: facility 7, with the Win32 error in the low half
LOW_HALF = 0xFFFF
PREFIXES = ("ERROR_IPSEC_IKE_", "ERROR_IPSEC_", "ERROR_", "IAS_")


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseEntry:
    """A cause as its file has it, under its id."""

    what: str
    mend: str
    look: tuple[Look, ...] = ()
    reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """A code as its file has it; `causes` are ids, `shown` pieces of Windows' own message, in small letters."""

    number: int
    name: str
    meaning: str
    source: str = ""
    causes: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """A file of codes; `names` are those of which nothing but the name is known."""

    codes: tuple[CodeEntry, ...]
    names: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All codes, in the order of their families and numbers."""

    codes: tuple[Code, ...]
    causes: Mapping[str, Cause]
    by_number: Mapping[int, tuple[Code, ...]]
    by_name: Mapping[str, tuple[Code, ...]]

    def numbered(self, number: int, family: Family | None = None) -> tuple[Code, ...]:
        """The codes with this number; a Win32 error within an HRESULT is found as what it is, too."""
        unsigned = number + (1 << 32) if number < 0 else number
        own = tuple(code for code in self.by_number.get(unsigned, ()) if family in {None, code.family})
        if own or unsigned & ~LOW_HALF != WIN32 or family not in {None, Family.HRESULT}:
            return own
        return tuple(
            code for code in self.by_number.get(unsigned & LOW_HALF, ()) if code.family in {Family.RAS, Family.IKE}
        )

    def named(self, name: str) -> tuple[Code, ...]:
        """The codes with this name, with or without the prefix that headers give it; the exact one first."""
        wanted = name.upper()
        return tuple(sorted(self.by_name.get(wanted, ()), key=lambda code: code.name.upper() != wanted))

    def near(self, number: int, family: Family | None = None, *, most: int = 2) -> tuple[Code, ...]:
        """The known codes next to a number, nearest first."""
        known = (code for code in self.codes if family in {None, code.family})
        return tuple(sorted(known, key=lambda code: (abs(code.number - number), code.number))[:most])


def load() -> Catalogue:
    """The catalogue that this package holds."""
    return read(resources.files(__package__))


def read(here: Traversable) -> Catalogue:
    """The catalogue in a folder; DocumentError where a file of it is wrong."""
    causes = {cause.id: cause for file in _files(here, "causes") for cause in _causes(file)}
    codes = tuple(code for family in Family for code in _codes(here, family, causes))
    return Catalogue(
        codes=codes,
        causes=causes,
        by_number=_index((code.number, code) for code in codes),
        by_name=_index((name, code) for code in codes for name in _names(code)),
    )


def _index(pairs: Iterable[tuple[K, Code]]) -> dict[K, tuple[Code, ...]]:
    index: dict[K, tuple[Code, ...]] = {}
    for key, code in pairs:
        index[key] = (*index.get(key, ()), code)
    return index


def _names(code: Code) -> Iterator[str]:
    if code.family is Family.EVENT:
        return
    name = code.name.upper()
    yield name
    short = next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)
    if short != name:
        yield short


def _codes(here: Traversable, family: Family, causes: Mapping[str, Cause]) -> list[Code]:
    file = here / "codes" / f"{family.value}.toml"
    entries = documents.read(CodeFile, tomllib.loads(file.read_text(encoding="utf-8")), name=file.name)
    missing = sorted({each for entry in entries.codes for each in entry.causes} - causes.keys())
    if missing:
        what = f"no cause {', '.join(missing)}"
        raise DocumentError(file.name, [Problem(path="codes", what=what, mend="Write it into a file in causes/.")])
    told = (_code(family, entry, causes) for entry in entries.codes)
    bare = (Code(family=family, number=number, name=name) for name, number in entries.names.items())
    return sorted((*told, *bare), key=lambda code: (code.number, code.source))


def _code(family: Family, entry: CodeEntry, causes: Mapping[str, Cause]) -> Code:
    return Code(
        family=family,
        number=entry.number,
        name=entry.name,
        meaning=entry.meaning,
        source=entry.source,
        causes=tuple(causes[each] for each in entry.causes),
        shown=entry.shown,
    )


def _files(here: Traversable, folder: str) -> list[Traversable]:
    return sorted((each for each in (here / folder).iterdir() if each.name.endswith(".toml")), key=lambda f: f.name)


def _causes(file: Traversable) -> Iterator[Cause]:
    entries = documents.read(dict[str, CauseEntry], tomllib.loads(file.read_text(encoding="utf-8")), name=file.name)
    for name, entry in entries.items():
        yield Cause(id=name, what=entry.what, mend=entry.mend, look=entry.look, reported=entry.reported)
