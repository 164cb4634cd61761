from evertunnel.access.model import Origin, Policy, Served
from evertunnel.access.origins import TOLD, asked_of, asking, enough
from evertunnel.plan.policies import Access, NetworkPolicy
from evertunnel.plan.tunnels import EapType, Tunnel
from evertunnel.values import Fqdn, GroupName

USERS, ADMINS, LAPTOPS, PAWS = (GroupName(name) for name in ("VPN Users", "Admins", "Laptops", "Admin Devices"))
STAFF = NetworkPolicy(name="staff", access=Access.GRANT, user_groups=(USERS,), from_devices=(LAPTOPS,))
ADMIN = NetworkPolicy(name="admins", access=Access.GRANT, user_groups=(ADMINS,), from_devices=(PAWS, LAPTOPS))
ANYBODY = NetworkPolicy(name="anybody", access=Access.GRANT, tunnel=Tunnel.USER)
MANY = tuple(Origin(device=f"laptop{number:04}", groups=("Laptops", "Everyone")) for number in range(5000))


def test_policies_that_ask_a_users_device_are_those_that_grant_users() -> None:
    about_devices = NetworkPolicy(
        name="devices", access=Access.GRANT, tunnel=Tunnel.DEVICE, device_groups=(LAPTOPS,), from_devices=(LAPTOPS,)
    )
    denial = NetworkPolicy(name="never", access=Access.DENY, from_devices=(LAPTOPS,))

    assert asking(policy(about_devices, denial, STAFF, ANYBODY, ADMIN)) == (STAFF, ADMIN)


def test_only_a_policy_that_can_be_about_the_user_asks() -> None:
    assert asked_of((STAFF, ADMIN), ("VPN Users", "Everyone")) == frozenset({LAPTOPS})
    assert asked_of((STAFF, ADMIN), ("VPN Users", "Admins")) == frozenset({LAPTOPS, PAWS})
    assert asked_of((STAFF, ADMIN), ("Everyone",)) is None
    assert asked_of((), ("VPN Users",)) is None


def test_a_policy_for_everybody_asks_everybody() -> None:
    everybody = NetworkPolicy(name="everybody", access=Access.GRANT, tunnel=Tunnel.USER, from_devices=(PAWS,))

    assert asked_of(asking(policy(everybody)), ()) == frozenset({PAWS})


def test_few_devices_are_all_told_as_they_are() -> None:
    few = (*MANY[:3], Origin(device="stranger"))

    assert enough(few, frozenset({LAPTOPS})) == (few, 0)
    assert enough((), frozenset({LAPTOPS})) == ((), 0)


def test_of_thousands_a_few_are_told_and_the_one_that_is_not_like_them() -> None:
    stranger = Origin(device="stranger", groups=("Kiosks",))

    told, more = enough((*MANY, stranger), frozenset({LAPTOPS}))

    assert told == (*MANY[:TOLD], stranger)
    assert more == len(MANY) - TOLD


def test_devices_are_alike_by_the_groups_that_are_asked_for_alone() -> None:
    told, more = enough((Origin(device=f"h{number}", groups=(f"g{number}",)) for number in range(50)), frozenset())

    assert (len(told), more) == (TOLD, 50 - TOLD)


def policy(*policies: NetworkPolicy) -> Policy:
    return Policy(
        domain=Fqdn("corp.contoso.com"),
        device=Served(reach="management"),
        user=Served(reach="intranet", eap_types=tuple(EapType)),
        network_policies=policies,
    )
