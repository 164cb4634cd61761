"""From a plan file's text to a Plan: TOML, then structure, then ranges and checks; the edge reads the file."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from evertunnel import documents
from evertunnel.errors import DocumentError, Problem
from evertunnel.plan import checks
from evertunnel.plan.findings import Finding, Severity, error
from evertunnel.plan.model import Plan

POSITION = re.compile(r" \(at (?P<position>line \d+, column \d+|end of document)\)$")
WRITING = "Mend the line as TOML wants it: name = value, text in quotes, tables as [table], each once."


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found in a plan file; `plan` is there only where no finding is an error."""

    plan: Plan | None
    findings: tuple[Finding, ...]
    complete: bool  # whether the checks ran: they need a plan in which each known setting can be read

    def errors(self) -> tuple[Finding, ...]:
        """What stops the plan."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def load(text: str, *, name: str) -> Plan:
    """The plan that the text describes; everything that is wrong with it is one DocumentError.

    Warnings do not stop a plan: `checks.findings(plan)` gives them.
    """
    examined = examine(text)
    if examined.plan is None:
        raise DocumentError(name, [finding.problem() for finding in examined.errors()])
    return examined.plan


def examine(text: str) -> Examined:
    """All that can be said of the text at once, errors and warnings; unknown settings do not keep the checks away."""
    tables = _tables(text)
    if isinstance(tables, Problem):
        return Examined(plan=None, findings=_errors([tables]), complete=False)
    plan, problems = documents.read_known(Plan, tables)
    if plan is None:
        return Examined(plan=None, findings=_errors(problems), complete=False)
    findings = (*_errors(problems), *checks.findings(plan))
    stopped = any(finding.severity is Severity.ERROR for finding in findings)
    return Examined(plan=None if stopped else plan, findings=findings, complete=True)


def _errors(problems: Iterable[Problem]) -> tuple[Finding, ...]:
    return tuple(error(problem.path, problem.what, problem.mend) for problem in problems)


def _tables(text: str) -> dict[str, object] | Problem:
    try:
        return tomllib.loads(text)
    except RecursionError:
        return Problem(path="(whole file)", what="not TOML: nested too deeply", mend=WRITING)
    except tomllib.TOMLDecodeError as wrong:
        return _not_toml(str(wrong))
    except ValueError:  # Python refuses to read whole numbers of thousands of digits
        return Problem(path="(whole file)", what="not TOML: a number is too long", mend=WRITING)


def _not_toml(message: str) -> Problem:
    found = POSITION.search(message)
    position = found["position"] if found else "(whole file)"
    what = POSITION.sub("", message).replace("\n", " ")
    return Problem(path=position, what=f"not TOML: {what[:1].lower()}{what[1:]}", mend=WRITING)
