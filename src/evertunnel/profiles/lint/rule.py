"""How a rule is declared: code, severity and class beside one small function, whose docstring is its page entry."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from evertunnel.profiles.lint.finding import Class, Finding, Severity
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.reading import Reading


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: where, why it is a fault, and the mend."""

    path: str
    why: str
    mend: str
    line: int | None = None  # left out: where the path stands

    def by(self, rule: "Declared", reading: Reading) -> Finding:
        """As a finding of the rule that found it."""
        return Finding(
            code=rule.code,
            severity=rule.severity,
            class_=rule.class_,
            path=self.path,
            line=reading.line(self.path) if self.line is None else self.line,
            why=self.why,
            mend=self.mend,
        )


class Declared(Protocol):
    """What stands beside a rule's function."""

    @property
    def code(self) -> str:
        """Family and number."""

    @property
    def severity(self) -> Severity:
        """How bad what it finds is."""

    @property
    def class_(self) -> Class:
        """What kind of fault it finds."""


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
        return title_of(self.find)

    @property
    def explanation(self) -> str:
        """Why, and what to do: the rest of the docstring."""
        return explanation_of(self.find)

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """What it finds in a profile."""
        return (found.by(self, subject.reading) for found in self.find(subject))


def rule(code: str, severity: Severity, class_: Class) -> Callable[[Find], Rule]:
    """Declares the function below it as a rule; its docstring is a sentence, then why and what to do."""
    return lambda find: Rule(code=code, severity=severity, class_=class_, find=find)


def title_of(find: Callable[..., object]) -> str:
    """What a rule says, by its function's docstring: the first sentence."""
    return _words(find).partition("\n\n")[0]


def explanation_of(find: Callable[..., object]) -> str:
    """Why, and what to do: the rest of the docstring."""
    return _words(find).partition("\n\n")[2]


def _words(find: Callable[..., object]) -> str:
    return inspect.getdoc(find) or ""
