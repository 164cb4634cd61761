"""What the profiles of clients say beside gateway, cryptography and routes, which follow from the rest of the plan."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network

from evertunnel.plan.settings import setting
from evertunnel.plan.windows import Windows
from evertunnel.values import Fqdn, ObjectId


class IpProtocol(Enum):
    """What a traffic filter is about."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """Who resolves which names while the tunnel is up (Windows' NRPT)."""

    name: str = setting("A name, a suffix like .corp.contoso.com, or . for every name.")
    dns_servers: tuple[IPv4Address, ...] = setting(
        "Who resolves them; left out, the names are exempt from the other rules.", factory=tuple
    )
    proxy: str | None = setting("The web proxy for these names, as host or host:port.", default=None)
    trigger: bool = setting("Whether asking for such a name starts the tunnel.", default=False)
    persistent: bool = setting("Whether the rule stays while the tunnel is down.", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficFilter:
    """What may pass the tunnel; as soon as there is one, nothing else does. All of its properties must hold."""

    app: str | None = setting("A path, a package family name, or SYSTEM.", default=None)
    protocol: IpProtocol | None = setting("tcp, udp or icmp.", default=None)
    local_ports: tuple[str, ...] = setting("Ports of the device, like 80 or 100-120.", factory=tuple)
    remote_ports: tuple[str, ...] = setting("Ports of the other end, like 80 or 100-120.", factory=tuple)
    remote_addresses: tuple[IPv4Network, ...] = setting("The other end.", factory=tuple)
    inbound: bool = setting("Whether it is about connections that come in (Windows 10 2004 and later).", default=False)
    force_tunnel: bool = setting("Whether all that the app sends goes through the tunnel.", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The web proxy while the tunnel is up; Windows uses it with force tunnel only."""

    server: str | None = setting("host:port.", default=None)
    pac: str | None = setting("The URL of a proxy configuration script.", default=None)
    bypass_for_local: bool = setting("Whether local addresses go past the server.", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """Conditional access of Entra ID: its one-hour certificate opens the user tunnel."""

    sso: bool = setting("Whether another certificate is used for Kerberos.", default=True)
    sso_eku: ObjectId = setting("That certificate's usage.", default=ObjectId("1.3.6.1.5.5.7.3.2"))
    sso_issuers: tuple[str, ...] = setting("SHA-1 thumbprints of that certificate's issuers.", factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProfile:
    """What a tunnel's profile says to the client. `check` refuses what Windows cannot do in that tunnel."""

    name: str | None = setting("The name that people see; left out: made of the organisation's.", default=None)
    always_on: bool = setting("Whether the tunnel comes up by itself.", default=True)
    force_tunnel: bool = setting("Whether everything goes through the tunnel (user tunnel only).", default=False)
    lockdown: bool = setting("Whether nothing passes but through the tunnel (device tunnel only).", default=False)
    dns_suffixes: tuple[Fqdn, ...] = setting(
        "Suffixes that short names get, the tunnel's own first; left out: the organisation's domain.", factory=tuple
    )
    trusted_networks: tuple[Fqdn, ...] = setting(
        "DNS suffixes by which a client knows that it is inside and needs no tunnel.", factory=tuple
    )
    name_rules: tuple[NameRule, ...] = setting("Who resolves which names (user tunnel only).", factory=tuple)
    app_triggers: tuple[str, ...] = setting(
        "Apps that start the tunnel, by path or package family name (user tunnel only).", factory=tuple
    )
    filters: tuple[TrafficFilter, ...] = setting("What may pass the tunnel; left out: everything.", factory=tuple)
    exclude_routes: tuple[IPv4Network, ...] = setting("Networks that go past the tunnel.", factory=tuple)
    route_metric: int | None = setting("The metric of the tunnel's routes.", default=None, minimum=1, maximum=9_999)
    interface_metric: int | None = setting(
        "The metric of the tunnel itself (Windows 11 24H2).", default=None, minimum=1, maximum=9_999
    )
    register_dns: bool = setting(
        "Whether the tunnel's address is registered in DNS; in one tunnel only.", default=False
    )
    proxy: Proxy | None = setting("The web proxy while the tunnel is up (user tunnel only).", default=None)
    compliance: Compliance | None = setting("Conditional access of Entra ID (user tunnel only).", default=None)
    remember_credentials: bool = setting("Whether Windows may remember credentials.", default=True)
    no_edit_button: bool = setting("Whether the advanced options cannot be edited (Windows 11 22H2).", default=False)
    no_disconnect_button: bool = setting("Whether people cannot disconnect (Windows 11 22H2).", default=False)
    outage_seconds: int | None = setting(
        "How long a network may be away before the tunnel is given up; 0: for ever (Windows 11 24H2).",
        default=None,
        minimum=0,
        maximum=2**32 - 1,
    )
    private_network: bool | None = setting(
        "Whether the firewall takes the tunnel for a private network (Windows 11 24H2).", default=None
    )
    use_vpn_credentials: bool | None = setting(
        "Whether the tunnel's credentials open resources inside, too (Windows 11 24H2).", default=None
    )


def default_name(organisation: str, tunnel: str) -> str:
    """What people see of a tunnel whose profile has no name of its own."""
    return f"{organisation} {tunnel} tunnel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Which clients the plan's profiles are made for."""

    windows: Windows = setting("The oldest Windows that must take the profiles.", default=Windows.W10_22H2)
    scep_url: str | None = setting(
        "The SCEP server that gives clients their certificates, where one does; for Intune and Apple.", default=None
    )
    acme_url: str | None = setting(
        "The directory of the ACME server that gives Apple devices theirs, with attestation; it comes before SCEP.",
        default=None,
    )
