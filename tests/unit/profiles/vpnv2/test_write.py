from ipaddress import ip_address

from evertunnel.profiles.vpnv2.model import (
    Authentication,
    Left,
    NativeProfile,
    Protocol,
    ProtocolList,
    Route,
    UserMethod,
    VpnProfile,
)
from evertunnel.profiles.vpnv2.values import Server, Text
from evertunnel.profiles.vpnv2.write import Dialect, write

SERVER = Server("vpn.contoso.com")


def test_elements_stand_in_the_schemas_order_and_booleans_in_lower_case() -> None:
    profile = VpnProfile(
        routes=(Route(address=ip_address("10.0.0.0"), prefix=8), Route(address=ip_address("10.1.0.0"), prefix=16)),
        native=NativeProfile(servers=(SERVER,), no_class_route=True),
        always_on=True,
        name=Text("A & B <C>"),
    )

    assert write(profile) == (
        "<VPNProfile>\n"
        "  <ProfileName>A &amp; B &lt;C&gt;</ProfileName>\n"
        "  <AlwaysOn>true</AlwaysOn>\n"
        "  <NativeProfile>\n"
        "    <Servers>vpn.contoso.com</Servers>\n"
        "    <DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>\n"
        "  </NativeProfile>\n"
        "  <Route>\n"
        "    <Address>10.0.0.0</Address>\n"
        "    <PrefixSize>8</PrefixSize>\n"
        "  </Route>\n"
        "  <Route>\n"
        "    <Address>10.1.0.0</Address>\n"
        "    <PrefixSize>16</PrefixSize>\n"
        "  </Route>\n"
        "</VPNProfile>\n"
    )


def test_what_was_kept_stands_behind_what_is_known_of_its_element() -> None:
    left = (
        Left(path="VPNProfile/NativeProfile", xml="<Novel/>"),
        Left(path="VPNProfile/Route[2]", xml="<Other/>"),
    )
    routes = (Route(metric=1), Route(metric=2))

    lines = [line.strip() for line in write(VpnProfile(native=NativeProfile(), routes=routes, left=left)).splitlines()]

    assert lines[1:4] == ["<NativeProfile>", "<Novel/>", "</NativeProfile>"]
    assert lines[-4:-1] == ["<Metric>2</Metric>", "<Other/>", "</Route>"]


def test_intunes_dialect_says_what_windows_adds_and_keeps_its_order() -> None:
    profile = VpnProfile(
        register_dns=True,
        native=NativeProfile(
            servers=(SERVER, Server("vpn2.contoso.com", "Second")),
            no_class_route=True,
            authentication=Authentication(user_method=UserMethod.EAP),
        ),
    )

    text = write(profile, Dialect.INTUNE)

    assert "<Servers>vpn.contoso.com;vpn.contoso.com,vpn2.contoso.com;Second</Servers>" in text
    assert "<MachineMethod>Eap</MachineMethod>" in text
    assert text.index("</Authentication>") < text.index("<DisableClassBasedDefaultRoute>")
    assert text.index("</NativeProfile>") < text.index("<RegisterDNS>")
    assert "MachineMethod" not in write(profile)


def test_protocols_are_listed_each_in_its_element() -> None:
    protocols = ProtocolList(protocols=(Protocol.IKEV2, Protocol.SSTP), retry_hours=168)

    text = write(VpnProfile(native=NativeProfile(protocol=Protocol.LIST, protocols=protocols)))

    assert text.count("<NativeProtocol>") == 2
    assert "<RetryTimeInHours>168</RetryTimeInHours>" in text
