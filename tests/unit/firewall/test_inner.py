from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from evertunnel.firewall.inner import table
from evertunnel.plan.gateway import Pool
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import Access, NetworkPolicy
from evertunnel.plan.radius import Client
from evertunnel.plan.tunnels import Reach, Tunnel, UserTunnel
from evertunnel.values import GroupName, HostName

INNER = HostName("inner1")
INWARD = 'iifname "perimeter" oifname "inside"'
OUTWARD = 'iifname "inside" oifname "perimeter"'


def test_gateway_reaches_radius_and_publisher_and_nothing_else(contoso: Plan) -> None:
    assert forward(contoso, f"{INWARD} ip saddr {{ 10.0.1.10 }}") == [
        f"{INWARD} ip saddr {{ 10.0.1.10 }} ip daddr 10.0.0.20 udp dport {{ 1812, 1813 }} accept",
        f"{INWARD} ip saddr {{ 10.0.1.10 }} ip daddr 10.0.0.20 tcp dport 80 accept",
    ]


def test_other_radius_clients_reach_radius_alone(contoso: Plan) -> None:
    clients = {HostName("rras1"): Client(address=IPv4Address("10.0.1.30"))}
    plan = replace(contoso, radius=replace(contoso.radius, clients=clients))

    assert [rule for rule in forward(plan, INWARD) if "10.0.1.30" in rule] == [
        f"{INWARD} ip saddr {{ 10.0.1.30 }} ip daddr 10.0.0.20 udp dport {{ 1812, 1813 }} accept"
    ]


def test_policy_host_alone_may_tell_the_gateway_something(contoso: Plan) -> None:
    assert forward(contoso, f"{OUTWARD} ip daddr {{ 10.0.1.10 }}") == [
        f"{OUTWARD} ip daddr {{ 10.0.1.10 }} ip saddr 10.0.0.20 udp dport 3799 accept"
    ]


def test_each_pool_reaches_what_its_tunnel_may_and_nothing_else(contoso: Plan) -> None:
    plan = with_users(contoso)

    assert forward(plan, f"{INWARD} ip saddr {{ 10.9") == [
        f"{INWARD} ip saddr {{ 10.98.0.0/24 }} ip daddr {{ 10.0.0.30 }} udp dport {{ 161 }} accept",
        f"{INWARD} ip saddr {{ 10.99.0.0/24 }} ip daddr {{ 10.0.0.10 }} tcp dport {{ 5985, 80 }} accept",
        f"{INWARD} ip saddr {{ 10.99.0.0/24 }} ip daddr {{ 10.0.0.10 }} icmp type echo-request accept",
    ]


def test_pool_and_reach_of_a_network_policy_go_together(contoso: Plan) -> None:
    staff = NetworkPolicy(name="staff", access=Access.GRANT, tunnel=Tunnel.USER, pool="staff", reach="management")
    none = NetworkPolicy(name="none", access=Access.DENY, tunnel=Tunnel.USER, pool="users")
    people = with_users(contoso)
    pools = {**people.gateway.pools, "staff": Pool(network=IPv4Network("10.97.0.0/24"), identities=10)}
    tunnel = replace(people.user_tunnel, groups=()) if people.user_tunnel else None
    gateway = replace(people.gateway, pools=pools)
    plan = replace(people, gateway=gateway, user_tunnel=tunnel, network_policies=(staff, none))

    assert forward(plan, f"{INWARD} ip saddr {{ 10.98") == []
    assert len(forward(plan, f"{INWARD} ip saddr {{ 10.97.0.0/24, 10.99.0.0/24 }} ip daddr {{ 10.0.0.10 }}")) == 2


def test_reach_that_nobody_is_given_is_shut(contoso: Plan) -> None:
    more = {**contoso.reach, "intranet": Reach(hosts=(HostName("intranet1"),), udp=(161,))}

    assert [rule for rule in forward(replace(contoso, reach=more), INWARD) if "10.0.0.30" in rule] == []


def with_users(plan: Plan) -> Plan:
    pools = {**plan.gateway.pools, "users": Pool(network=IPv4Network("10.98.0.0/24"), identities=10)}
    return replace(
        plan,
        gateway=replace(plan.gateway, pools=pools),
        reach={**plan.reach, "intranet": Reach(hosts=(HostName("intranet1"),), udp=(161,), icmp=False)},
        user_tunnel=UserTunnel(pool="users", reach="intranet", groups=(GroupName("VPN Users"),)),
    )


def test_inside_begins_with_devices_only_where_a_reach_manages_out(contoso: Plan) -> None:
    silent = {name: replace(reach, manage_out=()) for name, reach in contoso.reach.items()}

    assert forward(contoso, f"{OUTWARD} ip saddr") == [
        f"{OUTWARD} ip saddr {{ 10.0.0.10 }} ip daddr {{ 10.99.0.0/24 }} tcp dport {{ 5985 }} accept"
    ]
    assert forward(replace(contoso, reach=silent), f"{OUTWARD} ip saddr") == []


def test_only_answers_are_let_pass_for_being_known(contoso: Plan) -> None:
    assert forward(contoso, "ct ") == ["ct direction reply ct state established accept"]
    assert table(contoso, contoso.hosts[INNER]).chains[0].hook.endswith("policy drop;")


def forward(plan: Plan, prefix: str) -> list[str]:
    rules = table(plan, plan.hosts[INNER]).chains[0].rules
    return [rule.text for rule in rules if rule.text.startswith(prefix)]
