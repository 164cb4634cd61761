import datetime as dt

import pytest

from evertunnel.documents.wording import near, shown, step


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (True, "true"),
        ("a", "'a'"),
        ("a\x1b[2J\n", r"'a\x1b[2J\n'"),
        ("\ud800", r"'\ud800'"),
        pytest.param(2**100_000, "a very large number", id="unprintable"),
        (dt.date(2026, 11, 21), "2026-11-21"),
        ([[[[1]]]], "[[[...]]]"),
    ],
)
def test_values_are_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_deep_and_long_values_are_shown_short() -> None:
    deep: object = 0
    for _ in range(100_000):
        deep = [deep]

    assert len(shown(deep)) < 30
    assert len(shown("x" * 100_000)) <= 60
    assert len(shown({str(number): "x" * 1000 for number in range(1000)})) < 500


@pytest.mark.parametrize(
    ("path", "key", "deeper"),
    [
        ("", "hosts", "hosts"),
        ("hosts", "edge1", "hosts.edge1"),
        ("hosts", "a.b", "hosts.'a.b'"),
        ("hosts", "", "hosts.''"),
        ("hosts", "\x1b", r"hosts.'\x1b'"),
        ("hosts", 3, "hosts.3"),
    ],
)
def test_paths_quote_keys_that_could_mislead(path: str, key: object, deeper: str) -> None:
    assert step(path, key) == deeper


def test_suggestions_name_the_nearest_or_all_that_is_known() -> None:
    assert near("gatway", ["gateway", "radius"]) == "Did you mean gateway?"
    assert near("xyz", ["radius", "gateway"]) == "Known here: gateway, radius."
    assert near("xyz", []) == "Known here: none."
