from dataclasses import replace

import pytest

from evertunnel.firewall.edge import table
from evertunnel.firewall.model import Table
from evertunnel.plan.firewall import Protocol, Publication
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

EDGE = HostName("edge1")
INWARD = 'iifname "internet" oifname "perimeter"'


def test_from_the_internet_ike_alone_reaches_the_gateway(contoso: Plan) -> None:
    assert inward(table(contoso, contoso.hosts[EDGE])) == [
        f"{INWARD} ip daddr {{ 203.0.113.10 }} udp dport {{ 500, 4500 }} accept",
        f"{INWARD} meta l4proto icmp ct state related accept",
    ]


@pytest.mark.parametrize(("host", "address"), [("gateway1", "203.0.113.10"), ("mgmt1", "10.0.0.10")])
def test_what_the_plan_publishes_is_let_in_to_the_hosts_card_nearest_the_internet(
    contoso: Plan, host: str, address: str
) -> None:
    publish = (Publication(host=HostName(host), protocol=Protocol.TCP, port=8443),)
    plan = replace(contoso, firewall=replace(contoso.firewall, publish=publish))

    assert f"{INWARD} ip daddr {address} tcp dport 8443 accept" in inward(table(plan, plan.hosts[EDGE]))


def test_out_go_answers_alone(contoso: Plan) -> None:
    assert rules(table(contoso, contoso.hosts[EDGE]), 'iifname "perimeter"') == [
        'iifname "perimeter" oifname "internet" ct direction reply ct state established accept',
        'iifname "perimeter" oifname "internet" meta l4proto icmp ct state related accept',
    ]


def test_what_no_rule_names_is_dropped_and_ipv6_before_all(contoso: Plan) -> None:
    forward, incoming, _ = table(contoso, contoso.hosts[EDGE]).chains

    assert forward.hook.endswith("policy drop;")
    assert forward.rules[0].text == "meta nfproto ipv6 drop"
    assert incoming.hook.endswith("policy drop;")


def inward(made: Table) -> list[str]:
    return rules(made, INWARD)


def rules(made: Table, prefix: str) -> list[str]:
    return [rule.text for rule in made.chains[0].rules if rule.text.startswith(prefix)]
