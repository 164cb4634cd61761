"""The types of a decision."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address
from typing import Self

from evertunnel.plan import hours
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import NetworkPolicy, of_device_tunnel
from evertunnel.plan.tunnels import EapType, Tunnel
from evertunnel.values import Fqdn, GroupName, HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A tunnel that is there to be asked for: the reach that it has by itself, and how its users may authenticate."""

    reach: str
    eap_types: tuple[EapType, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway of the plan, by the name and the address that it asks under."""

    name: HostName
    address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The plan's slice that decides; `network_policies` in the order in which they are tried."""

    domain: Fqdn
    device: Served
    user: Served | None = None
    network_policies: tuple[NetworkPolicy, ...]
    zone: str = "UTC"
    gateways: tuple[Gateway, ...] = ()

    def __post_init__(self) -> None:
        # Known to be good from the start: hours that cannot be told would otherwise be found out at the first question.
        hours.zone(self.zone)
        for policy in self.network_policies:
            hours.week(policy.hours or ())

    def __hash__(self) -> int:
        # By what tells two of them apart well enough: what is worked out of one is looked up at every decision.
        return hash((self.domain, len(self.network_policies)))

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """The policy that a plan states."""
        user = plan.user_tunnel
        return cls(
            domain=plan.organisation.domain,
            device=Served(reach=plan.device_tunnel.reach),
            user=Served(reach=user.reach, eap_types=user.eap_types) if user else None,
            network_policies=plan.policies_in_force(),
            zone=plan.organisation.time_zone,
            gateways=(
                *(
                    Gateway(name=name, address=host.internal.address.ip)
                    for name, host in plan.hosts_with(Role.GATEWAY).items()
                    if host.internal is not None
                ),
                *(Gateway(name=name, address=client.address) for name, client in plan.radius.clients.items()),
            ),
        )

    @classmethod
    def for_devices(cls, *, domain: Fqdn, groups: tuple[GroupName, ...], reach: str) -> Self:
        """The policy of a plan that has the device tunnel alone."""
        return cls(domain=domain, device=Served(reach=reach), network_policies=(of_device_tunnel(groups),))

    def served(self, tunnel: Tunnel) -> Served | None:
        """The tunnel of this kind, if it is there."""
        return self.device if tunnel is Tunnel.DEVICE else self.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a gateway asks, word for word: it comes from outside and nothing in it is believed.

    About a user: in phase `eap`, `identity` is the name in the certificate that was just proved, `outer_name` what was
    said outside of it; later, in phase `authorize-only`, `serial` is what the policy service remembers of that.
    """

    tunnel: str
    identity: str
    serial: str
    gateway: str = ""
    outer: str = ""  # the device's address on the internet
    inner: str = ""  # its virtual address
    session: str = ""
    phase: str = "authorize-only"  # or eap
    port: str = ""  # NAS-Port: the unique id of the IKE_SA
    port_type: str = ""
    tunnel_type: str = ""
    eap_type: str = ""
    outer_name: str = ""
    gateway_address: str = ""


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
class Person:
    """What the directory says of the user who is the certificate's principal; `address` is a fixed one."""

    name: str
    enabled: bool
    added: float = 0.0
    sid: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A device whose tunnel is up from the outer address that the question came from, with its nested groups."""

    device: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A live session of the user, by the ledger."""

    session: str
    gateway: str = ""
    outer: str = ""
    inner: str = ""
    device: str = ""
    started: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision may rest on; `groups` holds the principal's nested membership, resolved.

    `live` are the user's sessions other than the asked one, which began at `since`, if the ledger knows it. `origins`
    are told where a policy asks for them; `more_origins` counts those that are just like some that are told.
    """

    question: Question
    certificate: Certificate | None = None
    computer: Computer | None = None
    groups: tuple[str, ...] = ()
    posture: Posture = Posture.UNKNOWN
    person: Person | None = None
    origins: tuple[Origin, ...] = ()
    live: tuple[Live, ...] = ()
    since: float | None = None
    more_origins: int = 0


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
class Tried:
    """A network policy that was tried, and each condition that did not hold: none in the policy that decided."""

    policy: str
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What bounds an allowed session, and what else it gets: the pool and address, where the tunnel's own is not it."""

    session_seconds: int
    idle_seconds: int | None = None
    interim_seconds: int | None = None
    pool: str | None = None
    address: str | None = None
    class_: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer with its trace. Refused: no reach and no limits.

    `name` is whom it is about, canonically, once that is known; `device` the same of a device tunnel. `policy` is the
    network policy that decided.
    """

    allow: bool
    checks: tuple[Check, ...]
    device: str | None = None
    reach: str | None = None
    limits: Limits | None = None
    name: str | None = None
    policy: str | None = None
    tried: tuple[Tried, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that speaks against."""
        return tuple(check.reason for check in self.checks if check.reason is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A decision as it is kept: when, about whom (the device or user that `why` is asked for), on which facts."""

    id: str
    at: float
    about: str
    facts: Facts
    decision: Decision
