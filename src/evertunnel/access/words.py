"""How checks are made and worded."""

from datetime import UTC, datetime
from typing import TypeAlias

from evertunnel.access.model import Check, Reason

Refusal: TypeAlias = tuple[int, str, str]  # what becomes a Reason where a check is not met


def checked(name: str, observed: str, *, met: bool, refusal: Refusal) -> Check:
    """A check with what was seen, and with its reason where it is not met."""
    if met:
        return Check(name=name, observed=observed)
    code, word, sentence = refusal
    return Check(name=name, observed=observed, reason=Reason(code=code, name=word, sentence=sentence))


def moment(seconds: float) -> str:
    """A time as people read it."""
    try:
        # Not strftime, which takes several times as long: this is in the way of every answer.
        return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds").removesuffix("+00:00") + "Z"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f}"  # beyond the calendar


def listed(names: tuple[str, ...]) -> str:
    """Names in a sentence."""
    return ", ".join(names) or "no group"
