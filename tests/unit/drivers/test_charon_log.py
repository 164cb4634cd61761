import re
from pathlib import Path

import pytest

from evertunnel.drivers.charon_log import PIECE, LogFile, line_of
from evertunnel.drivers.vici_values import LogLine


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("09[CFG] <evertunnel-device-x|3> hello", LogLine(ike_id=3, group="CFG", text="hello")),
        ("09[IKE] <12> hello", LogLine(ike_id=12, group="IKE", text="hello")),
        ("100[ENC] hello", LogLine(ike_id=0, group="ENC", text="hello")),
        ("09[CFG] <x|3> 09[CFG] <x|4> hello", LogLine(ike_id=3, group="CFG", text="09[CFG] <x|4> hello")),
        ("09[CFG] <x|3> a\rb\u2028c", LogLine(ike_id=3, group="CFG", text="a\rb\u2028c")),
        ("hello", None),
        ("", None),
        ("\x0009[CFG] <x|3> hello", None),
    ],
)
def test_line_belongs_to_the_ike_sa_of_its_first_prefix(text: str, line: LogLine | None) -> None:
    assert line_of(text) == line


def test_what_is_skipped_is_left_alone_and_what_comes_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, "09[CFG] <1> old\n")
    log = LogFile(path)
    log.skip()
    append(path, "09[CFG] <1> new\n09[CFG] <1> ha")

    assert texts(log) == ["new"]
    assert texts(log) == []
    append(path, "lf\n")
    assert texts(log) == ["half"]


def test_lines_to_pass_over_are_left_out(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log", passed_over=re.compile(r"\d+\[ENC\]"))
    append(tmp_path / "log", "09[ENC] <1> parsed\n09[CFG] <1> said\n10[ENC] <1> generating\n")

    assert texts(log) == ["said"]


def test_file_that_comes_late_is_read_from_its_start(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")

    assert texts(log) == []
    append(tmp_path / "log", "09[CFG] <1> first\n")
    assert texts(log) == ["first"]


def test_former_file_is_read_to_its_end_before_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, "")
    log = LogFile(path)
    log.skip()
    append(path, "09[CFG] <1> former\n")
    path.rename(tmp_path / "former")
    append(path, "09[CFG] <1> next\n")

    assert texts(log) + texts(log) == ["former", "next"]


def test_long_file_is_emptied_once_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, "")
    log = LogFile(path, empty_at=100)
    append(path, "09[CFG] <1> hello\n" * 10)

    assert len(texts(log)) == 10
    assert texts(log) == []
    assert path.stat().st_size == 0
    append(path, "09[CFG] <1> again\n")
    assert texts(log) == ["again"]


def test_file_that_another_emptied_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, "09[CFG] <1> hello\n")
    log = LogFile(path)
    log.skip()
    path.write_text("09[CFG] <1> b\n")

    assert texts(log) == ["b"]


def test_what_is_no_line_of_charons_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, "")
    log = LogFile(path)
    append(path, "x" * 3 * PIECE + "\n\n09[CFG] <1> hello\n")

    assert texts(log) == ["hello"]


def test_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "other")
    append(tmp_path / "other", "")

    with pytest.raises(OSError, match="symbolic links"):
        LogFile(tmp_path / "log").read()


def texts(log: LogFile) -> list[str]:
    return [line.text for line in log.read()]


def append(path: Path, text: str) -> None:
    with path.open("a") as stream:
        stream.write(text)
