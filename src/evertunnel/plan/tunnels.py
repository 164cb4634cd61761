"""The device tunnel, and what a tunnel may reach."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from evertunnel.plan.settings import setting
from evertunnel.values import GroupName, HostName


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
    groups: tuple[GroupName, ...] = setting("Devices in one of these groups are admitted.")
    routes: tuple[IPv4Network, ...] = setting("Routes beside one host route per management host.", factory=tuple)
    force_tunnel: bool = setting("Refused: Windows allows split only on the device tunnel.", default=False)
    eap: bool = setting("Refused: the device tunnel authenticates by machine certificate.", default=False)
    name_rules: tuple[str, ...] = setting("Refused: the device tunnel knows no name resolution rules.", factory=tuple)
