from ipaddress import IPv4Address

from evertunnel.plan.profiles import NameRule
from evertunnel.profiles.resolver import Resolver, resolver_of

FIRST, OTHER = IPv4Address("10.0.0.53"), IPv4Address("10.0.0.54")


def test_servers_of_the_first_rule_serve_all_rules_with_the_same() -> None:
    rules = (
        NameRule(name="vpn.contoso.com"),
        NameRule(name=".corp.contoso.com", dns_servers=(FIRST,)),
        NameRule(name=".partner.contoso.com", dns_servers=(OTHER,)),
        NameRule(name=".", dns_servers=(FIRST,)),
    )

    assert resolver_of(rules) == Resolver(servers=(FIRST,), domains=("corp.contoso.com", ""))


def test_without_servers_there_is_none() -> None:
    assert resolver_of(()) is None
    assert resolver_of((NameRule(name=".corp.contoso.com"),)) is None
