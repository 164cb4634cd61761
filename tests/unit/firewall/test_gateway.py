"""What the gateway's table promises whatever the plan; its words as a whole are in tests/golden/firewall."""

from dataclasses import replace

import pytest

from evertunnel.firewall.gateway import admitted, table
from evertunnel.firewall.model import Chain
from evertunnel.plan.gateway import Esp
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Reach
from evertunnel.values import HostName

GATEWAY = HostName("gateway1")
FROM = {Esp.LIBIPSEC: 'iifname "ipsec*"', Esp.KERNEL: "meta ipsec exists"}
TO = {Esp.LIBIPSEC: 'oifname "ipsec*"', Esp.KERNEL: "rt ipsec exists"}

both = pytest.mark.parametrize("esp", list(Esp))


def test_latch_and_each_reach_have_their_set(contoso: Plan) -> None:
    plan = replace(contoso, reach={**contoso.reach, "all": Reach(hosts=())})

    assert [(each.name, each.definition) for each in table(plan, plan.hosts[GATEWAY]).sets] == [
        ("latch", "type inet_service;"),
        (admitted("all"), "type ipv4_addr; flags timeout;"),
        (admitted("management"), "type ipv4_addr; flags timeout;"),
    ]


@both
def test_ike_passes_the_open_latch_alone_whatever_is_known_of_its_flow(contoso: Plan, esp: Esp) -> None:
    rules = texts(chain(contoso, esp, "input"))
    latch = rules.index('iifname "external" udp dport @latch accept')

    assert rules[latch + 1] == 'iifname "external" udp dport { 500, 4500 } drop'
    assert not [rule for rule in rules[:latch] if "ct " in rule]


@both
def test_tunnels_do_not_reach_the_gateway_itself(contoso: Plan, esp: Esp) -> None:
    rules = texts(chain(contoso, esp, "input"))
    dropped = rules.index(f"{FROM[esp]} drop")

    assert [rule for rule in rules[:dropped] if rule.endswith("accept")] == ['iifname "lo" accept']


@both
def test_forwarding_asks_admission_before_anything_that_is_known_of_a_flow(contoso: Plan, esp: Esp) -> None:
    assert texts(chain(contoso, esp, "forward")) == [
        "meta nfproto ipv6 drop",
        f"{FROM[esp]} {TO[esp]} drop",
        "ip saddr { 10.99.0.0/24 } ip daddr { 10.99.0.0/24 } drop",
        f"{FROM[esp]} ip saddr @admitted_management jump reach_management",
        f"{FROM[esp]} drop",
        f"{TO[esp]} ip daddr @admitted_management jump back_management",
        f"{TO[esp]} drop",
    ]


def test_reach_opens_its_ports_and_the_answers_to_what_it_manages(contoso: Plan) -> None:
    to = 'oifname "internal" ip daddr { 10.0.0.10 }'

    assert texts(chain(contoso, Esp.LIBIPSEC, "reach_management")) == [
        f"{to} tcp dport {{ 5985, 80 }} accept",
        f"{to} icmp type echo-request accept",
        f"{to} tcp sport {{ 5985 }} ct direction reply ct state established accept",
        f"{to} meta l4proto icmp ct state related accept",
    ]


@pytest.mark.parametrize(("esp", "clear"), [(Esp.LIBIPSEC, ""), (Esp.KERNEL, " rt ipsec missing")])
def test_pool_addresses_never_leave_in_clear(contoso: Plan, esp: Esp, clear: str) -> None:
    pools = "{ 10.99.0.0/24 }"

    assert texts(chain(contoso, esp, "postrouting")) == [
        f'oifname "external"{clear} ip saddr {pools} drop',
        f'oifname "external"{clear} ip daddr {pools} drop',
    ]
    output = texts(chain(contoso, esp, "output"))
    assert {f"ip daddr {pools} drop", f"ip saddr {pools} drop"} <= set(output)


def test_gateway_itself_speaks_ike_radius_and_asks_for_lists(contoso: Plan) -> None:
    rules = texts(chain(contoso, Esp.LIBIPSEC, "output"))

    assert [rule for rule in rules if "port" in rule] == [
        'oifname "external" udp sport { 500, 4500 } accept',
        'oifname "internal" ip daddr 10.0.0.20 udp dport { 1812, 1813 } accept',
        'oifname "internal" ip daddr 10.0.0.20 tcp dport 80 accept',
        'oifname "internal" ip daddr 10.0.0.20 udp sport 3799 ct direction reply ct state established accept',
    ]


def test_policy_host_alone_may_tell_the_gateway_something(contoso: Plan) -> None:
    rules = texts(chain(contoso, Esp.LIBIPSEC, "input"))

    assert [rule for rule in rules if "internal" in rule and "dport" in rule] == [
        'iifname "internal" ip saddr 10.0.0.20 udp dport 3799 accept'
    ]


def chain(plan: Plan, esp: Esp, name: str) -> Chain:
    plan = replace(plan, gateway=replace(plan.gateway, esp=esp))
    return next(each for each in table(plan, plan.hosts[GATEWAY]).chains if each.name == name)


def texts(each: Chain) -> list[str]:
    return [rule.text for rule in each.rules]
