"""What the rules look at: a profile that was read, for which Windows, against which plan, and what many ask of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from evertunnel.plan.model import Plan
from evertunnel.plan.windows import Windows
from evertunnel.profiles.vpnv2.eap import EapHostConfig, EapMethod, EapTtls, OtherEap, Peap
from evertunnel.profiles.vpnv2.model import Authentication, NativeProfile, Protocol, Route, Routing, VpnProfile
from evertunnel.profiles.vpnv2.nodes import Node, Shape
from evertunnel.profiles.vpnv2.reading import Kind, Reading
from evertunnel.profiles.vpnv2.slots import slots_of

ROOT = "VPNProfile"
NATIVE = f"{ROOT}/NativeProfile"
PLUGIN = f"{ROOT}/PluginProfile"
SUITE = f"{NATIVE}/CryptographySuite"
AUTHENTICATION = f"{NATIVE}/Authentication"
EAP = f"{AUTHENTICATION}/Eap/Configuration/EapHostConfig"
METHOD = "Config/Eap/EapType"
TTLS = "Config/EapTtls"
UNREAD = {Kind.WRONG_VALUE, Kind.DUPLICATE, Kind.WRONG_LEVEL}
AUTOMATIC = frozenset({Protocol.IKEV2, Protocol.SSTP, Protocol.L2TP, Protocol.PPTP})

Layer = tuple[str, EapMethod | OtherEap]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One profile, as the rules see it."""

    reading: Reading
    windows: Windows | None = None
    plan: Plan | None = None
    _unread: frozenset[str] = field(init=False)  # rules ask for each of thousands of elements

    def __post_init__(self) -> None:
        object.__setattr__(self, "_unread", unread_paths(self.reading))

    @property
    def profile(self) -> VpnProfile:
        """The profile."""
        return self.reading.profile

    @property
    def native(self) -> NativeProfile:
        """The native profile; an empty one where there is none."""
        return self.profile.native or NativeProfile()

    @property
    def is_native(self) -> bool:
        """Whether Windows' own client connects."""
        return self.profile.native is not None

    @property
    def is_whole(self) -> bool:
        """Whether it is a profile: not an EAP block alone, nor another document, of which no profile can be asked."""
        return not any(
            remark.kind is Kind.FRAGMENT or (remark.kind is Kind.UNKNOWN and "/" not in remark.path)
            for remark in self.reading.remarks
        )

    @property
    def is_device(self) -> bool:
        """Whether it is a device tunnel."""
        return self.profile.device_tunnel is True

    @property
    def is_lockdown(self) -> bool:
        """Whether it is a LockDown profile."""
        return self.profile.lockdown is True

    @property
    def is_force(self) -> bool:
        """Whether it says that everything goes through the tunnel."""
        return self.native.routing is Routing.FORCE

    @property
    def is_split(self) -> bool:
        """Whether it says that only routes go through the tunnel."""
        return self.native.routing is Routing.SPLIT

    @property
    def authentication(self) -> Authentication:
        """Who authenticates; an empty one where nothing is said."""
        return self.native.authentication or Authentication()

    @property
    def protocols(self) -> frozenset[Protocol]:
        """What the tunnel may be; empty where nothing is said."""
        protocol = self.native.protocol
        if protocol is None:
            return frozenset()
        if protocol is Protocol.LIST:
            return frozenset(self.native.protocols.protocols if self.native.protocols else ())
        return AUTOMATIC if protocol is Protocol.AUTOMATIC else frozenset({protocol})

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes through the tunnel."""
        return tuple(route for route in self.profile.routes if not route.exclusion)

    def layers(self) -> Iterator[Layer]:
        """The EAP methods from the outer to the innermost, each with the path of its settings."""
        if self.authentication.eap is not None:
            yield from _layers(self.authentication.eap, EAP)

    def is_told(self, path: str) -> bool:
        """Whether the reader has already said that this element is there and could not be read."""
        return path in self._unread


def unread_paths(reading: Reading) -> frozenset[str]:
    """The elements that are there and could not be read."""
    return frozenset(remark.path for remark in reading.remarks if remark.kind in UNREAD)


def nth(path: str, index: int) -> str:
    """The path of one of several elements of a name, counted from 0; the first has no number."""
    return path if index == 0 else f"{path}[{index + 1}]"


def elements(value: object, path: str = ROOT) -> Iterator[tuple[str, Node]]:
    """All elements that a profile has, with their paths, in the order of the model."""
    for slot in slots_of(type(value)):
        held = getattr(value, slot.field)
        if held is None or held == ():
            continue
        several = slot.many and slot.node.shape is Shape.ELEMENT
        for index, member in enumerate(held if several else (held,)):
            below = nth(f"{path}/{slot.node.name}", index)
            yield below, slot.node
            if slot.leaf is None:
                yield from elements(member, below)


def _layers(config: EapHostConfig, path: str) -> Iterator[Layer]:
    yield from _method(config.method, f"{path}/{TTLS if isinstance(config.method, EapTtls) else METHOD}")


def _method(method: EapMethod | OtherEap, path: str) -> Iterator[Layer]:
    yield path, method
    if isinstance(method, Peap) and method.inner is not None:
        yield from _method(method.inner, f"{path}/Eap/EapType")
    if isinstance(method, EapTtls) and method.inside is not None and method.inside.eap is not None:
        yield from _layers(method.inside.eap, f"{path}/Phase2Authentication/EapHostConfig")
