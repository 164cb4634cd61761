"""Platforms, what they can do with a setting, and when a plan asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network

from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import ClientProfile
from evertunnel.plan.tunnels import DeviceTunnel, Tunnel, UserTunnel
from evertunnel.plan.windows import Windows

BOTH = (Tunnel.DEVICE, Tunnel.USER)


class Platform(Enum):
    """A way of bringing profiles to clients; Windows has two, and Linux has two beside plain strongSwan."""

    PROFILE_XML = "windows"
    INTUNE = "intune"
    APPLE = "apple"
    ANDROID = "android"
    LINUX = "linux"
    NETWORK_MANAGER = "networkmanager"
    STRONGSWAN = "strongswan"


class Carries(Enum):
    """Whether a setting arrives."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """Whether a setting arrives, and if not, what that means for the client; with `since` it does on that Windows."""

    carries: Carries
    what: str = ""
    since: Windows | None = None

    def __post_init__(self) -> None:
        if self.carries is not Carries.YES and not self.what:
            raise ValueError("a setting that does not arrive needs words about what that means; give them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One tunnel of a plan."""

    plan: Plan
    kind: Tunnel
    tunnel: DeviceTunnel | UserTunnel

    @property
    def profile(self) -> ClientProfile:
        """What its profile says to the client."""
        return self.tunnel.profile

    @property
    def routes(self) -> tuple[IPv4Network, ...]:
        """The networks inside that it carries."""
        return self.plan.device_routes() if self.kind is Tunnel.DEVICE else self.plan.user_routes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A setting, when a plan asks for it, and what platforms do; a platform that is not named carries it.

    Where a platform does not carry a row that is `vital`, it has no such tunnel at all.
    """

    setting: str  # below the tunnel, like profile.app_triggers; empty: the tunnel itself
    asked: Callable[[Side], bool]
    abilities: Mapping[Platform, Ability]
    kinds: tuple[Tunnel, ...] = BOTH
    value: str = ""  # where the row is about one value alone
    vital: bool = False

    def on(self, platform: Platform) -> Ability:
        """What a platform does with the setting."""
        return self.abilities.get(platform, Ability(carries=Carries.YES))


def sides(plan: Plan) -> tuple[Side, ...]:
    """The tunnels that the plan has."""
    device = Side(plan=plan, kind=Tunnel.DEVICE, tunnel=plan.device_tunnel)
    if plan.user_tunnel is None:
        return (device,)
    return (device, Side(plan=plan, kind=Tunnel.USER, tunnel=plan.user_tunnel))


def side_of(plan: Plan, kind: Tunnel) -> Side:
    """One tunnel of a plan that has it."""
    return next(side for side in sides(plan) if side.kind is kind)
