import argparse

import pytest

from evertunnel.cli import sessions
from evertunnel.cli.sessions import duration, lines, octets
from evertunnel.control_plane.ledger import Session
from evertunnel.drivers.radius_values import Usage

ALICE = Session(
    id="gateway1/1-7",
    gateway="gateway1",
    session="1-7",
    tunnel="user",
    name="alice@corp.contoso.com",
    device="laptop1",
    outer="198.51.100.20",
    inner="10.99.0.1",
    policy="",
    class_="",
    started=1_795_319_585.0,
    seen=1_795_323_310.0,
    heard=1_795_323_310.0,
    usage=Usage(in_octets=1_234_567, out_octets=999),
)


def test_table_has_a_line_for_each_session() -> None:
    head, row = lines([ALICE], past=False)

    assert head == (
        "NAME                    DEVICE   FROM           ADDRESS    SESSION       STARTED              LASTED  IN"
        "      OUT"
    )
    assert row == (
        "alice@corp.contoso.com  laptop1  198.51.100.20  10.99.0.1  gateway1/1-7  2026-11-22 03:53:05  1h 2m   1.2 MB"
        "  999 B"
    )


def test_past_sessions_say_how_they_ended() -> None:
    over = Session(
        **{name: getattr(ALICE, name) for name in Session.__slots__} | {"cause": "lost", "ended": ALICE.seen}
    )

    assert lines([over], past=True)[1].endswith("999 B  lost")


def test_nobody_is_said_so() -> None:
    assert lines([], past=False) == ["nobody is connected"]


def test_hostile_name_cannot_move_the_cursor_or_break_the_table() -> None:
    values = {name: getattr(ALICE, name) for name in Session.__slots__}
    table = lines([Session(**values | {"name": "\x1b[2J\n" + "x" * 300})], past=False)

    assert len(table) == 2
    assert table[1].isprintable()
    assert len(table[1]) < 160


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0s"), (59, "59s"), (60, "1m 0s"), (3725, "1h 2m"), (90_000, "1d 1h")]
)
def test_duration_is_told_in_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (10**16, "10000.0 TB")])
def test_octets_are_told_in_few_digits(count: int, text: str) -> None:
    assert octets(count) == text


@pytest.mark.parametrize(
    ("words", "since", "what"),
    [
        (["--since", "2026-11-22"], 1_795_305_600.0, None),
        (["--user", "Alice@Corp.Contoso.com"], None, None),
        (["export", "--format", "dts", "--since", "2026-11-22", "--out", "x"], 1_795_305_600.0, "export"),
    ],
)
def test_command_line_is_understood(words: list[str], since: float | None, what: str | None) -> None:
    parser = argparse.ArgumentParser()
    sessions.configure(parser)

    arguments = parser.parse_args(words)

    assert (arguments.since, arguments.what, arguments.until) == (since, what, None)
    assert arguments.user in (None, "alice@corp.contoso.com")
