"""Log events: a short constant phrase with keys, one line each on standard error, `time level event key=value`.

Over the standard library's logging, because every command would wait for a logging package's import.
"""

import logging
import re
import sys
import textwrap
import time

PLAIN = re.compile(r"[!-~]+")


class Log:
    """The log of one module; identities and addresses of people belong into `debug` and the audit trail only."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **keys: object) -> None:
        """What a developer looks for."""
        self._logger.debug(line(event, keys))

    def info(self, event: str, **keys: object) -> None:
        """A change of state that an operator cares about."""
        self._logger.info(line(event, keys))

    def warning(self, event: str, **keys: object) -> None:
        """Something to look into."""
        self._logger.warning(line(event, keys))

    def error(self, event: str, **keys: object) -> None:
        """Something that could not be done."""
        self._logger.error(line(event, keys))

    def exception(self, event: str, **keys: object) -> None:
        """A mistake of ours, with its trace."""
        self._logger.error(line(event, keys), exc_info=True)  # noqa: LOG014 (the caller handles one)


def get_logger(name: str) -> Log:
    """The log of a module."""
    return Log(name)


def configure(*, level: int = logging.INFO) -> None:
    """Sends events to standard error; called once, by the edge."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)


class Lines(logging.Formatter):
    """One line an event, in UTC; a trace is indented below it, so that it begins no line of its own."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        """In UTC, as hosts in several zones are read side by side."""
        return time.strftime(datefmt or "%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        record.levelname = record.levelname.lower()
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's name)
        """The trace."""
        return textwrap.indent(super().formatException(ei), "    ", lambda _: True)  # type: ignore[arg-type]  # logging's tuple


def line(event: str, keys: dict[str, object]) -> str:
    """Renders one event; what came from outside cannot begin a line of its own.

    >>> line("tunnel up", {"device": "laptop 1"})
    "tunnel up device='laptop 1'"
    """
    return " ".join([event, *(f"{key}={_word(value)}" for key, value in keys.items())])


def _word(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else repr(text)
