import pytest

from evertunnel.profiles.lint.order import dialect_of, is_in, is_windows_own, out_of_order
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.reading import Reading
from evertunnel.profiles.vpnv2.write import Dialect

NAMES = "<DomainNameInformation/>"
NATIVE = "<NativeProfile><Servers>vpn.contoso.com</Servers><Authentication/><CryptographySuite/></NativeProfile>"
BOTH = "<ProfileName>Contoso</ProfileName><AlwaysOn>true</AlwaysOn>"


def profile(inside: str) -> Reading:
    return read(f"<VPNProfile>{inside}</VPNProfile>")


def test_the_order_of_windows_is_known_beside_the_schemas() -> None:
    assert is_windows_own(profile(NATIVE + NAMES), "VPNProfile")
    assert is_windows_own(profile(NATIVE + NAMES), "VPNProfile/NativeProfile")
    assert not is_windows_own(profile(NAMES + NATIVE), "VPNProfile")
    assert not is_windows_own(profile("<Proxy/>"), "VPNProfile/Proxy")


def test_what_stands_in_neither_order_is_told_by_its_parent() -> None:
    reading = profile(f"<AlwaysOn>true</AlwaysOn><ProfileName>Contoso</ProfileName>{NATIVE}")

    assert [(parent, len(members)) for parent, members in out_of_order(reading).items()] == [("VPNProfile", 1)]


@pytest.mark.parametrize(
    ("inside", "dialect"),
    [(NATIVE + NAMES, Dialect.INTUNE), (BOTH, Dialect.WMI), (NAMES + BOTH, Dialect.WMI), ("", Dialect.WMI)],
)
def test_the_order_says_for_whom_a_profile_is(inside: str, dialect: Dialect) -> None:
    assert dialect_of(profile(inside)) is dialect


def test_a_short_profile_stands_in_both_orders() -> None:
    assert is_in(profile(BOTH), Dialect.WMI)
    assert is_in(profile(BOTH), Dialect.INTUNE)
    assert not is_in(profile(NATIVE + NAMES), Dialect.WMI)
    assert not is_in(profile(NAMES + BOTH), Dialect.INTUNE)
