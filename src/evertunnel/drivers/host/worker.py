"""A program that works beside us, in a process of its own: it is told a line, and says a line once that is done."""

import select
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from evertunnel.errors import EngineUnavailable

ANSWER_SECONDS = 60.0
END_SECONDS = 3.0


class Worker:
    """Not for several threads at once. It is started when it is needed, and anew when it has ended.

    What it says goes by its standard output, what it logs by the standard error that it shares with us. It ends when
    its standard input does: also when we are killed.
    """

    def __init__(self, argv: Sequence[str], seconds: float = ANSWER_SECONDS) -> None:
        """`seconds` it may take to do what a line tells it; then it is ended."""
        self._argv, self._seconds = tuple(argv), seconds
        self._process: subprocess.Popen[str] | None = None
        self._ended = False

    def ask(self, line: str) -> str:
        """Tells it a line and waits for its answer; EngineUnavailable if there is none."""
        if self._ended:
            raise EngineUnavailable(f"{self._argv[-1]} is ended")
        try:
            answer = self._exchange(line)
        except OSError as error:
            self.close()
            raise EngineUnavailable(f"{self._argv[-1]} cannot be told: {error}") from error
        if not answer.endswith("\n"):
            self._kill()
            self.close()
            raise EngineUnavailable(f"{self._argv[-1]} gave no answer")
        return answer.rstrip("\n")

    def end(self) -> None:
        """Ends it at once and for good, from any thread; who waits for its answer gets none."""
        self._ended = True
        self._kill()

    def _kill(self) -> None:
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """Ends it, once it has done what it was told."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):  # it has ended, and left a line unread
            process.stdin.close()  # type: ignore[union-attr]  # a pipe
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()  # type: ignore[union-attr]  # a pipe

    def _exchange(self, line: str) -> str:
        if self._process is None:
            self._process = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told, said = self._process.stdin, self._process.stdout
        assert told is not None  # noqa: S101 (a pipe)
        assert said is not None  # noqa: S101 (a pipe)
        told.write(f"{line}\n")
        told.flush()
        # One line is one answer: nothing of it waits in a buffer of ours.
        return said.readline() if select.select([said], [], [], self._seconds)[0] else ""
