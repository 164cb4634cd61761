"""What the linter says of a profile."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad it is; the order of the members is from worst to harmless."""

    ERROR = (
        "error"  # Windows refuses it or ignores what was meant, it cannot connect, or it is insecure by any standard
    )
    WARNING = "warning"  # it works, and is a trap
    NOTE = "note"  # good to know


class Class(Enum):
    """What kind of fault it is."""

    NOT_WELL_FORMED = "not well-formed"
    UNKNOWN = "unknown"
    NOT_IN_SCHEMA = "not in the schema"
    ORDER = "out of schema order"
    LEVEL = "wrong level"
    VALUE = "wrong value"
    CONTRADICTION = "contradiction"
    TRAP = "trap"
    WEAK = "weak"
    VERSION = "needs newer Windows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault: which rule, where, why it is one, and the mend. The column is told only where XML itself broke."""

    code: str
    severity: Severity
    class_: Class
    path: str
    line: int
    column: int | None = None
    why: str
    mend: str

    @property
    def document(self) -> dict[str, object]:
        """The finding for programs."""
        column = {} if self.column is None else {"column": self.column}
        return {
            "code": self.code,
            "severity": self.severity.value,
            "class": self.class_.value,
            "path": self.path,
            "line": self.line,
            **column,
            "why": self.why,
            "mend": self.mend,
        }
