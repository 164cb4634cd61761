"""A profile as the sections of a plan that would produce it, and what no plan can say of it.

What cannot be said is not guessed: the sections are composed to a profile again, and the two are compared.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from evertunnel import documents
from evertunnel.plan.certificates import Certificates, Templates, TemplateSettings
from evertunnel.plan.directory import Directory
from evertunnel.plan.gateway import Gateway, ProposalSet
from evertunnel.plan.hosts import Host, Role
from evertunnel.plan.model import Plan
from evertunnel.plan.organisation import Organisation
from evertunnel.plan.profiles import ClientProfile, Compliance, IpProtocol, NameRule, Proxy, TrafficFilter
from evertunnel.plan.proposals import SETS
from evertunnel.plan.schema import default_of
from evertunnel.plan.tunnels import DeviceTunnel, EapType, Reach, UserTunnel
from evertunnel.profiles.vpnv2 import model
from evertunnel.profiles.vpnv2.compare import Difference, compare
from evertunnel.profiles.vpnv2.compose import Pins, device_profile, user_profile
from evertunnel.profiles.vpnv2.cryptography import suite, words
from evertunnel.profiles.vpnv2.eap import EapTls, Peap
from evertunnel.profiles.vpnv2.model import Direction, MachineMethod, Routing, VpnProfile
from evertunnel.values import Fqdn, HostName, ObjectId

T = TypeVar("T")

PROTOCOLS = {1: IpProtocol.ICMP, 6: IpProtocol.TCP, 17: IpProtocol.UDP}
# What a plan has to name and a profile does not know: pool and reach.
DEVICES, USERS = ("devices", "management"), ("users", "intranet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The sections as TOML, and what the profile says otherwise: first the profile's, then what the plan would make."""

    toml: str
    unsaid: tuple[Difference, ...]


def sections(profile: VpnProfile) -> Sections:
    """What a plan would have to say."""
    gateway, wanted, routes = _gateway(profile), _wanted(profile), _routes(profile)
    if _is_devices(profile):
        tunnel: DeviceTunnel | UserTunnel = DeviceTunnel(
            pool=DEVICES[0], reach=DEVICES[1], routes=routes, profile=wanted
        )
        name = "device_tunnel"
        made = device_profile(_plan(gateway, device=tunnel))
    else:
        tunnel, name = _user_tunnel(profile, routes, wanted), "user_tunnel"
        made = user_profile(_plan(gateway, user=tunnel), _pins(profile)) or VpnProfile()
    toml = "\n".join((*_gateway_lines(gateway), "", *_tunnel_lines(name, tunnel), "", *_profile_lines(name, wanted)))
    if profile.name is None:
        made = replace(made, name=None)  # whoever delivers a profile names it
    return Sections(toml=f"{toml}\n", unsaid=compare(profile, made))


def _is_devices(profile: VpnProfile) -> bool:
    authentication = profile.native.authentication if profile.native else None
    by_certificate = authentication is not None and authentication.machine_method is MachineMethod.CERTIFICATE
    return bool(profile.device_tunnel or profile.lockdown) or by_certificate


def _wanted(profile: VpnProfile) -> ClientProfile:
    native = profile.native or model.NativeProfile()
    is_devices = _is_devices(profile)
    return ClientProfile(
        name=profile.name,
        always_on=bool(profile.always_on) or is_devices,
        force_tunnel=native.routing is Routing.FORCE and not profile.lockdown,
        lockdown=bool(profile.lockdown),
        dns_suffixes=_each(Fqdn, profile.dns_suffixes),
        trusted_networks=_each(Fqdn, profile.trusted_networks),
        name_rules=tuple(filter(None, map(_name_rule, profile.names))),
        app_triggers=tuple(each.app for each in profile.app_triggers if each.app),
        filters=tuple(filter(None, map(_filter, profile.filters))),
        exclude_routes=tuple(_networks(route for route in profile.routes if route.exclusion)),
        route_metric=_only({route.metric for route in profile.routes}),
        interface_metric=_only({profile.ipv4_metric, profile.ipv6_metric}),
        register_dns=bool(profile.register_dns),
        proxy=_proxy(profile),
        compliance=_compliance(profile),
        remember_credentials=is_devices or bool(profile.remember_credentials),
        no_edit_button=bool(profile.no_advanced_button),
        no_disconnect_button=bool(profile.no_disconnect_button),
        outage_seconds=profile.network_outage_seconds,
        private_network=profile.private_network,
        use_vpn_credentials=profile.use_ras_credentials,
    )


def _gateway(profile: VpnProfile) -> Gateway:
    native = profile.native or model.NativeProfile()
    names = _each(Fqdn, (each.host for each in native.servers))
    name = names[0] if names else Fqdn("vpn.contoso.com")
    asked = native.cryptography
    named = next((each for each, proposals in SETS.items() if suite(proposals) == asked), None)
    own = words(asked) if asked else None
    if named is not None or own is None:
        return Gateway(name=name, proposals=named or ProposalSet.ENHANCED, pools={})
    return Gateway(name=name, proposals=ProposalSet.CUSTOM, ike_proposals=own.ike, esp_proposals=own.esp, pools={})


def _user_tunnel(profile: VpnProfile, routes: tuple[IPv4Network, ...], wanted: ClientProfile) -> UserTunnel:
    method = _method(profile)
    kind = EapType.PEAP_EAP_TLS if isinstance(method, Peap) else EapType.EAP_TLS
    server = method.server if isinstance(method, Peap | EapTls) else None
    names = _each(Fqdn, [server.server_names] if server and server.server_names else [])
    aaa_name = names[0] if names else None
    return UserTunnel(
        pool=USERS[0], reach=USERS[1], routes=routes, eap_types=(kind,), aaa_name=aaa_name, profile=wanted
    )


def _pins(profile: VpnProfile) -> Pins:
    """The profile's own: the plan's authority takes their place."""
    method = _method(profile)
    tls = method.inner if isinstance(method, Peap) else method
    server = method.server if isinstance(method, Peap | EapTls) else None
    filtering = tls.extensions.filtering if isinstance(tls, EapTls) and tls.extensions else None
    issuers = filtering.issuers.hashes if filtering and filtering.issuers else ()
    return Pins(roots=server.roots if server else (), issuers=issuers)


def _method(profile: VpnProfile) -> object:
    authentication = profile.native.authentication if profile.native else None
    return authentication.eap.method if authentication and authentication.eap else None


def _routes(profile: VpnProfile) -> tuple[IPv4Network, ...]:
    return tuple(_networks(route for route in profile.routes if not route.exclusion))


def _networks(routes: Iterable[model.Route]) -> Iterator[IPv4Network]:
    for route in routes:
        if isinstance(route.address, IPv4Address) and route.prefix is not None:
            yield from _each(IPv4Network, [f"{route.address}/{route.prefix}"])


def _name_rule(name: model.DomainName) -> NameRule | None:
    """A name rule; none where it would be another rule without what a plan cannot say."""
    servers = tuple(each for each in name.dns_servers if isinstance(each, IPv4Address))
    if name.name is None or len(servers) < len(name.dns_servers):
        return None
    return NameRule(
        name=name.name,
        dns_servers=servers,
        proxy=name.web_proxy,
        trigger=bool(name.auto_trigger),
        persistent=bool(name.persistent),
    )


def _filter(filter_: model.TrafficFilter) -> TrafficFilter | None:
    """A filter; none where it would let more pass without what a plan cannot say."""
    remote = _each(IPv4Network, map(str, filter_.remote_addresses))
    has_more = filter_.claims or filter_.local_addresses or len(remote) < len(filter_.remote_addresses)
    if has_more or (filter_.protocol is not None and filter_.protocol not in PROTOCOLS):
        return None
    return TrafficFilter(
        app=filter_.app,
        protocol=None if filter_.protocol is None else PROTOCOLS[filter_.protocol],
        local_ports=tuple(map(str, filter_.local_ports)),
        remote_ports=tuple(map(str, filter_.remote_ports)),
        remote_addresses=remote,
        inbound=filter_.direction is Direction.INBOUND,
        force_tunnel=filter_.routing is Routing.FORCE,
    )


def _proxy(profile: VpnProfile) -> Proxy | None:
    if profile.proxy is None:
        return None
    server = profile.proxy.manual.server if profile.proxy.manual else None
    pac = None if server else profile.proxy.auto_config_url
    return Proxy(server=server, pac=pac, bypass_for_local=bool(profile.bypass_for_local))


def _compliance(profile: VpnProfile) -> Compliance | None:
    if profile.compliance is None or not profile.compliance.enabled:
        return None
    sso = profile.compliance.sso
    ekus = _each(ObjectId, [sso.eku] if sso and sso.eku else [])
    made = Compliance(sso=bool(sso and sso.enabled), sso_issuers=tuple(sso.issuer_hashes) if sso else ())
    return replace(made, sso_eku=ekus[0]) if ekus else made


def _each(kind: Callable[[str], T], texts: Iterable[str]) -> tuple[T, ...]:
    """What can be such a value; the rest shows in the comparison."""
    found = []
    for text in texts:
        try:
            found.append(kind(text))
        except ValueError:
            continue
    return tuple(found)


def _only(values: set[int | None]) -> int | None:
    """The one value, if all say the same."""
    return next(iter(values)) if len(values) == 1 else None


def _plan(gateway: Gateway, *, device: object = None, user: object = None) -> Plan:
    """The smallest plan around the sections."""
    template = TemplateSettings(days=365, groups=())
    templates = Templates(device=template, vpn_server=template, nps_server=template, user=template, mail=template)
    organisation = Organisation(name="Contoso", domain=Fqdn("corp.contoso.com"), public_domain=Fqdn("contoso.com"))
    return Plan(
        schema=1,
        organisation=organisation,
        hosts={HostName("radius"): Host(roles=(Role.RADIUS,))},  # whose name stands where the profile has none
        certificates=Certificates(
            root_name="Root",
            issuing_name="Issuing",
            policy_arc=ObjectId("1.3.6.1.4.1.32473.1"),
            publication_name=Fqdn("pki.contoso.com"),
            templates=templates,
        ),
        directory=Directory(groups=()),
        gateway=gateway,
        reach={reach: Reach(hosts=()) for _, reach in (DEVICES, USERS)},
        device_tunnel=device if isinstance(device, DeviceTunnel) else DeviceTunnel(pool=DEVICES[0], reach=DEVICES[1]),
        user_tunnel=user if isinstance(user, UserTunnel) else None,
    )


def _gateway_lines(gateway: Gateway) -> Iterator[str]:
    yield "[gateway]"
    for setting in ("name", "proposals", "ike_proposals", "esp_proposals"):
        if getattr(gateway, setting):
            yield f"{setting} = {_toml(getattr(gateway, setting))}"


def _tunnel_lines(name: str, tunnel: DeviceTunnel | UserTunnel) -> Iterator[str]:
    yield f"[{name}]"
    yield "# Pool and reach are the plan's own: a profile does not know them. The hosts of the reach are routed too."
    yield f"pool = {_toml(tunnel.pool)}"
    yield f"reach = {_toml(tunnel.reach)}"
    for setting in ("routes", "eap_types", "aaa_name"):
        if getattr(tunnel, setting, None):
            yield f"{setting} = {_toml(getattr(tunnel, setting))}"


def _profile_lines(name: str, wanted: ClientProfile) -> Iterator[str]:
    yield f"[{name}.profile]"
    for setting, value in _said(wanted):
        if isinstance(value, tuple) and len(value) > 1 and is_dataclass(value[0]):
            yield from (f"{setting} = [", *(f"  {_toml(each)}," for each in value), "]")
        else:
            yield f"{setting} = {_toml(value)}"


def _said(section: object) -> Iterator[tuple[str, object]]:
    """The settings of a section that are not at their default."""
    for field in fields(section):  # type: ignore[arg-type] # a section of the plan
        value = getattr(section, field.name)
        if value != default_of(field):
            yield field.name, value


def _toml(value: object) -> str:
    """A value as TOML writes it in one line."""
    if is_dataclass(value):
        held = ", ".join(f"{setting} = {_toml(each)}" for setting, each in _said(value))
        return f"{{ {held} }}" if held else "{}"
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            # JSON's strings are TOML's; what a terminal would obey is written as its number (TOML 1.0, String).
            text = json.dumps(documents.write(value), ensure_ascii=False)
            return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in text)
