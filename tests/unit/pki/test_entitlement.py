import pytest
from cryptography.x509 import RFC822Name

from evertunnel.errors import Refused
from evertunnel.pki import entitlement, names
from evertunnel.pki.entitlement import Principal
from evertunnel.pki.issue import Order
from evertunnel.pki.settings import SignerSettings
from evertunnel.pki.templates import TemplateName
from evertunnel.values import GroupName, Serial, Sid, principal_name


def test_member_of_the_allowed_group_gets_one(settings: SignerSettings) -> None:
    order = _decide(settings, TemplateName.DEVICE, "laptop1", {"VPN Devices"})

    assert (order.common_name, order.policy, order.days) == ("laptop1.corp.contoso.com", "1.3.6.1.4.1.32473.1.1", 365)


@pytest.mark.parametrize("template", list(TemplateName))
def test_nobody_outside_the_group_gets_one(settings: SignerSettings, template: TemplateName) -> None:
    (allowed,) = settings.templates[template].groups

    with pytest.raises(Refused, match=f"gateway1 is not in {allowed}"):
        _decide(settings, template, "gateway1", {"Another Group"})
    assert _decide(settings, template, "gateway1", {allowed})


def test_disabled_principal_gets_none(settings: SignerSettings) -> None:
    with pytest.raises(Refused, match="laptop1 is disabled"):
        _decide(settings, TemplateName.DEVICE, "laptop1", {"VPN Devices"}, enabled=False)


def test_gateway_gets_all_planned_names_or_those_it_asks_for(settings: SignerSettings) -> None:
    groups = {"VPN Servers"}

    assert len(_decide(settings, TemplateName.VPN_SERVER, "gateway1", groups).names) == 3
    some = _decide(settings, TemplateName.VPN_SERVER, "gateway1", groups, ("203.0.113.10", "VPN.contoso.com"))
    assert [str(name.value) for name in some.names] == ["vpn.contoso.com", "203.0.113.10"]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (("vpn.contoso.com", "www.contoso.com"), "www.contoso.com is not a name that gateway1 may have"),
        (("203.0.113.10",), "lack vpn.contoso.com"),
        (("vpn.contoso.com", "198.51.100.1"), "198.51.100.1 is not a name"),
    ],
)
def test_gateway_gets_no_other_names(settings: SignerSettings, wanted: tuple[str, ...], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        _decide(settings, TemplateName.VPN_SERVER, "gateway1", {"VPN Servers"}, wanted)


def test_host_that_is_no_gateway_gets_no_gateway_certificate(settings: SignerSettings) -> None:
    with pytest.raises(Refused, match="gives core1 no names"):
        _decide(settings, TemplateName.VPN_SERVER, "core1", {"VPN Servers"})


def test_device_cannot_ask_for_another_name(settings: SignerSettings) -> None:
    with pytest.raises(Refused, match=r"laptop2\.corp\.contoso\.com is not a name that laptop1 may have"):
        _decide(settings, TemplateName.DEVICE, "laptop1", {"VPN Devices"}, ("laptop2.corp.contoso.com",))


def test_a_user_gets_a_certificate_in_the_users_own_name_with_the_sid(settings: SignerSettings) -> None:
    sid = Sid("S-1-5-21-1-2-3-1104")

    order = _decide(settings, TemplateName.USER, "Alice@Sales.contoso.com", {"VPN Users"}, sid=sid)

    assert order.common_name == "alice@sales.contoso.com"
    assert order.names == (names.upn("alice@sales.contoso.com"),)
    assert order.sid == sid


def test_a_mail_certificate_has_the_mail_address_and_no_sid(settings: SignerSettings) -> None:
    order = _decide(settings, TemplateName.MAIL, "alice@contoso.com", {"VPN Users"}, sid=Sid("S-1-5-21-1-2-3-1104"))

    assert order.names == (RFC822Name("alice@contoso.com"),)
    assert order.sid is None


def test_what_is_too_long_for_a_subject_is_whole_in_the_names(settings: SignerSettings) -> None:
    name = f"{'a' * 40}@{'b' * 40}.contoso.com"

    order = _decide(settings, TemplateName.USER, name, {"VPN Users"})

    assert (order.common_name, order.names) == ("a" * 40, (names.upn(name),))


@pytest.mark.parametrize("template", [TemplateName.DEVICE, TemplateName.VPN_SERVER, TemplateName.NPS_SERVER])
def test_a_user_gets_no_computers_certificate_even_in_the_group(
    settings: SignerSettings, template: TemplateName
) -> None:
    (allowed,) = settings.templates[template].groups

    with pytest.raises(Refused, match=r"gateway1@corp\.contoso\.com is a user, and .* certificates are for computers"):
        _decide(settings, template, "gateway1@corp.contoso.com", {allowed})
    assert _decide(settings, template, "gateway1", {allowed})


def test_a_user_cannot_ask_for_anothers_name(settings: SignerSettings) -> None:
    with pytest.raises(Refused, match=r"bob@contoso\.com is not a name that alice@contoso\.com may have"):
        _decide(settings, TemplateName.USER, "alice@contoso.com", {"VPN Users"}, ("bob@contoso.com",))


def _decide(
    settings: SignerSettings,
    template: TemplateName,
    name: str,
    groups: set[str],
    wanted: tuple[str, ...] = (),
    *,
    enabled: bool = True,
    sid: Sid | None = None,
) -> Order:
    principal = Principal(name=principal_name(name), enabled=enabled, groups=frozenset(map(GroupName, groups)), sid=sid)
    return entitlement.decide(settings, template, principal, wanted, Serial("5f3a9c"))
