"""How a rule is declared: code, severity and class beside one small function, whose docstring is its page entry."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evertunnel.profiles.lint.finding import Class, Finding, Severity
from evertunnel.profiles.lint.subject import Subject


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: where, why it is a fault, and the mend."""

    path: str
    why: str
    mend: str
    line: int | None = None  # left out: where the path stands


Find = Callable[[Subject], Iterator[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    code: str
    severity: Severity
    class_: Class
    find: Find

    @property
    def title(self) -> str:
        """What it says, in a sentence."""
        return self._words.partition("\n\n")[0]

    @property
    def explanation(self) -> str:
        """Why, and what to do: the rest of the docstring."""
        return self._words.partition("\n\n")[2]

    @property
    def _words(self) -> str:
        return inspect.getdoc(self.find) or ""

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """What it finds in a profile."""
        for found in self.find(subject):
            line = subject.reading.line(found.path) if found.line is None else found.line
            yield Finding(
                code=self.code,
                severity=self.severity,
                class_=self.class_,
                path=found.path,
                line=line,
                why=found.why,
                mend=found.mend,
            )


def rule(code: str, severity: Severity, class_: Class) -> Callable[[Find], Rule]:
    """Declares the function below it as a rule; its docstring is a sentence, then why and what to do."""
    return lambda find: Rule(code=code, severity=severity, class_=class_, find=find)
