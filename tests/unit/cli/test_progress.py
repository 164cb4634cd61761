import pytest

from evertunnel.cli.progress import Progress


def test_progress_is_told_once_a_second_and_not_in_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 0.5, 1.0, 1.9, 2.1])
    progress = Progress("people.csv", clock=lambda: next(times))

    for done in (1000, 2000, 3000, 4000):
        progress(done, "lines read")

    captured = capsys.readouterr()
    assert captured.err == "people.csv: 2,000 lines read\npeople.csv: 4,000 lines read\n"
    assert captured.out == ""
