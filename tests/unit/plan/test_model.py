from collections.abc import Callable, Mapping
from ipaddress import IPv4Address

import pytest

from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan


def test_hosts_are_found_by_role(contoso: Plan) -> None:
    assert list(contoso.hosts_with(Role.SERVER)) == ["mgmt1", "intranet1"]


def test_inside_address_is_that_of_the_internal_card(contoso: Plan) -> None:
    assert contoso.inside_address(Role.RADIUS) == IPv4Address("10.0.0.20")


def test_inside_address_needs_an_internal_card(plan_with: Callable[[Mapping[str, object]], Plan]) -> None:
    with pytest.raises(LookupError, match="no internal card on the host with role radius"):
        plan_with({"hosts.core1.internal": None}).inside_address(Role.RADIUS)
