"""Where log events go: one line each on standard error, `time level event key=value`."""

import logging
import re
import sys
import textwrap
from collections.abc import MutableMapping
from typing import Any

import structlog

PLAIN = re.compile(r"[!-~]+")


def configure(*, level: int = logging.INFO) -> None:
    """Sets structlog up for a program of ours; called once, by the edge."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Renders one event; what came from outside cannot begin a line of its own.

    >>> line(None, "info", {"timestamp": "T", "level": "info", "event": "tunnel up", "device": "laptop 1"})
    "T info tunnel up device='laptop 1'"
    """
    head = [str(event.pop(key, "-")) for key in ("timestamp", "level", "event")]
    trace = str(event.pop("exception", ""))
    pairs = [f"{key}={_word(value)}" for key, value in event.items()]
    return " ".join([*head, *pairs]) + ("\n" + textwrap.indent(trace, "    ", lambda _: True) if trace else "")


def _word(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else repr(text)
