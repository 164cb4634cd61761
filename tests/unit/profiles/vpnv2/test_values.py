from collections.abc import Callable

import pytest

from evertunnel.profiles.vpnv2.values import AddressRange, Item, PortRange, Server, Text, Thumbprint

THUMB = "3f0788e8ac0032e4063f30f8db7425e12e5b84d1"


@pytest.mark.parametrize(
    ("read", "text", "written"),
    [
        (Server.read, "vpn.contoso.com", "vpn.contoso.com"),
        (Server.read, " vpn.contoso.com ; Head office ", "vpn.contoso.com;Head office"),
        (PortRange.read, "80", "80"),
        (PortRange.read, "100 - 120", "100-120"),
        (AddressRange.read, "10.0.0.1", "10.0.0.1"),
        (AddressRange.read, "10.0.1.1/16", "10.0.1.1/16"),
        (AddressRange.read, "10.0.0.1 - 10.0.0.9", "10.0.0.1-10.0.0.9"),
        (AddressRange.read, "2001:db8::/32", "2001:db8::/32"),
        (Thumbprint, "3F 07 88 e8 ac 00 32 e4 06 3f 30 f8 db 74 25 e1 2e 5b 84 d1 ", THUMB),
        (Text, "  x y ", "x y"),
        (Item, " corp.contoso.com", "corp.contoso.com"),
    ],
)
def test_value_is_read_and_written(read: Callable[[str], object], text: str, written: str) -> None:
    assert str(read(text)) == written
    assert read(written) == read(text)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (Server.read, ""),
        (Server.read, "a b"),
        (Server.read, "a;b,c"),
        (PortRange.read, "65536"),
        (PortRange.read, "120-100"),
        (PortRange.read, "80-"),
        (PortRange.read, "²"),
        (PortRange.read, "9" * 5000),
        (AddressRange.read, "10.0.0.9-10.0.0.1"),
        (AddressRange.read, "10.0.0.1-2001:db8::1"),
        (AddressRange.read, "10.0.0.0/33"),
        (AddressRange.read, "10.0.0.1-"),
        (Thumbprint, THUMB[1:]),
        (Text, "  "),
        (Text, "a\x00"),
        (Item, "a,b"),
        (Item, "a b"),
    ],
)
def test_wrong_value_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)


def test_thumbprint_is_written_in_pairs_as_windows_does() -> None:
    assert Thumbprint(THUMB).pairs == "3f 07 88 e8 ac 00 32 e4 06 3f 30 f8 db 74 25 e1 2e 5b 84 d1 "
