from pathlib import Path

import pytest

from evertunnel.drivers.radius_values import Accounting, Status, Usage
from evertunnel.errors import DocumentError
from evertunnel.gateway.accounting import Account, Admitted, Kept
from evertunnel.gateway.record_files import end_of_lines, from_line, lines, read_kept, to_line, write_kept

RECORD = Accounting(
    status=Status.STOP,
    session="1-7",
    number=2,
    at=10.5,
    tunnel="user",
    name="a\nb\x00ü\r",
    outer="198.51.100.20",
    usage=Usage(in_octets=2**40),
)


def test_record_comes_back_from_its_line() -> None:
    line = to_line(RECORD)

    assert line.count(b"\n") == 1
    assert b"\r" not in line
    assert from_line(line) == RECORD


@pytest.mark.parametrize("place", [0, 5, 12, 60])
def test_damaged_line_is_no_record(place: int) -> None:
    line = bytearray(to_line(RECORD))
    line[place] ^= 1

    assert from_line(bytes(line)) is None


def test_torn_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "1"
    path.write_bytes(b"one\n\rtwo\nthr")

    assert list(lines(path, 0, 100)) == [(0, b"one\n"), (4, b"\rtwo\n")]
    assert list(lines(path, 4, 9)) == [(4, b"\rtwo\n")]
    assert end_of_lines(path) == 9


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    about = Admitted(
        ike_id=7, session="1-7", tunnel="user", name="alice", outer="o", inner="i", children=frozenset({3, 1})
    )
    account = Account(about=about, ike_ids=(7,), started=1.5, said=2.5, number=3, open=((1, Usage(in_octets=4)),))
    kept = Kept(instance="1", accounts=(account,), rejected=5)

    write_kept(tmp_path / "kept", kept)

    assert read_kept(tmp_path / "kept") == kept
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600
    assert read_kept(tmp_path / "another") == Kept()


def test_damaged_copy_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("{")

    with pytest.raises(DocumentError):
        read_kept(tmp_path / "kept")
