from dataclasses import replace

import pytest

from evertunnel.firewall import edge, gateway, inner
from evertunnel.firewall.model import State
from evertunnel.firewall.render import desired
from evertunnel.plan.hosts import Mode
from evertunnel.plan.model import Plan
from evertunnel.values import HostName


def test_each_packet_filter_has_the_table_of_its_role(contoso: Plan) -> None:
    for name, role in (("edge1", edge), ("gateway1", gateway), ("inner1", inner)):
        host = HostName(name)
        assert desired(contoso, host).table == role.table(contoso, contoso.hosts[host])


@pytest.mark.parametrize("host", ["core1", "mgmt1"])
def test_other_hosts_have_nothing(contoso: Plan, host: str) -> None:
    assert desired(contoso, HostName(host)) == State()


def test_firewall_that_is_somebody_elses_is_left_alone(contoso: Plan) -> None:
    name = HostName("edge1")
    plan = replace(contoso, hosts={**contoso.hosts, name: replace(contoso.hosts[name], mode=Mode.EXTERNAL)})

    assert desired(plan, name) == State()


@pytest.mark.parametrize(("host", "filtering"), [("edge1", "1"), ("gateway1", "2"), ("inner1", "1")])
def test_forwarding_is_on_and_only_the_gateway_filters_sources_loosely(
    contoso: Plan, host: str, filtering: str
) -> None:
    assert [(each.name, each.value) for each in desired(contoso, HostName(host)).sysctls] == [
        ("net.ipv4.conf.all.rp_filter", filtering),
        ("net.ipv4.ip_forward", "1"),
    ]


@pytest.mark.parametrize(
    ("host", "routes"),
    [
        ("edge1", []),
        ("gateway1", ["10.0.0.0/24 via 10.0.1.1", "10.99.0.0/24 to nowhere"]),
        ("inner1", ["10.99.0.0/24 via 10.0.1.10"]),
    ],
)
def test_pools_are_routed_to_the_gateway_and_there_nowhere(contoso: Plan, host: str, routes: list[str]) -> None:
    assert [str(route) for route in desired(contoso, HostName(host)).routes] == routes
