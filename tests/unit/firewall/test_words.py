from dataclasses import replace

import pytest

from evertunnel.firewall.words import any_of, card, firewall_itself, from_ports, hosts_of, pools_of, to_ports
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Reach
from evertunnel.reconcile.model import Effect
from evertunnel.values import HostName

REACH = Reach(hosts=(HostName("mgmt1"),), tcp=(443, 80), udp=(161,), icmp=True)


def test_set_is_the_same_for_the_same_values_in_any_order_and_number() -> None:
    assert any_of([80, 443, 80]) == any_of([443, 80]) == "{ 443, 80 }"


def test_card_is_quoted_and_a_missing_one_is_named(contoso: Plan) -> None:
    assert card(contoso.hosts[HostName("gateway1")].external, "gateway") == '"external"'
    with pytest.raises(LookupError, match="the gateway lacks a network card; `evertunnel check` names it"):
        card(None, "gateway")


def test_hosts_and_pools_are_named_by_their_addresses(contoso: Plan) -> None:
    assert hosts_of(contoso, contoso.reach["management"]) == "{ 10.0.0.10 }"
    assert pools_of(contoso) == "{ 10.99.0.0/24 }"


def test_each_protocol_of_a_reach_has_its_rule_in_any_state() -> None:
    assert [rule.text for rule in to_ports("ip saddr 10.99.0.1", REACH)] == [
        "ip saddr 10.99.0.1 tcp dport { 443, 80 } accept",
        "ip saddr 10.99.0.1 udp dport { 161 } accept",
        "ip saddr 10.99.0.1 icmp type echo-request accept",
    ]


def test_back_from_a_reach_come_answers_alone() -> None:
    back = "ct direction reply ct state established accept"

    assert [rule.text for rule in from_ports("ip saddr 10.0.0.10", REACH)] == [
        f"ip saddr 10.0.0.10 tcp sport {{ 443, 80 }} {back}",
        f"ip saddr 10.0.0.10 udp sport {{ 161 }} {back}",
        f"ip saddr 10.0.0.10 icmp type echo-reply {back}",
    ]


def test_reach_without_ports_opens_none() -> None:
    nothing = replace(REACH, tcp=(), udp=(), icmp=False)

    assert (to_ports("x", nothing), from_ports("x", nothing)) == ((), ())


def test_nobody_speaks_to_a_firewall() -> None:
    incoming, outgoing = firewall_itself()

    assert incoming.hook == "type filter hook input priority 0; policy drop;"
    assert [rule.text for rule in incoming.rules if rule.effect is Effect.OPENS] == [
        'iifname "lo" accept',
        "ct state established,related accept",
    ]
    assert outgoing.hook == "type filter hook output priority 0; policy accept;"
