"""Steps and evidence as verbs print them."""

import json
import shutil
import sys
from collections.abc import Sequence

from evertunnel.reconcile import Evidence, Step

WIDTH = 120
WIDEST = 100
INDENT = " " * 10


def width() -> int:
    """How many columns text for a person may take: the terminal's, and no more than is read well."""
    return min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else WIDEST


def print_json(value: object) -> None:
    """One JSON document."""
    print(json.dumps(value, indent=1))


def step_documents(steps: Sequence[Step]) -> list[dict[str, str]]:
    """Steps for programs."""
    return [{"effect": step.effect.value, "part": step.part, "action": step.action} for step in steps]


def evidence_documents(evidence: Sequence[Evidence]) -> list[dict[str, object]]:
    """Evidence for programs."""
    return [{"part": each.part, "held": each.held, "what": each.what} for each in evidence]


def print_step(step: Step) -> None:
    """One step, as it happens."""
    print("\n".join(lines(step)), flush=True)


def lines(step: Step) -> list[str]:
    """A step for a person: one that changes many things at once has a line for each."""
    whole = str(step)
    rest = step.action.partition(": ")[2]
    if len(whole) <= WIDTH or "; " not in rest:
        return [whole]
    return [whole.removesuffix(rest).rstrip(), *(f"{INDENT}{item}" for item in rest.split("; "))]


def print_nothing(_step: Step) -> None:
    """Nothing, because JSON follows."""
