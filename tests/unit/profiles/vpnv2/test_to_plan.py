import tomllib
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from evertunnel import documents
from evertunnel.plan.gateway import ProposalSet
from evertunnel.plan.profiles import ClientProfile, Compliance, IpProtocol, NameRule, Proxy, TrafficFilter
from evertunnel.profiles.vpnv2.model import VpnProfile
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.to_plan import sections
from evertunnel.values import Fqdn

NATIVE = "<NativeProfile><Servers>vpn.contoso.com</Servers>{}</NativeProfile>"
SUITE = (
    "<CryptographySuite><AuthenticationTransformConstants>{}</AuthenticationTransformConstants>"
    "<CipherTransformConstants>{}</CipherTransformConstants><PfsGroup>{}</PfsGroup><DHGroup>{}</DHGroup>"
    "<IntegrityCheckMethod>{}</IntegrityCheckMethod><EncryptionMethod>{}</EncryptionMethod></CryptographySuite>"
)
STANDARD = ("SHA256128", "AES128", "PFS2048", "Group14", "SHA256", "AES128")
OWN = ("GCMAES256", "GCMAES256", "ECP384", "ECP384", "SHA384", "AES_GCM_256")
EVERYTHING = (
    "<ProfileName>Contoso</ProfileName><RememberCredentials>true</RememberCredentials><AlwaysOn>false</AlwaysOn>"
    "<DnsSuffix>corp.contoso.com,contoso.com</DnsSuffix>"
    "<TrustedNetworkDetection>corp.contoso.com</TrustedNetworkDetection>"
    "<DisableDisconnectButton>true</DisableDisconnectButton><RegisterDNS>true</RegisterDNS>"
    "<ByPassForLocal>true</ByPassForLocal><Proxy><Manual><Server>p:80</Server></Manual></Proxy>"
    "<DeviceCompliance><Enabled>true</Enabled></DeviceCompliance>"
    "<AppTrigger><App><Id>C:\\crm &quot;x&quot;.exe</Id></App></AppTrigger>"
    "<DomainNameInformation><DomainName>.</DomainName><DnsServers>10.0.0.53</DnsServers></DomainNameInformation>"
    "<TrafficFilter><Protocol>6</Protocol><RemotePortRanges>80</RemotePortRanges></TrafficFilter>"
    + NATIVE.format(SUITE.format(*STANDARD))
    + "<Route><Address>10.0.0.0</Address><PrefixSize>8</PrefixSize><Metric>3</Metric></Route>"
    "<Route><Address>10.9.0.0</Address><PrefixSize>16</PrefixSize><ExclusionRoute>true</ExclusionRoute>"
    "<Metric>3</Metric></Route><NetworkOutageTime>0</NetworkOutageTime>"
)


def profile(inside: str) -> VpnProfile:
    return read(f"<VPNProfile>{inside}</VPNProfile>").profile


def test_everything_that_a_plan_can_say_is_said() -> None:
    said = tomllib.loads(sections(profile(EVERYTHING)).toml)

    wanted = documents.read(ClientProfile, said["user_tunnel"]["profile"], name="profile")
    assert said["gateway"] == {"name": "vpn.contoso.com", "proposals": "standard"}
    assert said["user_tunnel"]["routes"] == ["10.0.0.0/8"]
    assert wanted == ClientProfile(
        name="Contoso",
        always_on=False,
        dns_suffixes=(Fqdn("corp.contoso.com"), Fqdn("contoso.com")),
        trusted_networks=(Fqdn("corp.contoso.com"),),
        no_disconnect_button=True,
        register_dns=True,
        proxy=Proxy(server="p:80", bypass_for_local=True),
        compliance=Compliance(sso=False),
        app_triggers=('C:\\crm "x".exe',),
        name_rules=(NameRule(name=".", dns_servers=(IPv4Address("10.0.0.53"),)),),
        filters=(TrafficFilter(protocol=IpProtocol.TCP, remote_ports=("80",)),),
        exclude_routes=(IPv4Network("10.9.0.0/16"),),
        route_metric=3,
        outage_seconds=0,
    )


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        ("<Novel/>", "(profile)"),
        ("<EdpModeId>contoso.com</EdpModeId>", "EdpModeId"),
        ("<DataEncryption>Max</DataEncryption>", "DataEncryption"),
        ("<DnsSuffix>contoso</DnsSuffix>", "DnsSuffix"),
        (
            "<TrafficFilter><Protocol>47</Protocol></TrafficFilter>",
            "TrafficFilter[Protocol=47]",
        ),
        (
            "<Route><Address>2001:db8::</Address><PrefixSize>32</PrefixSize></Route>",
            "Route[2001:db8::/32]",
        ),
    ],
)
def test_what_no_plan_can_say_is_listed(inside: str, path: str) -> None:
    without = {each.path for each in sections(profile(NATIVE.format(""))).unsaid}
    listed = {each.path for each in sections(profile(inside + NATIVE.format(""))).unsaid}

    assert path in listed
    assert path not in without or path == "DnsSuffix"


def test_device_tunnel_is_known_by_what_it_says() -> None:
    by_certificate = "<Authentication><MachineMethod>Certificate</MachineMethod></Authentication>"
    devices = profile(
        "<ProfileName>D</ProfileName><AlwaysOn>true</AlwaysOn><DnsSuffix>corp.contoso.com</DnsSuffix>"
        "<DeviceTunnel>true</DeviceTunnel>"
        + NATIVE.format(
            "<RoutingPolicyType>SplitTunnel</RoutingPolicyType><NativeProtocolType>IKEv2</NativeProtocolType>"
            "<DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>"
            + SUITE.format(*STANDARD)
            + by_certificate
        )
    )

    made = sections(devices)

    assert made.unsaid == ()
    assert "device_tunnel" in tomllib.loads(made.toml)
    assert "device_tunnel" in tomllib.loads(sections(replace(devices, device_tunnel=None)).toml)


def test_several_tables_stand_on_a_line_each() -> None:
    one = "<DomainNameInformation><DomainName>.{}</DomainName></DomainNameInformation>"
    toml = sections(profile(one.format("contoso.com") + one.format("corp.contoso.com") + NATIVE.format(""))).toml

    assert 'name_rules = [\n  { name = ".contoso.com" },\n  { name = ".corp.contoso.com" },\n]\n' in toml
    assert len(tomllib.loads(toml)["user_tunnel"]["profile"]["name_rules"]) == 2


def test_own_cryptography_is_said_in_strongswans_words() -> None:
    said = tomllib.loads(sections(profile(NATIVE.format(SUITE.format(*OWN)))).toml)

    assert said["gateway"] == {
        "name": "vpn.contoso.com",
        "proposals": ProposalSet.CUSTOM.value,
        "ike_proposals": ["aes256gcm16-prfsha384-ecp384"],
        "esp_proposals": ["aes256gcm16-ecp384"],
    }


def test_what_a_terminal_would_obey_is_written_as_its_number() -> None:
    made = sections(read("<VPNProfile><ProfileName>V\x9b2J\u202e\x7fN</ProfileName></VPNProfile>").profile)

    assert made.toml.replace("\n", "").isprintable()
    assert tomllib.loads(made.toml)["user_tunnel"]["profile"]["name"] == "V\x9b2J\u202e\x7fN"
