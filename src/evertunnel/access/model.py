"""The types of a decision."""

from dataclasses import dataclass
from enum import Enum
from typing import Self

from evertunnel.plan.model import Plan
from evertunnel.values import Fqdn, GroupName


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The plan's slice that decides about device tunnels."""

    domain: Fqdn
    groups: tuple[GroupName, ...]
    reach: str

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """The policy that a plan states."""
        return cls(domain=plan.organisation.domain, groups=plan.device_tunnel.groups, reach=plan.device_tunnel.reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a gateway asks, word for word: it comes from outside and nothing in it is believed."""

    tunnel: str
    identity: str
    serial: str
    gateway: str = ""
    outer: str = ""  # the device's address on the internet
    inner: str = ""  # its virtual address
    session: str = ""


class Posture(Enum):
    """The health of a device, where anyone has reported it."""

    UNKNOWN = "unknown"
    COMPLIANT = "compliant"
    NOT_COMPLIANT = "not compliant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What our records say of the certificate with the asked serial; times are Unix seconds."""

    serial: str
    template: str
    principal: str
    not_before: float
    not_after: float
    revoked: float | None = None
    revoked_for: str | None = None
    issued: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Computer:
    """What the directory says of the certificate's principal."""

    name: str
    kind: str
    enabled: bool
    added: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision may rest on; `groups` holds nested membership resolved."""

    question: Question
    certificate: Certificate | None = None
    computer: Computer | None = None
    groups: tuple[str, ...] = ()
    posture: Posture = Posture.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why not: the NPS reason code, our short name, and a sentence that says what to do."""

    code: int
    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One requirement and what was seen; it passed when it gives no reason."""

    name: str
    observed: str
    reason: Reason | None = None

    @property
    def passed(self) -> bool:
        """Whether the requirement is met."""
        return self.reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What bounds an allowed session."""

    session_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer with its trace. Refused: no reach and no limits. `device` is the canonical name, once it is known."""

    allow: bool
    checks: tuple[Check, ...]
    device: str | None = None
    reach: str | None = None
    limits: Limits | None = None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that speaks against."""
        return tuple(check.reason for check in self.checks if check.reason is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A decision as it is kept: when, about what, on which facts. `about` is the device that `why` is asked for."""

    id: str
    at: float
    about: str
    facts: Facts
    decision: Decision
