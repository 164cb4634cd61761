"""How a rule over several profiles is declared: as a rule for one is, and with the notes that it makes superfluous."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evertunnel.profiles.lint.finding import Class, Finding, Severity
from evertunnel.profiles.lint.rule import Found, Rule, explanation_of, title_of
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.model import VpnProfile
from evertunnel.profiles.vpnv2.write import as_windows_echoes

ONE_MACHINE = "if both go to one machine"
ONE_PERSON = "if both go to one person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of several profiles, and its file as the person who asked wrote it."""

    file: str
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Profiles that may go to one machine or one person; each once, however many files hold it."""

    members: tuple[Member, ...]

    @property
    def lockdowns(self) -> tuple[Member, ...]:
        """The LockDown profiles."""
        return tuple(each for each in self.members if each.subject.is_lockdown)

    @property
    def devices(self) -> tuple[Member, ...]:
        """The device tunnels."""
        return tuple(each for each in self.members if each.subject.is_device and not each.subject.is_lockdown)

    @property
    def users(self) -> tuple[Member, ...]:
        """The profiles that go to people."""
        return tuple(each for each in self.members if not each.subject.is_device and not each.subject.is_lockdown)


@dataclass(frozen=True, slots=True)
class FoundBeside:
    """What a rule over several profiles found: on which of them, and what."""

    on: Member
    found: Found


FindBeside = Callable[[Profiles], Iterator[FoundBeside]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRule:
    """One rule over several profiles; `instead` are rules that say less at the same place."""

    code: str
    severity: Severity
    class_: Class
    find: FindBeside
    instead: tuple[Rule, ...] = ()

    @property
    def title(self) -> str:
        """What it says, in a sentence."""
        return title_of(self.find)

    @property
    def explanation(self) -> str:
        """Why, and what to do: the rest of the docstring."""
        return explanation_of(self.find)

    def findings(self, profiles: Profiles) -> Iterator[tuple[Member, Finding]]:
        """What it finds, each with the profile that it stands on."""
        for each in self.find(profiles):
            yield each.on, each.found.by(self, each.on.subject.reading)


def set_rule(
    code: str, severity: Severity, class_: Class, *, instead: tuple[Rule, ...] = ()
) -> Callable[[FindBeside], SetRule]:
    """Declares the function below it as a rule over several profiles; its docstring is as a rule's."""
    return lambda find: SetRule(code=code, severity=severity, class_=class_, find=find, instead=instead)


def profiles_of(members: Sequence[Member]) -> Profiles:
    """What such rules look at: whole profiles, and the first of copies, like one for scripts and one for Intune."""
    first: dict[VpnProfile, Member] = {}
    for member in members:
        if member.subject.is_whole:
            first.setdefault(as_windows_echoes(member.subject.profile), member)
    return Profiles(members=tuple(first.values()))


def named(members: Sequence[Member]) -> str:
    """Profiles by their files: the first, and how many more."""
    first, *more = members
    return f"{first.file} (and {len(more)} more)" if more else first.file
