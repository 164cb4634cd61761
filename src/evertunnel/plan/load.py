"""From a plan file's text to a Plan: TOML, then structure, then ranges and checks; the edge reads the file."""

import re
import tomllib

from evertunnel import documents
from evertunnel.errors import DocumentError, Problem
from evertunnel.plan import checks
from evertunnel.plan.findings import Severity
from evertunnel.plan.model import Plan

POSITION = re.compile(r" \(at (?P<position>line \d+, column \d+|end of document)\)$")
WRITING = "Mend the line as TOML wants it: name = value, text in quotes, tables as [table], each once."


def load(text: str, *, name: str) -> Plan:
    """The plan that the text describes; everything that is wrong with it is one DocumentError.

    Warnings do not stop a plan: `checks.findings(plan)` gives them.
    """
    plan = documents.read(Plan, _tables(text, name), name=name)
    errors = [finding for finding in checks.findings(plan) if finding.severity is Severity.ERROR]
    if errors:
        raise DocumentError(name, [finding.problem() for finding in errors])
    return plan


def _tables(text: str, name: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem = Problem(path="(whole file)", what="not TOML: nested too deeply", mend=WRITING)
    except tomllib.TOMLDecodeError as error:
        problem = _not_toml(str(error))
    except ValueError:  # Python refuses to read whole numbers of thousands of digits
        problem = Problem(path="(whole file)", what="not TOML: a number is too long", mend=WRITING)
    raise DocumentError(name, [problem])


def _not_toml(message: str) -> Problem:
    found = POSITION.search(message)
    position = found["position"] if found else "(whole file)"
    what = POSITION.sub("", message).replace("\n", " ")
    return Problem(path=position, what=f"not TOML: {what[:1].lower()}{what[1:]}", mend=WRITING)
