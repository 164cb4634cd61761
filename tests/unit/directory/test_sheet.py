import io
from ipaddress import IPv4Address

import pytest

from evertunnel.directory import sheet
from evertunnel.directory.sheet import Entry, Flaw
from evertunnel.errors import DocumentError
from evertunnel.values import GroupName, Sid

GOOD = "name,display\nbob@contoso.com,Bob\n"


def test_every_column_is_read(told: list[tuple[int, str]]) -> None:
    text = (
        " Groups , ENABLED,name,display,sid,address\r\n"
        'VPN Users; Sales ;Sales,no,Bob@Contoso.com,"Brown, ""Bob""",s-1-5-21-1-2-3-1104,10.99.1.20\r\n'
        ",,,,,\r\n"
        "\r\n"
        ",,carol@contoso.com,,,"
    )

    bob, carol = _read(text, told)

    assert bob.line == 2
    assert bob.groups == (GroupName("VPN Users"), GroupName("Sales"))
    assert bob.user.name == "bob@contoso.com"
    assert bob.user.display == 'Brown, "Bob"'
    assert bob.user.sid == Sid("S-1-5-21-1-2-3-1104")
    assert bob.user.address == IPv4Address("10.99.1.20")
    assert not bob.user.enabled
    assert (carol.line, carol.user.enabled, carol.user.sid, carol.groups) == (5, True, None, ())


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_of_utf_8_is_no_part_of_a_column(mark: str) -> None:
    (bob,) = _read(f"{mark}name,display\nbob@contoso.com,Zoë\n")

    assert bob.user.display == "Zoë"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("b ob@contoso.com,Bob", "'b ob@contoso.com' is not a user name"),
        ("bob@contoso,Bob", "'bob@contoso' is not a user name"),
        (",Bob", "the name is empty. Give the user principal name"),
        ("bob@contoso.com", "1 columns, where the first line has 2. Give each column"),
        ("bob@contoso.com,Bob,Brown", "3 columns, where the first line has 2"),
        ('bob@contoso.com,"Bob', "not CSV (unexpected end of data). Put a value with commas"),
        ('bob@contoso.com,"Bob"x', "not CSV ("),
        ("bob@contoso.com,B\0b", "the character U+0000, which cannot be seen, is in it. Take it out"),
        ("bob@contoso.com,\u202ebob", "the character U+202E"),
        ("bob@contoso.com,a\rb", "the character U+000D"),
        ("carol@contoso.com,Second", "carol@contoso.com stands on line 2 already. Leave it on one line"),
        ("CAROL@contoso.com,Second", "carol@contoso.com stands on line 2 already"),
        ("\u212aate@contoso.com,Kelvin", "is not a user name"),
        (f"bob@contoso.com,{'x' * 257}", "is no display name"),
    ],
)
def test_a_wrong_line_is_told_with_its_number_and_the_mend(line: str, what: str) -> None:
    problems = _problems(f"name,display\ncarol@contoso.com,Carol\n{line}\ndave@contoso.com,Dave\n".encode())

    assert problems == [problems[0]]
    assert problems[0].startswith("people.csv: line 3: ")
    assert what in problems[0]


@pytest.mark.parametrize(
    ("columns", "value", "what"),
    [
        ("sid", "S-1-5-18", "'S-1-5-18' is not an account's SID. Write it like S-1-5-21-"),
        ("sid", "x", "'x' is not an account's SID"),
        ("address", "10.0.0.256", "'10.0.0.256' is not an IPv4 address. Write it like 10.99.1.20"),
        ("address", "127.0.0.1", "127.0.0.1 is no address of a host"),
        ("address", "255.255.255.255", "reserved"),
        ("enabled", "perhaps", "'perhaps' in the column enabled. Write yes or no"),
        ("groups", "a/b", "'a/b' is not a group name"),
    ],
)
def test_a_wrong_value_is_told(columns: str, value: str, what: str) -> None:
    (problem,) = _problems(f"name,{columns}\nbob@contoso.com,{value}\n".encode())

    assert what in problem


@pytest.mark.parametrize(
    ("first", "what"),
    [
        ("", "the column 'name' is missing. Begin with a line like name,display,sid,address,enabled,groups."),
        ("nmae,display", "no column 'nmae' is known. Did you mean name?"),
        ("name,name", "the column 'name' stands twice"),
        ("name;display", "no column 'name;display' is known"),
        ("name,", "no column '' is known"),
        ("bob@contoso.com,Bob", "no column 'bob@contoso.com' is known"),
    ],
)
def test_wrong_columns_are_told_before_anything_else(first: str, what: str) -> None:
    problems = _problems(f"{first}\nnonsense\n".encode())

    assert all(problem.startswith("people.csv: line 1: ") for problem in problems)
    assert any(what in problem for problem in problems)


def test_every_wrong_line_is_told_at_once() -> None:
    problems = _problems(b"name\n" + b"\n".join([b"bob@contoso.com", b"\xff", b"x", b"bob@contoso.com", b"a b@c.de"]))

    assert [problem.split(": ")[1] for problem in problems] == ["line 3", "line 4", "line 5", "line 6"]


def test_sids_and_addresses_stand_once(told: list[tuple[int, str]]) -> None:
    problems = _problems(
        b"name,sid,address\n"
        b"a@contoso.com,S-1-5-21-1-2-3-4,10.0.0.1\n"
        b"b@contoso.com,S-1-5-21-1-2-3-4,10.0.0.2\n"
        b"c@contoso.com,,10.0.0.1\n"
    )

    assert ["S-1-5-21-1-2-3-4 stands on line 2 already" in problems[0], "10.0.0.1 stands on line 2" in problems[1]] == [
        True,
        True,
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_other_encodings_are_named(encoding: str) -> None:
    mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""

    problems = _problems(f"{mark}name,display\nbob@contoso.com,Zoë\n".encode(encoding))

    assert 'Save it as "CSV UTF-8"' in problems[0] or 'Save the file as "CSV UTF-8"' in problems[0]


def test_a_person_on_a_wrong_line_is_known_by_name_for_what_the_directory_says_of_them() -> None:
    read = sheet.read(
        io.BytesIO(b"name,sid,groups\na@contoso.com,x,Sales\nb b,,Sales\n\xff\nc@contoso.com,,a/b;Sales\n"),
        name="people.csv",
        told=lambda _done, _what: None,
    )

    assert [(each.line, each.user.name, each.groups) for each in read.entries] == [
        (2, "a@contoso.com", (GroupName("Sales"),)),
        (5, "c@contoso.com", (GroupName("Sales"),)),
    ]
    assert [each.line for each in read.flaws] == [2, 3, 4, 5]


def test_wrong_lines_are_told_in_the_order_of_the_file() -> None:
    flaws = [Flaw(line=line, what=what, mend="Mend it") for line, what in ((10, "a"), (9, "b"), (10, "c"))]

    assert str(sheet.wrong("people.csv", flaws)).splitlines() == [
        "people.csv: line 9: b. Mend it.",
        "people.csv: line 10: a. Mend it.",
        "people.csv: line 10: c. Mend it.",
    ]


def test_an_endless_line_is_told_and_never_in_memory() -> None:
    lines = Lines(
        [b"name\n", b"bob@contoso.com\n", *[b"x" * sheet.LONGEST_LINE] * 1600, b"\n", b"a@contoso.com\n", b"?\n"]
    )

    read = sheet.read(io.BufferedReader(lines, 1024), name="people.csv", told=lambda _done, _what: None)

    assert [flaw.line for flaw in read.flaws] == [3, 5]
    assert "longer than 65536 octets" in read.flaws[0].what
    assert lines.most <= sheet.LONGEST_LINE


def test_an_endless_file_ends() -> None:
    with pytest.raises(DocumentError, match="larger than 512 MiB"):
        sheet.read(Endless(b"name\n"), name="people.csv", told=lambda _done, _what: None)


def test_a_line_as_long_as_a_line_may_be_is_read() -> None:
    line = "bob@contoso.com,".ljust(sheet.LONGEST_LINE - 1) + "\n"

    assert len(_read(f"name,display\n{line}")) == 1
    assert "longer than" in _problems(f"name,display\n {line}".encode())[0]


def test_a_file_with_nobody_in_it_is_wrong() -> None:
    assert "no person in it" in _problems(b"name\n\n")[0]
    assert _read(GOOD)


def test_what_takes_long_tells_how_far_it_is(told: list[tuple[int, str]]) -> None:
    _read("name\n" + "\n".join(f"u{number}@contoso.com" for number in range(2500)), told)

    assert told == [(1000, "lines read"), (2000, "lines read")]


class Lines(io.RawIOBase):
    """A file of these pieces; `most` is the longest that was ever asked for at once."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces, self.most = pieces, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        self.most = max(self.most, len(buffer))
        if not self._pieces:
            return 0
        piece = self._pieces[0][: len(buffer)]
        self._pieces[0] = self._pieces[0][len(piece) :]
        if not self._pieces[0]:
            self._pieces.pop(0)
        buffer[: len(piece)] = piece
        return len(piece)


class Endless(io.BytesIO):
    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(size) or b"x" * (size or 0)


def _read(text: str, told: list[tuple[int, str]] | None = None) -> tuple[Entry, ...]:
    heard = [] if told is None else told
    data = io.BytesIO(text.encode())
    return sheet.read(data, name="people.csv", told=lambda done, what: heard.append((done, what))).entries


def _problems(data: bytes) -> list[str]:
    try:
        read = sheet.read(io.BytesIO(data), name="people.csv", told=lambda _done, _what: None)
    except DocumentError as error:
        return str(error).splitlines()
    return str(sheet.wrong(read.name, read.flaws)).splitlines()


@pytest.fixture
def told() -> list[tuple[int, str]]:
    return []
