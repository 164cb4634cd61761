import sys
from contextlib import closing

import pytest

from evertunnel.drivers.host.worker import Worker
from evertunnel.errors import EngineUnavailable

COUNTS = "import sys\nfor number, line in enumerate(sys.stdin): print(number, line.strip(), flush=True)"
HANGS = "import sys, time\nfor line in sys.stdin: time.sleep(60) if 'hang' in line else print('heard', flush=True)"
ENDS = "import sys\nfor line in sys.stdin: sys.exit(1)"


def test_one_process_answers_line_after_line() -> None:
    worker = Worker([sys.executable, "-c", COUNTS])

    assert [worker.ask("a"), worker.ask("b")] == ["0 a", "1 b"]
    worker.close()
    worker.close()


def test_one_that_has_ended_is_started_anew() -> None:
    worker = Worker([sys.executable, "-c", COUNTS])
    worker.ask("a")
    worker.close()

    assert worker.ask("b") == "0 b"
    worker.close()


def test_one_that_ends_without_an_answer_is_unavailable_each_time() -> None:
    worker = Worker([sys.executable, "-c", ENDS])
    for _ in range(2):
        with pytest.raises(EngineUnavailable, match="gave no answer"):
            worker.ask("a")


def test_program_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(EngineUnavailable, match="cannot be told"):
        Worker(["no-such-program"]).ask("a")


def test_one_that_hangs_is_ended_and_started_anew() -> None:
    with closing(Worker([sys.executable, "-c", HANGS], seconds=4.0)) as worker:
        assert worker.ask("1") == "heard"
        with pytest.raises(EngineUnavailable, match="gave no answer"):
            worker.ask("hang")
        assert worker.ask("2") == "heard"


def test_one_that_is_ended_for_good_is_not_started_again() -> None:
    with closing(Worker([sys.executable, "-c", COUNTS])) as worker:
        worker.ask("1")
        worker.end()
        with pytest.raises(EngineUnavailable, match="is ended"):
            worker.ask("2")
