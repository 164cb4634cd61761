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
