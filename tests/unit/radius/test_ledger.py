import json
import sqlite3
import threading
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest

from evertunnel.drivers.radius_values import Usage
from evertunnel.errors import EvertunnelError
from evertunnel.radius.ledger import DATABASE, DAY, Ledger, Session
from evertunnel.radius.ledger_queries import Query, records, rejects_of, sessions
from evertunnel.radius.ledger_tidying import QUIET_SECONDS

NOW = 1_000_000.0


def test_session_is_what_its_records_say_in_any_order_and_twice(tmp_path: Path) -> None:
    told = [
        ours("Start", 1, at=0, seconds=0),
        ours("Interim-Update", 2, at=60, octets=5, seconds=60),
        ours("Interim-Update", 3, at=120, octets=9, seconds=120, outer="198.51.100.99"),
        ours("Stop", 4, at=150, octets=12, seconds=150, cause="Session-Timeout"),
    ]
    seen = set()
    for number, order in enumerate(permutations(told)):
        directory = tmp_path / str(number)
        directory.mkdir()
        ledger = Ledger(directory)
        for body in (*order, order[0]):
            ledger.take(body, NOW + 500)
        (session,) = sessions(directory, Query(past=True))
        seen.add(session)
        assert len(list(records(directory, since=0, until=2 * NOW))) == 4

    (session,) = seen
    assert (session.started, session.ended, session.cause) == (NOW, NOW + 150, "Session-Timeout")
    assert session.usage == Usage(in_octets=12)


def test_check_point_brings_what_was_taken_into_the_file_itself(tmp_path: Path) -> None:
    ledger, copy = Ledger(tmp_path), tmp_path / "copy"
    copy.mkdir()
    ledger.take(ours("Start", 1, at=0), NOW)

    (copy / DATABASE).write_bytes((tmp_path / DATABASE).read_bytes())
    assert sessions(copy, Query()) == ()

    ledger.check_point()

    (copy / DATABASE).write_bytes((tmp_path / DATABASE).read_bytes())
    assert len(sessions(copy, Query())) == 1


def test_live_session_is_live_until_it_stops(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(ours("Start", 1, at=0), NOW)
    assert [each.session for each in sessions(tmp_path, Query())] == ["1-7"]

    ledger.take(ours("Stop", 2, at=5), NOW + 5)

    assert sessions(tmp_path, Query()) == ()


def test_address_of_the_last_word_counts_also_when_it_comes_first(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(ours("Interim-Update", 3, at=120, outer="198.51.100.99"), NOW)
    ledger.take(ours("Interim-Update", 2, at=60, outer="198.51.100.20"), NOW)

    assert one(tmp_path).outer == "198.51.100.99"


def test_session_of_a_gateway_that_died_is_lost_after_three_intervals_and_a_late_word_revives_it(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path)
    ledger.tidy(NOW)
    ledger.take(ours("Start", 1, at=0), NOW)
    ledger.take(ours("Interim-Update", 2, at=60, octets=5), NOW + 60)

    assert ledger.tidy(NOW + 60 + 180) == 0
    assert ledger.tidy(NOW + 60 + 181) == 1
    lost = one(tmp_path, past=True)
    assert (lost.ended, lost.cause, lost.usage) == (NOW + 60, "lost", Usage(in_octets=5))

    ledger.take(ours("Interim-Update", 3, at=120, octets=9), NOW + 400)
    assert (one(tmp_path).cause, one(tmp_path).usage) == ("", Usage(in_octets=9))


def test_who_was_silent_while_nobody_listened_is_not_lost(tmp_path: Path) -> None:
    Ledger(tmp_path).take(ours("Start", 1, at=0), NOW)
    ledger = Ledger(tmp_path)

    assert ledger.tidy(NOW + 5000) == 0
    assert ledger.tidy(NOW + 5000 + 181) == 1


def test_late_stop_tells_how_a_lost_session_ended(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.tidy(NOW)
    ledger.take(ours("Start", 1, at=0), NOW)
    ledger.tidy(NOW + 1000)

    ledger.take(ours("Stop", 2, at=50, octets=7), NOW + 2000)

    assert (one(tmp_path, past=True).ended, one(tmp_path, past=True).cause) == (NOW + 50, "User-Request")


def test_late_interim_does_not_revive_what_has_stopped(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(ours("Stop", 4, at=150, octets=12), NOW)
    ledger.take(ours("Interim-Update", 3, at=120, octets=9), NOW)

    assert one(tmp_path, past=True).usage == Usage(in_octets=12)


def test_other_vendors_server_that_begins_its_numbers_anew_has_two_sessions(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    told = [
        theirs("Start", at=0, seconds=0),
        theirs("Stop", at=100, seconds=100, octets=5),
        theirs("Start", at=9000, seconds=0),
        theirs("Stop", at=9050, seconds=50, octets=6),
    ]
    for body in (told[2], told[3], told[0], told[1], told[1]):
        ledger.take(body, NOW)

    found = sessions(tmp_path, Query(past=True))
    assert [(each.started - NOW, each.usage.in_octets) for each in found] == [(9000, 6), (0, 5)]
    assert len({each.id for each in found}) == 2


def test_other_vendors_record_that_is_sent_again_is_one(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for arrived, delay in ((0, 0), (4, 3)):
        ledger.take(theirs("Stop", at=None, arrived=NOW + arrived, delay=delay, seconds=100, octets=5), NOW)

    assert len(list(records(tmp_path, since=0, until=2 * NOW))) == 1


def test_interim_records_without_a_duration_belong_to_the_session(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(theirs("Start", at=0, seconds=0), NOW)
    ledger.take(theirs("Interim-Update", at=60, octets=5), NOW)

    assert one(tmp_path).usage == Usage(in_octets=5)


def test_server_that_begins_anew_ends_all_its_sessions(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(theirs("Start", at=0, seconds=0), NOW)
    ledger.take(ours("Start", 1, at=0), NOW)

    ledger.take(theirs("Accounting-On", at=50, session=""), NOW)

    assert (one(tmp_path).gateway, one(tmp_path, past=True).cause) == ("gateway1", "NAS-Reboot")


def test_silent_server_that_promised_nothing_has_a_day(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.tidy(NOW)
    ledger.take(theirs("Start", at=0, seconds=0), NOW)

    assert ledger.tidy(NOW + QUIET_SECONDS) == 0
    assert ledger.tidy(NOW + QUIET_SECONDS + 1) == 1


def test_refusal_is_kept_and_is_no_session(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(ours("Tunnel-Reject", 1, at=0, session="reject-1"), NOW)

    assert sessions(tmp_path, Query()) == ()
    assert [each.name for each in rejects_of(tmp_path, "alice@corp.contoso.com", until=NOW, limit=5)] == [
        "alice@corp.contoso.com"
    ]


def test_what_cannot_be_read_is_kept_as_it_came(tmp_path: Path) -> None:
    Ledger(tmp_path).take(b"\xff not a record", NOW)

    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("SELECT at, body FROM ledger_unread").fetchall() == [(NOW, b"\xff not a record")]


def test_ledger_that_cannot_be_written_says_so_and_is_tried_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        ledger.take(ours("Start", 1, at=0), NOW)
    (tmp_path / "away").mkdir()

    ledger.take(ours("Start", 1, at=0), NOW)

    assert one(tmp_path / "away").session == "1-7"


def test_ledger_has_its_tables_from_its_first_moment(tmp_path: Path) -> None:
    """Others look at it all the while; whoever comes first makes it, and nobody makes it again."""
    seen: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            if (tmp_path / DATABASE).exists():
                try:
                    sessions(tmp_path, Query())
                except EvertunnelError as error:
                    seen.append(str(error))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        ledgers = [Ledger(tmp_path) for _ in range(4)]
        taking = [
            threading.Thread(target=each.take, args=(ours("Start", 1, at=NOW, session=f"1-{n}"), NOW))
            for n, each in enumerate(ledgers)
        ]
        for thread in taking:
            thread.start()
        for thread in taking:
            thread.join()
    finally:
        stop.set()
        looking.join()

    assert seen == []
    assert len(sessions(tmp_path, Query())) == len(ledgers)


def test_old_sessions_are_forgotten_and_interim_records_sooner(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(ours("Interim-Update", 1, at=0), NOW)
    ledger.take(ours("Stop", 2, at=5), NOW)

    ledger.forget(NOW + 31 * DAY, days=400, interim_days=30)
    assert [each.kind for each in records(tmp_path, since=0, until=2 * NOW)] == ["Stop"]
    ledger.forget(NOW + 401 * DAY, days=400, interim_days=30)
    assert sessions(tmp_path, Query(past=True)) == ()


def one(directory: Path, *, past: bool = False) -> Session:
    (session,) = sessions(directory, Query(past=past))
    return session


def ours(status: str, number: int, *, at: float, session: str = "1-7", octets: int = 0, **more: object) -> bytes:
    said: dict[str, object] = {
        "Acct-Status-Type": status,
        "Acct-Session-Id": session,
        "Evertunnel-Gateway": "gateway1",
        "Evertunnel-Record": number,
        "Evertunnel-Tunnel": "user",
        "User-Name": "alice@corp.contoso.com",
        "Acct-Interim-Interval": 60,
        "Acct-Input-Octets": octets,
        "Event-Timestamp": int(NOW + at),
        "Calling-Station-Id": more.get("outer", "198.51.100.20"),
    }
    if "seconds" in more:
        said["Acct-Session-Time"] = more["seconds"]
    if "cause" in more:
        said["Acct-Terminate-Cause"] = more["cause"]
    return body(said)


def theirs(status: str, *, at: float | None, session: str = "41", octets: int = 0, **more: float) -> bytes:
    said: dict[str, object] = {
        "Acct-Status-Type": status,
        "Acct-Session-Id": session,
        "Evertunnel-Gateway": "rras1",
        "User-Name": "CONTOSO\\alice",
        "Acct-Input-Octets": octets,
        "Acct-Delay-Time": int(more.get("delay", 0)),
    }
    if at is not None:
        said["Event-Timestamp"] = int(NOW + at)
    if "arrived" in more:
        said["Arrived"] = int(more["arrived"])
    if "seconds" in more:
        said["Acct-Session-Time"] = int(more["seconds"])
    return body(said)


def body(said: dict[str, object]) -> bytes:
    return json.dumps({name: {"type": "x", "value": [value]} for name, value in said.items()}).encode()
