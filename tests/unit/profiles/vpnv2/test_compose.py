import datetime
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from evertunnel.errors import Refused
from evertunnel.plan.load import load
from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import ClientProfile
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.vpnv2 import eap
from evertunnel.profiles.vpnv2.compose import Pins, device_profile, thumbprint, user_profile
from evertunnel.profiles.vpnv2.model import Direction, MachineMethod, Route, Routing, VpnProfile
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.reading import Kind
from evertunnel.profiles.vpnv2.values import Text
from evertunnel.profiles.vpnv2.write import write

CONTOSO = (Path(__file__).parents[4] / "examples" / "contoso.toml").read_text(encoding="utf-8")


def test_device_tunnel_is_split_always_on_and_by_the_machines_certificate() -> None:
    profile = device_profile(plan())

    native = profile.native
    assert native is not None
    assert native.authentication is not None
    assert (profile.name, profile.always_on, profile.device_tunnel) == ("Contoso device tunnel", True, True)
    assert (native.routing, native.no_class_route) == (Routing.SPLIT, True)
    assert native.authentication.machine_method is MachineMethod.CERTIFICATE
    assert native.authentication.user_method is None
    assert profile.routes == (Route(address=ip_address("10.0.0.10"), prefix=32),)
    assert profile.dns_suffixes == ("corp.contoso.com",)


def test_user_tunnel_believes_our_radius_server_and_offers_our_authoritys_certificates(trust: Trust) -> None:
    method = eap_of(user_profile(plan(), Pins.of(trust)))

    assert isinstance(method, eap.EapTls)
    assert method.server == eap.ServerValidation(
        no_prompt=True, server_names=Text("core1.corp.contoso.com"), roots=(thumbprint(trust.root),)
    )
    assert method.extensions is not None
    assert method.extensions.filtering is not None
    assert method.extensions.filtering.issuers == eap.IssuerFilter(enabled=True, hashes=(thumbprint(trust.issuing),))


def test_peap_is_used_where_the_plan_names_it_first(trust: Trust) -> None:
    method = eap_of(user_profile(plan(user='eap_types = ["peap-eap-tls"]'), Pins.of(trust)))

    assert isinstance(method, eap.Peap)
    assert isinstance(method.inner, eap.EapTls)
    assert (method.crypto_binding, method.fast_reconnect) == (True, False)


def test_everything_that_the_plan_says_is_in_the_profile(trust: Trust) -> None:
    profile = user_profile(plan(more=EVERYTHING), Pins.of(trust))

    assert profile is not None
    text = write(profile)
    for said in SAID:
        assert said in text, said
    assert {remark.kind for remark in read(text).remarks} == {Kind.NOT_IN_SCHEMA}
    assert profile.filters[1].direction is Direction.INBOUND


def test_conditional_access_filters_by_its_own_usage(trust: Trust) -> None:
    profile = user_profile(plan(more="[user_tunnel.profile.compliance]\n"), Pins.of(trust))

    method = eap_of(profile)
    assert isinstance(method, eap.EapTls)
    assert method.extensions is not None
    assert method.extensions.filtering is not None
    assert method.extensions.filtering.issuers is None
    assert "<EKUOID>1.3.6.1.4.1.311.87</EKUOID>" in write(profile or VpnProfile())


def test_force_tunnel_has_exclusion_routes_alone(trust: Trust) -> None:
    more = '[user_tunnel.profile]\nforce_tunnel = true\nexclude_routes = ["198.51.100.0/24"]\n'
    profile = user_profile(plan(more=more), Pins.of(trust))

    assert profile is not None
    assert profile.native is not None
    assert profile.native.routing is Routing.FORCE
    assert profile.native.no_class_route is None
    assert [route.exclusion for route in profile.routes] == [True]


def test_lockdown_forces_everything_and_is_no_device_tunnel() -> None:
    locked = replace(plan().device_tunnel, profile=ClientProfile(lockdown=True))
    profile = device_profile(replace(plan(), user_tunnel=None, device_tunnel=locked))

    assert (profile.lockdown, profile.device_tunnel, profile.routes) == (True, None, ())
    assert profile.native is not None
    assert profile.native.routing is Routing.FORCE


def test_plan_without_user_tunnel_has_no_user_profile(trust: Trust) -> None:
    assert user_profile(replace(plan(), user_tunnel=None), Pins.of(trust)) is None


def test_cryptography_that_windows_cannot_do_is_refused() -> None:
    own = 'proposals = "custom"\nike_proposals = ["{}"]\nesp_proposals = ["aes128gcm16"]'
    good, bad = (
        CONTOSO.replace('proposals = "enhanced"', own.format(ike))
        for ike in ("aes256gcm16-prfsha384-ecp384", "aes128gcm16-prfsha256-x25519")
    )

    assert device_profile(load(good, name="plan")).native is not None
    with pytest.raises(Refused, match="has a name in Windows"):
        device_profile(load(bad, name="plan"))


EVERYTHING = """\
[user_tunnel.profile]
name = "Contoso"
always_on = false
dns_suffixes = ["corp.contoso.com", "contoso.com"]
trusted_networks = ["corp.contoso.com"]
name_rules = [{ name = ".corp.contoso.com", dns_servers = ["10.0.0.53"], trigger = true, persistent = true }]
app_triggers = ['%ProgramFiles%\\Contoso\\crm.exe']
filters = [
  { app = "SYSTEM", protocol = "tcp", remote_ports = ["445"], remote_addresses = ["10.0.0.0/24"] },
  { protocol = "tcp", local_ports = ["5985"], inbound = true },
]
exclude_routes = ["198.51.100.0/24"]
route_metric = 3
interface_metric = 5
register_dns = true
proxy = { server = "proxy.corp.contoso.com:8080", bypass_for_local = true }
no_edit_button = true
no_disconnect_button = true
outage_seconds = 0
private_network = true
use_vpn_credentials = false
"""
SAID = (
    "<ProfileName>Contoso</ProfileName>",
    "<AlwaysOn>false</AlwaysOn>",
    "<DnsSuffix>corp.contoso.com,contoso.com</DnsSuffix>",
    "<TrustedNetworkDetection>corp.contoso.com</TrustedNetworkDetection>",
    "<DomainName>.corp.contoso.com</DomainName>",
    "<AutoTrigger>true</AutoTrigger>",
    "<Persistent>true</Persistent>",
    "<Id>%ProgramFiles%\\Contoso\\crm.exe</Id>",
    "<RemotePortRanges>445</RemotePortRanges>",
    "<RemoteAddressRanges>10.0.0.0/24</RemoteAddressRanges>",
    "<Direction>Inbound</Direction>",
    "<ExclusionRoute>true</ExclusionRoute>",
    "<Metric>3</Metric>",
    "<IPv4InterfaceMetric>5</IPv4InterfaceMetric>",
    "<RegisterDNS>true</RegisterDNS>",
    "<Server>proxy.corp.contoso.com:8080</Server>",
    "<ByPassForLocal>true</ByPassForLocal>",
    "<DisableAdvancedOptionsEditButton>true</DisableAdvancedOptionsEditButton>",
    "<DisableDisconnectButton>true</DisableDisconnectButton>",
    "<NetworkOutageTime>0</NetworkOutageTime>",
    "<PrivateNetwork>true</PrivateNetwork>",
    "<UseRasCredentials>false</UseRasCredentials>",
)


def plan(*, more: str = "", user: str = "") -> Plan:
    text = CONTOSO.replace('reach = "intranet"\n', f'reach = "intranet"\n{user}\n')
    return load(f"{text}\n{more}", name="plan")


def eap_of(profile: VpnProfile | None) -> object:
    assert profile is not None
    assert profile.native is not None
    assert profile.native.authentication is not None
    assert profile.native.authentication.eap is not None
    return profile.native.authentication.eap.method


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust(root=certificate("Contoso Root CA"), issuing=certificate("Contoso Issuing CA"))


def certificate(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, start, start.replace(year=2036))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
