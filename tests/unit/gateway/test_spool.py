"""The spool on a real disk, a real full one, and under a writer that is killed."""

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel.drivers.radius_values import Accounting, Status, Usage
from evertunnel.gateway import spool as module
from evertunnel.gateway.record_files import to_line
from evertunnel.gateway.spool import FRESH, Bounds, Spool

SMALL = Bounds(limit=2000, reserve=2000, ballast=100, segment=500)
DAY_OF_RECORDS = 1000 * (288 + 2 * 24) + 20 * 60 * 24


def test_records_wait_in_their_order_until_each_is_acknowledged(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([record(1), record(2)])
    spool.append([record(3)])

    first, second, third = spool.pending(10)
    spool.acknowledged(second)
    spool.acknowledged(second)

    assert [entry.record.number for entry in (first, second, third)] == [1, 2, 3]
    assert [entry.record.number for entry in spool.pending(10)] == [1, 3]
    assert [entry.record.number for entry in spool.pending(10, frozenset({(first.segment, first.offset)}))] == [3]


def test_latest_records_are_handed_out_without_the_disk_and_more_of_them_with_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([record(1), record(2)])
    (segment,) = tmp_path.glob("*.jsonl")
    written = segment.read_bytes()
    segment.write_bytes(b"0" * len(written))
    assert numbers(spool) == [1, 2]

    segment.write_bytes(written)
    for number in range(3, 3 * FRESH):
        spool.append([record(number)])
    assert numbers(spool) == list(range(1, 3 * FRESH))
    spool.close()


def test_another_process_finds_what_was_kept(tmp_path: Path) -> None:
    Spool(tmp_path).append([record(1), record(2)])

    assert numbers(Spool(tmp_path)) == [1, 2]


def test_segment_goes_when_all_in_it_is_acknowledged(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SMALL)
    for number in range(4):
        spool.append([record(number)])
        spool.append([record(number)])

    for entry in spool.pending(100):
        spool.acknowledged(entry)

    assert spool.octets < SMALL.segment
    assert len(list(tmp_path.glob("*.jsonl"))) <= 1
    assert numbers(Spool(tmp_path)) == []


def test_full_spool_says_so_and_still_takes_what_live_sessions_say(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SMALL)
    assert spool.problem == ""

    while not spool.problem:
        spool.append([record(1)])
    spool.append([record(2)])

    assert "is full" in spool.problem
    assert numbers(spool)[-1] == 2


def test_what_goes_beyond_the_reserve_is_refused_whole_and_nothing_is_lost(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SMALL)

    kept, error = append_until_refused(spool)

    assert error.errno == errno.ENOSPC
    assert "beyond its reserve" in str(error)
    assert numbers(spool) == list(range(kept))


def test_room_comes_back_with_acknowledgements(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SMALL)
    while not spool.problem:
        spool.append([record(1)])

    for entry in spool.pending(100):
        spool.acknowledged(entry)

    assert spool.problem == ""


def test_full_disk_gives_up_the_ballast_stops_admissions_and_recovers(tmp_path: Path) -> None:
    bounds = Bounds(ballast=64 * 1024)
    with small_disk(tmp_path, "256k"):
        spool = Spool(tmp_path / "spool", bounds)
        fill(tmp_path / "filler")
        written = 0
        while not spool.problem:
            spool.append([record(written)])
            written += 1

        assert "No space" in spool.problem
        assert numbers(spool) == list(range(written))
        (tmp_path / "filler").unlink()
        spool.sync()
        assert spool.problem == ""
        spool.close()


def test_disk_that_is_full_for_good_refuses_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path, "128k"):
        spool = Spool(tmp_path / "spool", Bounds(ballast=16 * 1024))

        written, error = append_until_refused(spool)

        assert error.errno == errno.ENOSPC
        assert spool.problem
        assert numbers(spool) == list(range(written))
        assert numbers(Spool(tmp_path / "spool", Bounds(ballast=0))) == list(range(written))
        spool.close()


def test_damaged_line_is_put_aside_and_the_others_go_on(tmp_path: Path) -> None:
    Spool(tmp_path).append([record(1), record(2), record(3)])
    (segment,) = tmp_path.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b'"number":2', b'"number":9'))

    spool = Spool(tmp_path)

    assert numbers(spool) == [1, 3]
    assert spool.damaged == 1
    assert b'"number":9' in (tmp_path / "set-aside").read_bytes()


def test_record_that_cannot_be_sent_is_put_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([record(1), record(2)])

    spool.set_aside(spool.pending(1)[0])

    assert numbers(spool) == [2]
    assert (tmp_path / "set-aside").read_bytes() == to_line(record(1))


@pytest.mark.parametrize("round_", range(12))
def test_nothing_that_was_kept_is_lost_when_the_writer_is_killed(tmp_path: Path, round_: int) -> None:
    """A child appends, and says after each append how far it is; it is killed somewhere, by SIGKILL."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        append_for_ever(tmp_path, writes)
    os.close(writes)
    said = b""
    while len(said) < 8 * (1 + round_ * 37):
        said += os.read(reads, 4096)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reads, 65_536):
        said += more
    os.close(reads)
    kept = int.from_bytes(said[: len(said) // 8 * 8][-8:], "big")

    spool = Spool(tmp_path, Bounds(ballast=0, segment=5000))
    spool.append([record(kept + 1_000_000)])
    found = numbers(spool)

    assert found[: kept + 1] == list(range(kept + 1))
    assert found[-1] == kept + 1_000_000
    assert len(found) == len(set(found))


def test_line_that_the_writer_died_in_is_no_record(tmp_path: Path) -> None:
    Spool(tmp_path).append([record(1), record(2)])
    (segment,) = tmp_path.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes()[:-3])

    spool = Spool(tmp_path)
    spool.append([record(3)])

    assert numbers(spool) == [1, 3]
    for entry in spool.pending(10):
        spool.acknowledged(entry)
    assert numbers(spool) == []
    assert not segment.exists()


def test_day_without_radius_for_a_thousand_sessions_fits() -> None:
    line = len(to_line(long_record()))

    assert DAY_OF_RECORDS * line < module.LIMIT
    # What the documentation says of it.
    assert DAY_OF_RECORDS == 364_800
    assert line < 600


def append_for_ever(directory: Path, writes: int) -> None:
    spool = Spool(directory, Bounds(ballast=0, segment=5000))
    number = 0
    while True:
        spool.append([record(number)])
        os.write(writes, number.to_bytes(8, "big"))
        number += 1


def append_until_refused(spool: Spool) -> tuple[int, OSError]:
    """Appends two and two; gives how many were taken, and the refusal."""
    number = 0
    while True:
        try:
            spool.append([record(number), record(number + 1)])
        except OSError as error:
            return number, error
        number += 2


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            return


def numbers(spool: Spool) -> list[int]:
    return [entry.record.number for entry in spool.pending(100_000)]


def record(number: int) -> Accounting:
    return Accounting(
        status=Status.INTERIM,
        session="1-7",
        number=number,
        at=1.0,
        tunnel="device",
        name="laptop1",
        outer="198.51.100.20",
    )


def long_record() -> Accounting:
    usage = Usage(in_octets=10**12, out_octets=10**12, in_packets=10**9, out_packets=10**9)
    return replace(
        record(288),
        session="1763781234-4711-99999",
        at=1763781234.123456,
        started=1763781234.123456,
        name="alice.longname@corp.contoso.com",
        device="laptop1234",
        inner="10.99.12.34",
        policy="VPN Users at work",
        class_="0123456789abcdef0123456789abcdef",
        usage=usage,
        interim=300,
    )


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    assert os.system(f"mount -t tmpfs -o size={size} tmpfs {path}") == 0  # noqa: S605 (the path is pytest's)
    try:
        yield
    finally:
        os.system(f"umount {path}")  # noqa: S605 (the same)
