from ipaddress import ip_address

from evertunnel.documents import xml
from evertunnel.profiles.vpnv2.eap import EapHostConfig, EapTls
from evertunnel.profiles.vpnv2.model import (
    AppTrigger,
    Authentication,
    NativeProfile,
    Protocol,
    ProtocolList,
    Route,
    UserMethod,
    VpnProfile,
)
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.syncml import Scope, nodes, syncml
from evertunnel.profiles.vpnv2.values import Item, Server, Text
from evertunnel.profiles.vpnv2.write import write

EAP = EapHostConfig(method=EapTls(different_username=False))
PROFILE = VpnProfile(
    name=Text("Contoso VPN"),
    always_on=True,
    dns_suffixes=(Item("corp.contoso.com"), Item("contoso.com")),
    app_triggers=(AppTrigger(app=Text("a&b.exe")),),
    native=NativeProfile(
        servers=(Server("vpn.contoso.com"),),
        protocols=ProtocolList(protocols=(Protocol.IKEV2, Protocol.SSTP)),
        authentication=Authentication(user_method=UserMethod.EAP, eap=EAP),
    ),
    routes=(Route(address=ip_address("10.0.0.0"), prefix=8), Route(address=ip_address("172.16.0.0"), metric=0)),
)


def test_each_value_is_a_node_and_rows_are_numbered_from_nought() -> None:
    found = list(nodes(PROFILE, "."))

    assert [node for node in found if "Eap" not in node[0]] == [
        ("./AlwaysOn", "bool", "true"),
        ("./DnsSuffix", "chr", "corp.contoso.com,contoso.com"),
        ("./AppTriggerList/0/App/Id", "chr", "a&b.exe"),
        ("./NativeProfile/Servers", "chr", "vpn.contoso.com"),
        ("./NativeProfile/Authentication/UserMethod", "chr", "Eap"),
        ("./NativeProfile/ProtocolList/NativeProtocolList/0/Type", "chr", "IKEv2"),
        ("./NativeProfile/ProtocolList/NativeProtocolList/1/Type", "chr", "SSTP"),
        ("./RouteList/0/Address", "chr", "10.0.0.0"),
        ("./RouteList/0/PrefixSize", "int", "8"),
        ("./RouteList/1/Address", "chr", "172.16.0.0"),
        ("./RouteList/1/Metric", "int", "0"),
    ]


def test_eap_block_is_one_nodes_text() -> None:
    (block,) = (text for uri, _, text in nodes(PROFILE, ".") if uri.endswith("/Eap/Configuration"))
    native = read(block).profile.native

    assert native is not None
    assert native.authentication is not None
    assert native.authentication.eap == EAP


def test_first_delivery_deletes_nothing() -> None:
    text = syncml(PROFILE, "Contoso VPN", Scope.USER)

    assert "<Delete>" not in text
    assert text.replace("<CmdID>2</CmdID>", "") != text


def test_replacing_deletes_then_adds_in_one_atomic_each_with_its_number() -> None:
    root = xml.parse(syncml(PROFILE, "Contoso VPN/2", Scope.DEVICE, replaces=True))

    body = root.children[0]
    atomic = body.children[0]
    commands = [each for each in atomic.children if each.name != "CmdID"]
    numbers = [each.children[0].text for each in commands]
    assert [each.name for each in body.children] == ["Atomic", "Final"]
    assert [each.name for each in commands] == ["Delete"] + ["Add"] * (len(commands) - 1)
    assert numbers == [str(number) for number in range(2, len(commands) + 2)]
    assert "<LocURI>./Device/Vendor/MSFT/VPNv2/Contoso%20VPN%2F2</LocURI>" in commands[0].source
    assert "<Data>a&amp;b.exe</Data>" in atomic.source


def test_what_was_kept_unread_inside_eap_is_in_its_node() -> None:
    whole = write(PROFILE).replace("</EapMethod>", '</EapMethod><Novelty xmlns="urn:novelty">1</Novelty>', 1)

    (eap,) = (data for uri, _, data in nodes(read(whole).profile, ".") if uri.endswith("/Configuration"))

    assert '<Novelty xmlns="urn:novelty">1</Novelty>' in eap
