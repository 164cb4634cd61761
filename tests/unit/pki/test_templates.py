from evertunnel.pki.templates import TEMPLATES, TemplateName
from evertunnel.values import ObjectId


def test_every_template_has_a_policy_of_its_own() -> None:
    arc = ObjectId("1.3.6.1.4.1.32473.1")

    policies = [TEMPLATES[name].policy(arc) for name in TemplateName]

    assert policies == [f"{arc}.{number}" for number in (1, 2, 3, 4, 5)]


def test_mail_template_is_good_for_mail_alone() -> None:
    assert [usage.dotted_string for usage in TEMPLATES[TemplateName.MAIL].usages] == ["1.3.6.1.5.5.7.3.4"]


def test_names_print_as_people_write_them() -> None:
    assert f"{TemplateName.VPN_SERVER:<11}|" == "vpn-server |"
