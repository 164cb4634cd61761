"""People in a CSV file (RFC 4180, one person a line): what they are, and every line that is wrong with its mend.

The file is a stranger's: a line is never longer in memory than a person's can be, whatever it holds.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, TypeVar

from evertunnel.directory.model import NewUser, display_name, fixed_address
from evertunnel.documents import near
from evertunnel.errors import DocumentError, Problem
from evertunnel.values import GroupName, Sid, UserName

T = TypeVar("T")

COLUMNS = {
    "name": "the user principal name, like alice@corp.contoso.com; the one column that must be there",
    "display": "the name as people write it",
    "sid": "the account's SID in Active Directory, which certificates then carry",
    "address": "an IPv4 address that the user's tunnel always gets",
    "enabled": "yes or no; empty is yes",
    "groups": "groups to be in, separated by semicolons",
}
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
LONGEST_LINE = 65_536
LARGEST_FILE = 512 * 1024 * 1024
MOST_LINES = 200_000  # they are added in one transaction, for which every other writer waits
TOLD_EVERY = 1000
WHOLE = "(whole file)"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BOM = b"\xef\xbb\xbf"

Told = Callable[[int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A person with the line that told of them."""

    line: int
    user: NewUser
    groups: tuple[GroupName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What is wrong with a line, and the mend."""

    line: int
    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is in the file `name`; `entries` are also those whose line is wrong elsewhere than in the name."""

    name: str
    entries: tuple[Entry, ...]
    flaws: tuple[Flaw, ...] = ()


def read(stream: BinaryIO, *, name: str, told: Told) -> Sheet:
    """All lines of the file, or a DocumentError where it is no such file; `told` hears how many are read."""
    reading = _Reading()
    lines = _lines(stream, name)
    columns = _header(next(lines, (1, b"")), name)
    for number, raw in lines:
        reading.take(number, raw, columns)
        if number % TOLD_EVERY == 0:
            told(number, "lines read")
    if not reading.entries and not reading.flaws:
        raise _whole(name, "no person in it", "Put one line per person below the line with the columns' names")
    return Sheet(name=name, entries=tuple(reading.entries), flaws=tuple(reading.flaws))


def wrong(name: str, flaws: Iterable[Flaw]) -> DocumentError:
    """The error that tells of wrong lines, in the file's order."""
    ordered = sorted(flaws, key=lambda flaw: flaw.line)
    problems = [Problem(path=f"line {flaw.line}", what=flaw.what, mend=f"{flaw.mend}.") for flaw in ordered]
    return DocumentError(name, problems)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What is read so far; `seen` are names, SIDs and addresses with their lines."""

    entries: list[Entry] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def take(self, number: int, raw: bytes | None, columns: Sequence[str]) -> None:
        try:
            row = _row(raw, columns)
        except _Wrong as error:
            self._complain(number, error)
            return
        if row is None:
            return
        entry, wrongs = _entry(number, row)
        for each in (*wrongs, *self._twice(entry)):
            self._complain(number, each)
        if entry is not None:
            self.entries.append(entry)

    def _twice(self, entry: Entry | None) -> list["_Wrong"]:
        if entry is None:
            return []
        values = (entry.user.name, entry.user.sid, entry.user.address)
        found = []
        for value in (str(each) for each in values if each):
            first = self.seen.setdefault(value, entry.line)
            if first != entry.line:
                found.append(_Wrong(f"{value} stands on line {first} already", "Leave it on one line"))
        return found

    def _complain(self, number: int, error: "_Wrong") -> None:
        self.flaws.append(Flaw(line=number, what=error.what, mend=error.mend))


class _Wrong(Exception):
    """What is wrong with a line, and the mend."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


def _lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, bytes | None]]:
    """Each line with its number; None for one that is too long."""
    size, number = 0, 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number, size = number + 1, size + len(raw)
        is_short = len(raw) <= LONGEST_LINE
        while not is_short and not raw.endswith(b"\n") and (raw := stream.readline(LONGEST_LINE)):
            size += len(raw)
            _limit(name, size, number)
        _limit(name, size, number)
        yield number, raw if is_short else None


def _limit(name: str, size: int, lines: int) -> None:
    if size > LARGEST_FILE:
        raise _whole(name, f"larger than {LARGEST_FILE >> 20} MiB", "Name a CSV file of people, or split it")
    if lines > MOST_LINES:
        raise _whole(name, f"more than {MOST_LINES:,} lines", "Split it")


def _header(first: tuple[int, bytes | None], name: str) -> tuple[str, ...]:
    raw = first[1]
    if raw is not None and raw.startswith(UTF_16):
        raise _whole(name, "UTF-16", 'Save it as "CSV UTF-8"')
    try:
        columns = tuple(cell.lower() for cell in _cells(raw and raw.removeprefix(BOM)))
    except _Wrong as error:
        raise wrong(name, [Flaw(line=1, what=error.what, mend=error.mend)]) from None
    problems = _column_problems(columns)
    if problems:
        raise DocumentError(name, problems)
    return columns


def _column_problems(columns: Sequence[str]) -> list[Problem]:
    rest = [known for known in COLUMNS if known not in columns]
    found = [(f"no column {column[:40]!r} is known", near(column, rest)) for column in columns if column not in COLUMNS]
    found += [(f"the column {each!r} stands twice", "Leave one") for each in COLUMNS if columns.count(each) > 1]
    if "name" not in columns:
        found.append(("the column 'name' is missing", f"Begin with a line like {','.join(COLUMNS)}"))
    return [
        Problem(path="line 1", what=what, mend=f"{mend.rstrip('.?')}{'?' if '?' in mend else '.'}")
        for what, mend in found
    ]


def _row(raw: bytes | None, columns: Sequence[str]) -> dict[str, str] | None:
    """A line's values by column; none for an empty line, as spreadsheets leave them."""
    cells = _cells(raw)
    if not any(cells):
        return None
    if len(cells) != len(columns):
        what = f"{len(cells)} columns, where the first line has {len(columns)}"
        raise _Wrong(what, "Give each column, empty ones too; put a value that holds a comma in double quotes")
    return dict(zip(columns, cells, strict=True))


def _cells(raw: bytes | None) -> list[str]:
    """A line's values without the blanks around them."""
    if raw is None:
        raise _Wrong(f"longer than {LONGEST_LINE} octets", "Write one person per line")
    try:
        text = raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise _Wrong(f"not UTF-8 at octet {error.start + 1}", 'Save the file as "CSV UTF-8"') from None
    seen = text.replace("\t", " ")
    if not seen.isprintable():
        strange = next(letter for letter in seen if not letter.isprintable())
        raise _Wrong(f"the character U+{ord(strange):04X}, which cannot be seen, is in it", "Take it out")
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error as error:
        mend = "Put a value with commas in double quotes, double the quotes inside, and break no value over lines"
        raise _Wrong(f"not CSV ({error})", mend) from None
    return [cell.strip() for cell in rows[0]] if rows else []


def _entry(number: int, row: dict[str, str]) -> tuple[Entry | None, list[_Wrong]]:
    wrongs: list[_Wrong] = []

    def value(build: Callable[[str], T], text: str, nothing: T) -> T:
        try:
            return build(text) if text else nothing
        except ValueError as error:
            what, _, mend = str(error).partition("; ")
            wrongs.append(_Wrong(what, f"{mend[:1].upper()}{mend[1:]}" if mend else "Mend it or leave the line out"))
            return nothing

    name = value(UserName, row["name"], None)
    if not row["name"]:
        wrongs.append(_Wrong("the name is empty", "Give the user principal name, like alice@corp.contoso.com"))
    display = value(display_name, row.get("display", ""), "")
    sid = value(Sid, row.get("sid", ""), None)
    address = value(fixed_address, row.get("address", ""), None)
    enabled = value(_yes_or_no, row.get("enabled") or "yes", nothing=False)
    texts = [text.strip() for text in row.get("groups", "").split(";")]
    groups = tuple(dict.fromkeys(group for text in texts if (group := value(GroupName, text, None))))
    if name is None:
        return None, wrongs
    user = NewUser(name=name, display=display, sid=sid, address=address, enabled=enabled)
    return Entry(line=number, user=user, groups=groups), wrongs


def _yes_or_no(text: str) -> bool:
    try:
        return WORDS[text.lower()]
    except KeyError:
        raise ValueError(f"{text[:40]!r} in the column enabled; write yes or no") from None


def _whole(name: str, what: str, mend: str) -> DocumentError:
    return DocumentError(name, [Problem(path=WHOLE, what=what, mend=f"{mend}.")])
