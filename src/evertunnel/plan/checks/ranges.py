"""Every number of a plan against the range that its declaration gives."""

import dataclasses
from collections.abc import Iterator, Mapping

from evertunnel.documents import shown, step
from evertunnel.plan.findings import Finding, error
from evertunnel.plan.model import Plan


def numbers_are_in_range(plan: Plan) -> Iterator[Finding]:
    """Refuses numbers below the minimum or above the maximum of their setting."""
    yield from _section(plan, "")


def _section(section: object, path: str) -> Iterator[Finding]:
    if isinstance(section, Mapping):
        for key, inner in section.items():
            yield from _section(inner, step(path, key))
    elif dataclasses.is_dataclass(section):
        for field in dataclasses.fields(section):
            yield from _setting(getattr(section, field.name), field, step(path, field.name))


def _setting(value: object, field: "dataclasses.Field[object]", path: str) -> Iterator[Finding]:
    if isinstance(value, int):
        yield from _number(value, field, path)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _setting(item, field, f"{path}[{index}]")
    else:
        yield from _section(value, path)


def _number(value: int, field: "dataclasses.Field[object]", path: str) -> Iterator[Finding]:
    minimum, maximum = field.metadata.get("minimum"), field.metadata.get("maximum")
    if minimum is not None and value < minimum:
        yield error(path, f"{shown(value)} is too small", _mend(minimum, maximum))
    elif maximum is not None and value > maximum:
        yield error(path, f"{shown(value)} is too large", _mend(minimum, maximum))


def _mend(minimum: int | None, maximum: int | None) -> str:
    if minimum == maximum:
        return f"Use {minimum}."
    return f"Use a number from {minimum} to {maximum}."


RULES = (numbers_are_in_range,)
