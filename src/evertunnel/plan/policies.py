"""Network policies (NPS): who may use which tunnel, from where and when, and what they then get.

They are tried in the plan's order and the first whose conditions all hold decides. A condition that is left out holds
always; where several values stand, any one will do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network

from evertunnel.plan.settings import setting
from evertunnel.plan.tunnels import DeviceTunnel, EapType, Tunnel, UserTunnel
from evertunnel.values import GroupName, HostName

LONGEST_TIME = 2**31 - 1  # RADIUS counts seconds in 32 bits, and some peers read them as signed


class Access(Enum):
    """What a policy does with whom it matches."""

    GRANT = "grant"
    DENY = "deny"


class PortType(Enum):
    """What a gateway says of the port that somebody came in by (RFC 2865 5.41); a VPN's is Virtual."""

    VIRTUAL = "Virtual"
    ETHERNET = "Ethernet"
    WIRELESS = "Wireless-802.11"
    ISDN = "ISDN"
    ASYNC = "Async"


class TunnelType(Enum):
    """What a gateway says of the tunnel (RFC 2868 3.1); IKEv2's is ESP."""

    ESP = "ESP"
    L2TP = "L2TP"
    PPTP = "PPTP"
    GRE = "GRE"


class Template(Enum):
    """The certificate templates."""

    DEVICE = "device"
    VPN_SERVER = "vpn-server"
    NPS_SERVER = "nps-server"
    USER = "user"
    MAIL = "mail"


ACCEPTED = {Tunnel.DEVICE: Template.DEVICE, Tunnel.USER: Template.USER}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """One network policy: conditions (whom it is about), constraints (what to keep to), settings (what is got)."""

    name: str = setting("Its name, by which `why` and the ledger tell of it.")
    access: Access = setting("grant or deny.")
    tunnel: Tunnel | None = setting("Condition: device or user; left out: both.", default=None)
    user_groups: tuple[GroupName, ...] | None = setting("Condition: the user is in one of these groups.", default=None)
    device_groups: tuple[GroupName, ...] | None = setting(
        "Condition: the device whose device tunnel it is, is in one of these groups.", default=None
    )
    gateways: tuple[HostName, ...] | None = setting(
        "Condition: the gateway, as it names itself (NAS-Identifier).", default=None
    )
    gateway_addresses: tuple[IPv4Network, ...] | None = setting(
        "Condition: the address that the gateway asks from.", default=None
    )
    port_types: tuple[PortType, ...] | None = setting("Condition: NAS-Port-Type; a VPN's is Virtual.", default=None)
    tunnel_types: tuple[TunnelType, ...] | None = setting("Condition: Tunnel-Type; IKEv2's is ESP.", default=None)
    eap_types: tuple[EapType, ...] | None = setting("Condition: how the user was authenticated.", default=None)
    templates: tuple[Template, ...] | None = setting("Condition: the certificate's template.", default=None)
    hours: tuple[str, ...] | None = setting(
        "Condition: days and hours in organisation.time_zone, like Mon-Fri 07:00-19:00; they may pass midnight.",
        default=None,
    )
    session_seconds: int | None = setting(
        "Constraint: how long a session may last.", default=None, minimum=60, maximum=LONGEST_TIME
    )
    idle_seconds: int | None = setting(
        "Constraint: how long a session may be idle.", default=None, minimum=60, maximum=LONGEST_TIME
    )
    from_devices: tuple[GroupName, ...] | None = setting(
        "Constraint: the user comes from a device of one of these groups, whose device tunnel is up.", default=None
    )
    sessions_per_user: int | None = setting(
        "Constraint: how many sessions a user may have at once.", default=None, minimum=1, maximum=1000
    )
    pool: str | None = setting("Setting: the pool of the user's address; left out: user_tunnel.pool.", default=None)
    fixed_address: bool = setting("Setting: the address that the directory has for the user, if any.", default=False)
    interim_seconds: int | None = setting(
        "Setting: how often a session is accounted for meanwhile.", default=None, minimum=60, maximum=86_400
    )
    reach: str | None = setting("Setting: what may be reached; left out: the tunnel's reach.", default=None)
    radius_class: str | None = setting(
        "Setting: the RADIUS attribute Class, for accounting: letters, digits, . _ and -.", default=None
    )

    @property
    def grants(self) -> bool:
        """Whether it lets in whom it matches."""
        return self.access is Access.GRANT

    def is_about(self, tunnel: Tunnel) -> bool:
        """Whether it can match this kind of tunnel at all: some conditions are those of one kind alone."""
        if tunnel is Tunnel.DEVICE:
            fits = self.user_groups is None and self.eap_types is None
        else:
            fits = self.device_groups is None
        accepted = self.templates is None or ACCEPTED[tunnel] in self.templates
        return fits and accepted and self.tunnel in {None, tunnel}


def of_device_tunnel(groups: tuple[GroupName, ...]) -> NetworkPolicy:
    """The policy that `device_tunnel.groups` stands for."""
    return NetworkPolicy(name="[device_tunnel]", access=Access.GRANT, tunnel=Tunnel.DEVICE, device_groups=groups)


def of_user_tunnel(groups: tuple[GroupName, ...]) -> NetworkPolicy:
    """The policy that `user_tunnel.groups` stands for."""
    return NetworkPolicy(name="[user_tunnel]", access=Access.GRANT, tunnel=Tunnel.USER, user_groups=groups)


def in_force(
    written: Sequence[NetworkPolicy], device: DeviceTunnel, user: UserTunnel | None
) -> tuple[NetworkPolicy, ...]:
    """The policies in the order in which they are tried.

    A tunnel's own groups are its last policy, unless a written one grants that tunnel: then that is all there is.
    """
    policies = list(written)
    if not grants(written, Tunnel.DEVICE):
        policies.append(of_device_tunnel(device.groups))
    if user is not None and user.groups and not grants(written, Tunnel.USER):
        policies.append(of_user_tunnel(user.groups))
    return tuple(policies)


def grants(policies: Sequence[NetworkPolicy], tunnel: Tunnel) -> bool:
    """Whether any of these policies may let somebody use this tunnel."""
    return any(policy.grants and policy.is_about(tunnel) for policy in policies)
