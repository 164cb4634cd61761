from dataclasses import replace

from evertunnel.firewall.inner import table
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Reach
from evertunnel.values import HostName

INNER = HostName("inner1")
INWARD = 'iifname "perimeter" oifname "inside"'
OUTWARD = 'iifname "inside" oifname "perimeter"'


def test_gateway_reaches_radius_and_publisher_and_nothing_else(contoso: Plan) -> None:
    assert forward(contoso, f"{INWARD} ip saddr {{ 10.0.1.10 }}") == [
        f"{INWARD} ip saddr {{ 10.0.1.10 }} ip daddr 10.0.0.20 udp dport 1812 accept",
        f"{INWARD} ip saddr {{ 10.0.1.10 }} ip daddr 10.0.0.20 tcp dport 80 accept",
    ]


def test_pools_reach_what_the_reaches_name(contoso: Plan) -> None:
    more = {**contoso.reach, "intranet": Reach(hosts=(HostName("intranet1"),), udp=(161,), icmp=False)}

    assert forward(replace(contoso, reach=more), f"{INWARD} ip saddr {{ 10.99.0.0/24 }}") == [
        f"{INWARD} ip saddr {{ 10.99.0.0/24 }} ip daddr {{ 10.0.0.30 }} udp dport {{ 161 }} accept",
        f"{INWARD} ip saddr {{ 10.99.0.0/24 }} ip daddr {{ 10.0.0.10 }} tcp dport {{ 5985, 80 }} accept",
        f"{INWARD} ip saddr {{ 10.99.0.0/24 }} ip daddr {{ 10.0.0.10 }} icmp type echo-request accept",
    ]


def test_inside_begins_with_devices_only_where_a_reach_manages_out(contoso: Plan) -> None:
    silent = {name: replace(reach, manage_out=()) for name, reach in contoso.reach.items()}

    assert forward(contoso, OUTWARD) == [
        f"{OUTWARD} ip saddr {{ 10.0.0.10 }} ip daddr {{ 10.99.0.0/24 }} tcp dport {{ 5985 }} accept"
    ]
    assert forward(replace(contoso, reach=silent), OUTWARD) == []


def test_only_answers_are_let_pass_for_being_known(contoso: Plan) -> None:
    assert forward(contoso, "ct ") == ["ct direction reply ct state established accept"]
    assert table(contoso, contoso.hosts[INNER]).chains[0].hook.endswith("policy drop;")


def forward(plan: Plan, prefix: str) -> list[str]:
    rules = table(plan, plan.hosts[INNER]).chains[0].rules
    return [rule.text for rule in rules if rule.text.startswith(prefix)]
