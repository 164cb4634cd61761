import os
from pathlib import Path

from evertunnel.drivers.host.journal import Journal


def test_output_takes_bounded_space_and_the_newest_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log" / "x.log", limit=100)

    for number in range(50):
        journal.write(f"line {number:03}\n".encode())
    journal.write(b"x" * 1000)

    sizes = [path.stat().st_size for path in (tmp_path / "log").iterdir()]
    assert max(sizes) <= 100
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == ["x.log", "x.log.1"]
    assert (tmp_path / "log" / "x.log.1").read_text().endswith("line 049\n")


def test_all_that_comes_out_is_written_in_its_order_to_the_last_word(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.log")
    read, write = os.pipe()
    said = b"".join(f"line {number:05}\n".encode() for number in range(10_000)) + b"and no end"

    thread = journal.follow(os.fdopen(read, "rb"))
    with os.fdopen(write, "wb") as program:
        program.write(said)
    thread.join()

    assert (tmp_path / "x.log").read_bytes() == said
