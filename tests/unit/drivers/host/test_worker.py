import sys

import pytest

from evertunnel.drivers.host.worker import Worker
from evertunnel.errors import EngineUnavailable

COUNTS = "import sys\nfor number, line in enumerate(sys.stdin): print(number, line.strip(), flush=True)"
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
        with pytest.raises(EngineUnavailable, match="ended before it answered"):
            worker.ask("a")


def test_program_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(EngineUnavailable, match="cannot be told"):
        Worker(["no-such-program"]).ask("a")
