import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from evertunnel.documents import from_json, read, read_known, to_json, write
from evertunnel.errors import DocumentError
from evertunnel.values import Fqdn, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    port: int = field(metadata={"help": "The port."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    name: Fqdn
    names: frozenset[Fqdn] = frozenset()
    inner: Inner | None = None
    table: dict[Fqdn, Inner] = field(default_factory=dict)
    secret: Secret | None = None


NO_NUMBER = "is not a whole number. Write it without quotes or fractions."
UNKNOWN = "unknown setting. Known here: inner, name, names, secret, table."


def test_what_is_written_is_read_again_also_as_json() -> None:
    outer = Outer(
        name=Fqdn("a.b"),
        names=frozenset({Fqdn("c.b"), Fqdn("a.b")}),
        inner=Inner(port=1),
        table={Fqdn("x.y"): Inner(port=2)},
        secret=Secret("s"),
    )

    assert read(Outer, write(outer), name="d") == outer
    assert from_json(Outer, to_json(outer), name="d") == outer


def test_written_values_are_plain_and_sets_are_sorted_lists() -> None:
    plain = write(Outer(name=Fqdn("a.b"), names=frozenset({Fqdn("c.b"), Fqdn("a.b")})))

    assert plain == {"name": "a.b", "names": ["a.b", "c.b"], "inner": None, "table": {}, "secret": None}
    assert isinstance(plain, dict)
    assert type(plain["name"]) is str


def test_equal_values_give_equal_text() -> None:
    names = [Fqdn(f"{letter}.b") for letter in "abcdefgh"]
    first = Outer(name=Fqdn("a.b"), names=frozenset(names), table={name: Inner(port=1) for name in names})
    second = Outer(name=Fqdn("a.b"), names=frozenset(names[::-1]), table={name: Inner(port=1) for name in names[::-1]})

    assert to_json(first) == to_json(second)


def test_what_is_known_is_read_beside_unknown_settings_which_are_told() -> None:
    known = {"name": "a.b", "inner": {"port": 1}, "table": {"x.y": {"port": 2}}}
    more = {"name": "a.b", "inner": {"port": 1, "prot": 3}, "table": {"x.y": {"port": 2, "a": 0}}, "nam": 0}

    value, problems = read_known(Outer, more)

    assert value == read(Outer, known, name="d")
    assert [problem.path for problem in problems] == ["inner.prot", "table.'x.y'.a", "nam"]
    assert read_known(Outer, known) == (value, ())


def test_beside_what_cannot_be_read_nothing_is() -> None:
    value, problems = read_known(Outer, {"name": "a.b", "inner": {"port": "1"}, "nam": 0})

    assert value is None
    assert [problem.path for problem in problems] == ["inner.port", "nam"]


def test_keys_that_are_no_names_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="has names as keys"):
        write({1: 2})


def test_numbers_that_json_does_not_know_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"a": float("nan")})


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        (3, ["d: (whole file): 3 is not a table. Write it as key = value pairs."]),
        ({}, ["d: name: missing. Add it: it is required."]),
        ({"name": "a.b", "inner": {}}, ["d: inner.port: missing. Add it: The port."]),
        ({"name": "a.b", "inner": 3}, ["d: inner: 3 is not a table. Write it as key = value pairs."]),
        ({"name": "a.b", "inner": {"port": True}}, [f"d: inner.port: true {NO_NUMBER}"]),
        ({"name": "a.b", "nam": 1}, ["d: nam: unknown setting. Did you mean name?"]),
        ({"name": "a.b", 3: 1, "zzz": 1}, [f"d: 3: {UNKNOWN}", f"d: zzz: {UNKNOWN}"]),
        (
            {"name": "a.b", "table": {"x_": {"port": 1}}},
            ["d: table.x_: 'x_' is not a full DNS name. Write it like vpn.contoso.com."],
        ),
        ({"name": "a.b", "table": {"x.y": {"port": "1"}}}, [f"d: table.'x.y'.port: '1' {NO_NUMBER}"]),
        ({"name": "a.b", "names": ["a.b", 3]}, ["d: names[1]: 3 is not text. Write it in quotes."]),
        ({"name": "a.b", "names": "a.b"}, ["d: names: 'a.b' is not a list. Write it in square brackets."]),
    ],
)
def test_each_problem_says_what_where_and_the_mend(document: object, lines: list[str]) -> None:
    with pytest.raises(DocumentError) as caught:
        read(Outer, document, name="d")

    assert str(caught.value).splitlines() == lines


def test_all_problems_come_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        read(Outer, {"name": "a", "inner": {"port": "x", "prt": 1}, "table": [], "nam": 1}, name="d")

    assert [problem.path for problem in caught.value.problems] == ["name", "inner.port", "inner.prt", "table", "nam"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not JSON: Expecting value"),
        (b"\xff", "not JSON: 'utf-8' codec"),
        ("[" * 100_000, "not JSON: nested too deeply"),
        ('{"a":' * 100_000, "not JSON: nested too deeply"),
        ('{"a": {"b": 1, "b": 2}}', "not JSON: key 'b' stands twice"),
        ('{"name": NaN}', "not JSON: NaN is not a number"),
        ('{"name": -Infinity}', "not JSON: -Infinity is not a number"),
        ('{"name": ' + "1" * 5000 + "}", "not JSON: a number has 5000 digits"),
        ('{"name": 1e999}', "inf is not text"),
        (r'{"name": "\ud800"}', r"'\ud800' has half a surrogate pair in it"),
    ],
)
def test_hostile_json_is_a_document_error(text: str | bytes, what: str) -> None:
    with pytest.raises(DocumentError) as caught:
        from_json(Outer, text, name="d")

    assert caught.value.problems[0].what.startswith(what)
    str(caught.value).encode()  # can be printed


@pytest.mark.parametrize("key", ["\ud800", "\x1b[2J", "a\nb"])
def test_hostile_keys_can_be_printed(key: str) -> None:
    with pytest.raises(DocumentError) as caught:
        from_json(Outer, json.dumps({"name": "a.b", key: 1, "table": {key: {"port": 1}}}), name="d")

    assert str(caught.value).isprintable() or str(caught.value).replace("\n", "").isprintable()


def test_deeply_nested_values_are_a_document_error() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}

    with pytest.raises(DocumentError):
        read(Outer, {"name": deep, "inner": deep, "table": deep, "names": [deep]}, name="d")


def test_a_secret_never_stands_in_an_error() -> None:
    with pytest.raises(DocumentError) as caught:
        read(Outer, {"name": "a.b", "secret": 123456}, name="d")

    assert "123456" not in str(caught.value)
