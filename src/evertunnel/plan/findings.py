"""What the checks of a plan say: errors, which stop it, and warnings, which do not."""

from dataclasses import dataclass
from enum import Enum

from evertunnel.errors import Problem


class Severity(Enum):
    """Whether a plan may be used in spite of a finding."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found: where (a key path), what, and the mend."""

    severity: Severity
    path: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.problem()}"

    def problem(self) -> Problem:
        """The finding as an error line of the plan."""
        return Problem(path=self.path, what=self.what, mend=self.mend)


def error(path: str, what: str, mend: str) -> Finding:
    """A finding that stops the plan."""
    return Finding(severity=Severity.ERROR, path=path, what=what, mend=mend)


def warning(path: str, what: str, mend: str) -> Finding:
    """A finding that does not stop the plan."""
    return Finding(severity=Severity.WARNING, path=path, what=what, mend=mend)
