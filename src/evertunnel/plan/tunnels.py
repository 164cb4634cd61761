"""The device tunnel, the user tunnel, and what a tunnel may reach."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network

from evertunnel.plan.profiles import ClientProfile
from evertunnel.plan.settings import setting
from evertunnel.values import Fqdn, GroupName, HostName


class Tunnel(Enum):
    """The two tunnels of a device."""

    DEVICE = "device"
    USER = "user"


class EapType(Enum):
    """How a user is authenticated: by certificate, inside PEAP or not."""

    EAP_TLS = "eap-tls"
    PEAP_EAP_TLS = "peap-eap-tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What an admitted tunnel may reach, and who may reach it."""

    hosts: tuple[HostName, ...] = setting("Inside hosts that the tunnel may reach.")
    tcp: tuple[int, ...] = setting("TCP ports of those hosts.", factory=tuple, minimum=1, maximum=65_535)
    udp: tuple[int, ...] = setting("UDP ports of those hosts.", factory=tuple, minimum=1, maximum=65_535)
    icmp: bool = setting("Whether those hosts may be pinged.", default=True)
    manage_out: tuple[int, ...] = setting(
        "TCP ports of the device that those hosts may open (manage-out).", factory=tuple, minimum=1, maximum=65_535
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTunnel:
    """The tunnel that is up before anyone signs in: machine certificate, IKEv2, split (Microsoft's rules for it)."""

    pool: str = setting("The pool that devices get addresses from.")
    reach: str = setting("The reach of an admitted device; its hosts are the management hosts.")
    groups: tuple[GroupName, ...] = setting(
        "Devices in one of these groups are admitted; left out where network policies say who is.", factory=tuple
    )
    routes: tuple[IPv4Network, ...] = setting("Routes beside one host route per management host.", factory=tuple)
    force_tunnel: bool = setting("Refused: Windows allows split only on the device tunnel.", default=False)
    eap: bool = setting("Refused: the device tunnel authenticates by machine certificate.", default=False)
    name_rules: tuple[str, ...] = setting("Refused: the device tunnel knows no name resolution rules.", factory=tuple)
    profile: ClientProfile = setting("What its profile says to the client.", factory=ClientProfile)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTunnel:
    """The tunnel after sign-in, beside the device tunnel: the user's certificate by EAP, IKEv2, split."""

    pool: str = setting("The pool that users get addresses from.")
    reach: str = setting("The reach of an admitted user, where the network policy names no other.")
    groups: tuple[GroupName, ...] = setting(
        "Users in one of these groups are admitted; left out where network policies say who is.", factory=tuple
    )
    routes: tuple[IPv4Network, ...] = setting("Routes beside one host route per host of the reach.", factory=tuple)
    eap_types: tuple[EapType, ...] = setting(
        "How users may be authenticated: eap-tls, peap-eap-tls.", default=(EapType.EAP_TLS, EapType.PEAP_EAP_TLS)
    )
    aaa_name: Fqdn | None = setting(
        "The name in the RADIUS server's certificate, which clients require; left out: its host's own.", default=None
    )
    profile: ClientProfile = setting("What its profile says to the client.", factory=ClientProfile)
