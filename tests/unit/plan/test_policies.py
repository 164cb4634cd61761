from typing import Any

import pytest

from evertunnel.plan.policies import (
    Access,
    NetworkPolicy,
    Template,
    grants,
    in_force,
    of_device_tunnel,
    of_user_tunnel,
)
from evertunnel.plan.tunnels import DeviceTunnel, EapType, Tunnel, UserTunnel
from evertunnel.values import GroupName

DEVICES, USERS = (GroupName("VPN Devices"),), (GroupName("VPN Users"),)
DEVICE = DeviceTunnel(pool="devices", reach="management", groups=DEVICES)
USER = UserTunnel(pool="users", reach="intranet", groups=USERS)
STAFF = NetworkPolicy(name="staff", access=Access.GRANT, tunnel=Tunnel.USER)
NIGHT = NetworkPolicy(name="night", access=Access.DENY)


def test_groups_of_the_tunnels_are_their_policies() -> None:
    assert in_force([], DEVICE, None) == (of_device_tunnel(DEVICES),)
    assert in_force([], DEVICE, USER) == (of_device_tunnel(DEVICES), of_user_tunnel(USERS))


def test_denial_stands_before_the_groups() -> None:
    assert in_force([NIGHT], DEVICE, USER) == (NIGHT, of_device_tunnel(DEVICES), of_user_tunnel(USERS))


def test_written_grant_takes_the_groups_place_for_its_tunnel_alone() -> None:
    assert in_force([STAFF], DEVICE, USER) == (STAFF, of_device_tunnel(DEVICES))


def test_user_tunnel_without_groups_has_no_policy_of_its_own() -> None:
    assert in_force([], DEVICE, UserTunnel(pool="users", reach="intranet")) == (of_device_tunnel(DEVICES),)


@pytest.mark.parametrize(
    "condition",
    [{"user_groups": USERS}, {"eap_types": (EapType.EAP_TLS,)}, {"templates": (Template.USER,)}],
)
def test_grant_that_only_users_can_meet_leaves_devices_to_their_groups(condition: dict[str, Any]) -> None:
    staff = NetworkPolicy(name="staff", access=Access.GRANT, **condition)

    assert in_force([staff], DEVICE, USER) == (staff, of_device_tunnel(DEVICES))


@pytest.mark.parametrize("condition", [{"device_groups": DEVICES}, {"templates": (Template.DEVICE,)}])
def test_grant_that_only_devices_can_meet_leaves_users_to_their_groups(condition: dict[str, Any]) -> None:
    laptops = NetworkPolicy(name="laptops", access=Access.GRANT, **condition)

    assert in_force([laptops], DEVICE, USER) == (laptops, of_user_tunnel(USERS))


def test_policy_without_a_tunnel_is_about_both() -> None:
    everybody = NetworkPolicy(name="all", access=Access.GRANT)

    assert grants([everybody], Tunnel.USER)
    assert grants([everybody], Tunnel.DEVICE)
    assert not grants([STAFF, NIGHT], Tunnel.DEVICE)
