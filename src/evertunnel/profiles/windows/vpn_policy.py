"""A profile as Intune's own VPN policy says it (Graph beta: windows10VpnConfiguration), and what it cannot say."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from ipaddress import IPv4Address

from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.delivery import Missing
from evertunnel.profiles.vpnv2.eap import EapHostConfig
from evertunnel.profiles.vpnv2.model import (
    CryptographySuite,
    Direction,
    DomainName,
    NativeProfile,
    Proxy,
    Route,
    Routing,
    Sso,
    TrafficFilter,
    VpnProfile,
)
from evertunnel.profiles.vpnv2.values import AddressRange, PortRange
from evertunnel.profiles.vpnv2.write import write_eap
from evertunnel.profiles.windows.graph_words import WORDS
from evertunnel.profiles.windows.tunnels import WindowsTunnel

Json = Mapping[str, object]


def vpn_policy(tunnel: WindowsTunnel, display_name: str, description: str) -> Json:
    """The policy."""
    profile = tunnel.profile
    native = profile.native or NativeProfile()
    is_device = tunnel.kind is Tunnel.DEVICE
    return {
        "@odata.type": "#microsoft.graph.windows10VpnConfiguration",
        "displayName": display_name,
        "description": description,
        "connectionName": tunnel.name,
        "servers": _servers(native),
        "profileTarget": tunnel.kind.value,
        "connectionType": "ikEv2",
        "enableSplitTunneling": native.routing is not Routing.FORCE,
        "enableAlwaysOn": bool(profile.always_on),
        "enableDeviceTunnel": is_device,
        "enableDnsRegistration": bool(profile.register_dns),
        "dnsSuffixes": [str(each) for each in profile.dns_suffixes],
        "rememberUserCredentials": bool(profile.remember_credentials),
        "trustedNetworkDomains": [str(each) for each in profile.trusted_networks],
        "associatedApps": [_app(each.app) for each in profile.app_triggers if each.app],
        "onlyAssociatedAppsCanUseConnection": False,
        "routes": [_route(each) for each in profile.routes if not each.exclusion],
        "trafficRules": [_rule(each, number) for number, each in enumerate(profile.filters, start=1)],
        "dnsRules": [_name_rule(each) for each in profile.names],
        "cryptographySuite": _suite(native.cryptography),
        "proxyServer": _proxy(profile.proxy, bypass=bool(profile.bypass_for_local)),
        **_authentication(native, is_device=is_device),
        **_compliance(profile),
    }


def without_field(tunnel: WindowsTunnel) -> tuple[Missing, ...]:
    """What the profile says and the policy has no field for."""
    return tuple(
        Missing(path=f"{tunnel.kind.value}_tunnel.{name}", what=f"Intune's VPN policy {what}; the custom one does")
        for name, what, is_said in _gaps(tunnel.profile)
        if is_said
    )


def _gaps(profile: VpnProfile) -> Iterator[tuple[str, str, bool]]:
    native = profile.native or NativeProfile()
    never = "has no field for it"
    yield "profile.exclude_routes", "has no exclusion routes", any(each.exclusion for each in profile.routes)
    yield "profile.route_metric", "has no metric of routes", any(each.metric is not None for each in profile.routes)
    yield "profile.lockdown", never, bool(profile.lockdown)
    yield "profile.interface_metric", never, profile.ipv4_metric is not None or profile.ipv6_metric is not None
    yield "profile.outage_seconds", never, profile.network_outage_seconds is not None
    yield "profile.private_network", never, profile.private_network is not None
    yield "profile.use_vpn_credentials", never, profile.use_ras_credentials is not None
    yield "profile.no_edit_button", never, bool(profile.no_advanced_button)
    yield "profile.no_disconnect_button", never, bool(profile.no_disconnect_button)
    yield (
        "routes",
        "cannot switch the class-based route off, which may be wider than wanted",
        bool(native.no_class_route),
    )
    yield "profile", "has no word for one of its algorithms", _is_without(native)
    yield "profile.filters", "takes IPv4 addresses alone", any(map(_is_v6, profile.filters))


def _servers(native: NativeProfile) -> list[Json]:
    return [
        {
            "@odata.type": "microsoft.graph.vpnServer",
            "description": server.friendly or server.host,
            "address": server.host,
            "isDefaultServer": number == 0,
        }
        for number, server in enumerate(native.servers)
    ]


def _authentication(native: NativeProfile, *, is_device: bool) -> Json:
    if is_device:
        return {"authenticationMethod": "certificate"}
    eap = native.authentication.eap if native.authentication else None
    if not isinstance(eap, EapHostConfig):
        return {"authenticationMethod": "customEapXml"}
    return {"authenticationMethod": "customEapXml", "eapXml": base64.b64encode(write_eap(eap).encode()).decode()}


def _compliance(profile: VpnProfile) -> Json:
    compliance = profile.compliance
    if compliance is None or not compliance.enabled:
        return {"enableConditionalAccess": False, "enableSingleSignOnWithAlternateCertificate": False}
    sso = compliance.sso or Sso()
    usage = {"@odata.type": "microsoft.graph.extendedKeyUsage", "name": sso.eku, "objectIdentifier": sso.eku}
    return {
        "enableConditionalAccess": True,
        "enableSingleSignOnWithAlternateCertificate": bool(sso.enabled),
        "singleSignOnEku": usage if sso.eku else None,
        "singleSignOnIssuerHash": ";".join(sso.issuer_hashes) or None,
    }


def _app(app: str) -> Json:
    return {"@odata.type": "microsoft.graph.windows10AssociatedApps", "appType": _app_type(app), "identifier": app}


def _app_type(app: str) -> str:
    return "desktop" if app == "SYSTEM" or set(app) & set("\\/%:") else "universal"


def _route(route: Route) -> Json:
    return {
        "@odata.type": "microsoft.graph.vpnRoute",
        "destinationPrefix": str(route.address),
        "prefixSize": route.prefix,
    }


def _rule(rule: TrafficFilter, number: int) -> Json:
    return {
        "@odata.type": "microsoft.graph.vpnTrafficRule",
        "name": f"Rule {number}",
        "protocols": rule.protocol,
        "localPortRanges": _ports(rule.local_ports),
        "remotePortRanges": _ports(rule.remote_ports),
        "localAddressRanges": _addresses(rule.local_addresses),
        "remoteAddressRanges": _addresses(rule.remote_addresses),
        "appId": rule.app,
        "appType": _app_type(rule.app) if rule.app else "none",
        "routingPolicyType": _routing(rule.routing),
        "claims": rule.claims,
        "vpnTrafficDirection": "inbound" if rule.direction is Direction.INBOUND else "outbound",
    }


def _routing(routing: Routing | None) -> str:
    return {Routing.SPLIT: "splitTunnel", Routing.FORCE: "forceTunnel", None: "none"}[routing]


def _ports(ranges: Sequence[PortRange]) -> list[Json]:
    kind = "microsoft.graph.numberRange"
    return [{"@odata.type": kind, "lowerNumber": each.first, "upperNumber": each.last} for each in ranges]


def _addresses(ranges: Sequence[AddressRange]) -> list[Json]:
    kind = "microsoft.graph.iPv4Range"
    return [
        {"@odata.type": kind, "lowerAddress": str(each.first), "upperAddress": str(each.last)}
        for each in ranges
        if isinstance(each.first, IPv4Address)
    ]


def _is_without(native: NativeProfile) -> bool:
    return any(value not in WORDS for value in _algorithms(native.cryptography or CryptographySuite()).values())


def _is_v6(rule: TrafficFilter) -> bool:
    return any(not isinstance(each.first, IPv4Address) for each in (*rule.local_addresses, *rule.remote_addresses))


def _name_rule(rule: DomainName) -> Json:
    return {
        "@odata.type": "microsoft.graph.vpnDnsRule",
        "name": rule.name,
        "servers": [str(each) for each in rule.dns_servers],
        "proxyServerUri": rule.web_proxy,
        "autoTrigger": bool(rule.auto_trigger),
        "persistent": bool(rule.persistent),
    }


def _suite(suite: CryptographySuite | None) -> Json | None:
    if suite is None:
        return None
    words = {name: WORDS[value] for name, value in _algorithms(suite).items() if value in WORDS}
    return {"@odata.type": "microsoft.graph.cryptographySuite", **words}


def _algorithms(suite: CryptographySuite) -> Mapping[str, Enum]:
    chosen = {
        "encryptionMethod": suite.ike_cipher,
        "integrityCheckMethod": suite.ike_integrity,
        "dhGroup": suite.dh_group,
        "cipherTransformConstants": suite.esp_cipher,
        "authenticationTransformConstants": suite.esp_integrity,
        "pfsGroup": suite.pfs_group,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _proxy(proxy: Proxy | None, *, bypass: bool) -> Json | None:
    if proxy is None:
        return None
    manual = proxy.manual.server if proxy.manual and proxy.manual.server else ""
    address, _, port = manual.rpartition(":")
    return {
        "@odata.type": "microsoft.graph.windows10VpnProxyServer",
        "automaticConfigurationScriptUrl": proxy.auto_config_url,
        "address": address or manual or None,
        "port": int(port) if address and port.isdigit() else None,
        "bypassProxyServerForLocalAddress": bypass,
    }
