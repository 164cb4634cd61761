"""The profiles that a plan asks for: a device tunnel's, a user tunnel's."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from evertunnel.errors import Refused
from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import ClientProfile, IpProtocol, NameRule
from evertunnel.plan.profiles import Compliance as WantedCompliance
from evertunnel.plan.profiles import Proxy as WantedProxy
from evertunnel.plan.profiles import TrafficFilter as WantedFilter
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import EapType, Tunnel, UserTunnel
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.naming import shown_name
from evertunnel.profiles.vpnv2.cryptography import suite
from evertunnel.profiles.vpnv2.eap import (
    CertificateStore,
    CredentialsSource,
    EapHostConfig,
    EapTls,
    EkuFilter,
    EkuInList,
    EkuMap,
    EkuMapping,
    Filtering,
    IssuerFilter,
    Peap,
    PeapExtensions,
    ServerValidation,
    TlsExtensions,
)
from evertunnel.profiles.vpnv2.model import (
    AppTrigger,
    Authentication,
    DeviceCompliance,
    Direction,
    DomainName,
    MachineMethod,
    ManualProxy,
    NativeProfile,
    Protocol,
    Proxy,
    Route,
    Routing,
    Sso,
    TrafficFilter,
    UserMethod,
    VpnProfile,
)
from evertunnel.profiles.vpnv2.values import AddressRange, Item, PortRange, Server, Text, Thumbprint
from evertunnel.values import ObjectId

NUMBERS = {IpProtocol.ICMP: 1, IpProtocol.TCP: 6, IpProtocol.UDP: 17}
CONDITIONAL_ACCESS = ObjectId("1.3.6.1.4.1.311.87")  # on the one-hour certificates of Entra ID
CONDITIONAL_ACCESS_NAME = "AAD Conditional Access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Whom the client believes: thumbprints of the RADIUS server's root, and of who issued the user's certificate."""

    roots: tuple[Thumbprint, ...]
    issuers: tuple[Thumbprint, ...]

    @classmethod
    def of(cls, trust: Trust) -> Self:
        """Our authority's."""
        return cls(roots=(thumbprint(trust.root),), issuers=(thumbprint(trust.issuing),))


def device_profile(plan: Plan) -> VpnProfile:
    """The profile of the device tunnel; with lockdown, the one through which everything must go."""
    wanted = plan.device_tunnel.profile
    return VpnProfile(
        name=Text(shown_name(plan, Tunnel.DEVICE)),
        always_on=True,
        lockdown=True if wanted.lockdown else None,
        device_tunnel=None if wanted.lockdown else True,
        filters=_filters(wanted),
        native=_native(plan, wanted, Authentication(machine_method=MachineMethod.CERTIFICATE)),
        routes=_routes(wanted, () if wanted.lockdown else plan.device_routes()),
        **_common(plan, wanted),
    )


def user_profile(plan: Plan, pins: Pins) -> VpnProfile | None:
    """The profile of the user tunnel; None where the plan has none."""
    tunnel = plan.user_tunnel
    if tunnel is None:
        return None
    wanted = tunnel.profile
    authentication = Authentication(user_method=UserMethod.EAP, eap=_eap(plan, tunnel, pins))
    return VpnProfile(
        name=Text(shown_name(plan, Tunnel.USER)),
        always_on=wanted.always_on,
        remember_credentials=wanted.remember_credentials,
        bypass_for_local=True if wanted.proxy and wanted.proxy.bypass_for_local else None,
        proxy=_proxy(wanted.proxy) if wanted.proxy else None,
        compliance=_compliance(wanted.compliance) if wanted.compliance else None,
        app_triggers=tuple(AppTrigger(app=Text(app)) for app in wanted.app_triggers),
        names=tuple(_name(rule) for rule in wanted.name_rules),
        filters=_filters(wanted),
        native=_native(plan, wanted, authentication),
        routes=_routes(wanted, () if wanted.force_tunnel else plan.user_routes()),
        **_common(plan, wanted),
    )


def thumbprint(pem: str) -> Thumbprint:
    """The SHA-1 thumbprint of a certificate: what Windows calls one by."""
    return Thumbprint(x509.load_pem_x509_certificate(pem.encode()).fingerprint(SHA1()).hex())  # noqa: S303 (a name)


def _common(plan: Plan, wanted: ClientProfile) -> dict[str, Any]:
    """What both tunnels say; a setting that is off is left out, as older Windows do not know all of them."""
    return {
        "dns_suffixes": tuple(map(Item, wanted.dns_suffixes or (plan.organisation.domain,))),
        "trusted_networks": tuple(map(Item, wanted.trusted_networks)),
        "no_advanced_button": True if wanted.no_edit_button else None,
        "no_disconnect_button": True if wanted.no_disconnect_button else None,
        "register_dns": True if wanted.register_dns else None,
        "ipv4_metric": wanted.interface_metric,
        "ipv6_metric": wanted.interface_metric,
        "network_outage_seconds": wanted.outage_seconds,
        "private_network": wanted.private_network,
        "use_ras_credentials": wanted.use_vpn_credentials,
    }


def _native(plan: Plan, wanted: ClientProfile, authentication: Authentication) -> NativeProfile:
    cryptography = suite(proposals(plan.gateway))
    if cryptography is None:
        raise Refused(
            "gateway: none of its custom proposals has a name in Windows; add one of AES-CBC or AES-GCM-16 with SHA-256"
            ' or SHA-384 and modp2048, ecp256 or ecp384, or use proposals = "enhanced"'
        )
    everything = wanted.force_tunnel or wanted.lockdown
    return NativeProfile(
        servers=(Server(plan.gateway.name),),
        routing=Routing.FORCE if everything else Routing.SPLIT,
        protocol=Protocol.IKEV2,
        no_class_route=None if everything else True,
        cryptography=cryptography,
        authentication=authentication,
    )


def _routes(wanted: ClientProfile, routes: tuple[IPv4Network, ...]) -> tuple[Route, ...]:
    through = [(route, None) for route in routes]
    past = [(route, True) for route in wanted.exclude_routes]
    return tuple(
        Route(address=route.network_address, prefix=route.prefixlen, exclusion=exclusion, metric=wanted.route_metric)
        for route, exclusion in (*through, *past)
    )


def _name(rule: NameRule) -> DomainName:
    return DomainName(
        name=Text(rule.name),
        dns_servers=rule.dns_servers,
        web_proxy=Text(rule.proxy) if rule.proxy else None,
        auto_trigger=True if rule.trigger else None,
        persistent=True if rule.persistent else None,
    )


def _filters(wanted: ClientProfile) -> tuple[TrafficFilter, ...]:
    return tuple(_filter(each) for each in wanted.filters)


def _filter(wanted: WantedFilter) -> TrafficFilter:
    return TrafficFilter(
        app=Text(wanted.app) if wanted.app else None,
        protocol=NUMBERS[wanted.protocol] if wanted.protocol else None,
        local_ports=tuple(map(PortRange.read, wanted.local_ports)),
        remote_ports=tuple(map(PortRange.read, wanted.remote_ports)),
        remote_addresses=tuple(AddressRange.read(str(each)) for each in wanted.remote_addresses),
        routing=Routing.FORCE if wanted.force_tunnel else None,
        direction=Direction.INBOUND if wanted.inbound else None,
    )


def _proxy(wanted: WantedProxy) -> Proxy:
    return Proxy(
        auto_config_url=Text(wanted.pac) if wanted.pac else None,
        manual=ManualProxy(server=Text(wanted.server)) if wanted.server else None,
    )


def _compliance(wanted: WantedCompliance) -> DeviceCompliance:
    sso = Sso(enabled=True, eku=Text(wanted.sso_eku), issuer_hashes=tuple(map(Thumbprint, wanted.sso_issuers)))
    return DeviceCompliance(enabled=True, sso=sso if wanted.sso else None)


def _eap(plan: Plan, tunnel: UserTunnel, pins: Pins) -> EapHostConfig:
    """The plan's first EAP type; our RADIUS server alone is believed, our own certificates alone are offered."""
    server = ServerValidation(no_prompt=True, server_names=Text(plan.aaa_name()), roots=pins.roots)
    tls = EapTls(
        source=CredentialsSource(store=CertificateStore(simple=True)),
        server=server,
        different_username=False,
        validate_server=True,
        check_server_name=True,
        extensions=_extensions(tunnel.profile, pins),
    )
    if tunnel.eap_types[0] is EapType.EAP_TLS:
        return EapHostConfig(method=tls)
    return EapHostConfig(
        method=Peap(
            server=server,
            fast_reconnect=False,  # the server resumes nothing: each sign-in is decided
            inner_optional=False,
            inner=tls,
            quarantine_checks=False,
            crypto_binding=True,
            extensions=PeapExtensions(validate_server=True, check_server_name=True),
        )
    )


def _extensions(wanted: ClientProfile, pins: Pins) -> TlsExtensions | None:
    """By the issuing authority; with conditional access by the usage that its certificates alone have."""
    if wanted.compliance is not None:
        return TlsExtensions(filtering=_filtering_by_usage())
    if not pins.issuers:
        return None
    return TlsExtensions(filtering=Filtering(issuers=IssuerFilter(enabled=True, hashes=pins.issuers)))


def _filtering_by_usage() -> Filtering:
    name = Text(CONDITIONAL_ACCESS_NAME)
    return Filtering(
        mapping=EkuMapping(maps=(EkuMap(name=name, oid=CONDITIONAL_ACCESS),)),
        client_auth=EkuFilter(enabled=True, ekus=(EkuInList(names=(name,)),)),
    )
