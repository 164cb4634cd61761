from evertunnel.plan.profiles import ClientProfile, NameRule
from evertunnel.profiles.apple_on_demand import on_demand
from evertunnel.values import Fqdn

HOME = (Fqdn("corp.contoso.com"),)
TRIGGER = NameRule(name=".corp.contoso.com", trigger=True)
QUIET = NameRule(name=".partner.contoso.com")


def test_always_on_connects_everywhere_but_at_home() -> None:
    assert on_demand(ClientProfile(trusted_networks=HOME, name_rules=(TRIGGER,))) == {
        "OnDemandEnabled": 1,
        "OnDemandRules": [{"Action": "Disconnect", "DNSDomainMatch": ["corp.contoso.com"]}, {"Action": "Connect"}],
    }


def test_trigger_connects_for_its_names_alone() -> None:
    keys = on_demand(ClientProfile(always_on=False, name_rules=(TRIGGER, QUIET)))

    asked = {"Domains": ["corp.contoso.com"], "DomainAction": "ConnectIfNeeded"}
    assert keys["OnDemandRules"] == [{"Action": "EvaluateConnection", "ActionParameters": [asked]}]


def test_trigger_for_every_name_connects_always() -> None:
    keys = on_demand(ClientProfile(always_on=False, name_rules=(NameRule(name=".", trigger=True),)))

    assert keys["OnDemandRules"] == [{"Action": "Connect"}]


def test_without_always_on_and_trigger_people_connect() -> None:
    assert on_demand(ClientProfile(always_on=False, trusted_networks=HOME, name_rules=(QUIET,))) == {}


def test_people_cannot_switch_it_off_where_they_must_not_disconnect() -> None:
    assert on_demand(ClientProfile(no_disconnect_button=True))["OnDemandUserOverrideDisabled"] == 1
    assert "OnDemandUserOverrideDisabled" not in on_demand(ClientProfile())
