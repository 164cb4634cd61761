"""The nouns of an explanation."""

from dataclasses import dataclass
from enum import Enum

HRESULT_WIDTH = 8


class Family(Enum):
    """Whose numbers a code belongs to; the value is how a person says it exactly, as in nps:16."""

    NPS = "nps"
    RAS = "ras"
    IKE = "ike"
    NOTIFY = "ikev2"
    HRESULT = "hresult"
    RADIUS = "radius"
    EVENT = "event"

    @property
    def title(self) -> str:
        """The family in a heading."""
        return TITLES[self]


TITLES = {
    Family.NPS: "NPS reason code",
    Family.RAS: "Windows RAS error",
    Family.IKE: "Windows IKE error",
    Family.NOTIFY: "IKEv2 notify",
    Family.HRESULT: "Windows HRESULT",
    Family.RADIUS: "RADIUS code",
    Family.EVENT: "Windows event",
}


class Place(Enum):
    """Where a command is run: on Microsoft's machines, or on ours."""

    WINDOWS = "on the Windows client"
    RRAS = "on the RRAS server"
    NPS = "on the NPS server"
    DOMAIN_CONTROLLER = "on a domain controller"
    LAPTOP = "on the Linux laptop"
    GATEWAY = "on the Evertunnel gateway"
    INSIDE = "on the Evertunnel inside host"
    OUTSIDE = "anywhere on the internet"
    PLAN = "where the plan is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One command that tells a cause from the others, and what to look for in its answer."""

    at: Place
    run: str
    see: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a code comes. `reported`: the field says so; no document of the maker does."""

    id: str
    what: str
    mend: str
    look: tuple[Look, ...] = ()
    reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code. `meaning` is empty where nothing but the name is known; `causes` stand most likely first."""

    family: Family
    number: int
    name: str
    meaning: str = ""
    source: str = ""  # an event's
    causes: tuple[Cause, ...] = ()
    shown: tuple[str, ...] = ()  # pieces of the message by which Windows in English tells it, in small letters

    @property
    def key(self) -> str:
        """The code as a person can ask for it exactly.

        >>> Code(family=Family.HRESULT, number=0x800B0109, name="CERT_E_UNTRUSTEDROOT").key
        'hresult:0x800B0109'
        """
        return f"{self.family.value}:{self.written}"

    @property
    def written(self) -> str:
        """The number as it is usually written."""
        return f"0x{self.number:0{HRESULT_WIDTH}X}" if self.family is Family.HRESULT else str(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A code that was found in a text.

    `said` is the line that it stands in, `details` what else that log tells, `cause` the one that the line names.
    """

    code: Code
    said: str = ""
    details: tuple[tuple[str, str], ...] = ()
    cause: Cause | None = None


class Standing(Enum):
    """What looking at a cause gave."""

    FOUND = "FOUND"
    RULED_OUT = "ruled out"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What looking at a cause gave, the evidence in a sentence, and the command that mends it here, if one does."""

    standing: Standing
    evidence: str = ""
    run: str = ""


def found(evidence: str, *, run: str = "") -> Verdict:
    """What was looked at is as the cause says."""
    return Verdict(standing=Standing.FOUND, evidence=evidence, run=run)


def ruled_out(evidence: str) -> Verdict:
    """What was looked at is not as the cause says."""
    return Verdict(standing=Standing.RULED_OUT, evidence=evidence)


def not_told(evidence: str, run: str = "") -> Verdict:
    """What was looked at does not decide; the evidence says what to compare with."""
    return Verdict(standing=Standing.NOT_CHECKED, evidence=evidence, run=run)
