from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from evertunnel.access import Facts, Policy, Question
from evertunnel.access.changes import Change, Changes, Known, changes, in_situation, is_identified, situations
from evertunnel.access.model import Certificate, Computer, Gateway, Live, Origin, Person, Served
from evertunnel.plan.policies import Access, NetworkPolicy, of_device_tunnel
from evertunnel.plan.tunnels import EapType, Tunnel
from evertunnel.values import Fqdn, GroupName, HostName

NOON = 1_795_435_200.0  # Monday, 23 November 2026, 12:00 in UTC
USERS, ADMINS, DEVICES = GroupName("VPN Users"), GroupName("Admins"), GroupName("VPN Devices")
GATEWAYS = tuple(
    Gateway(name=HostName(f"gateway{number}"), address=IPv4Address(f"10.0.{number}.10")) for number in (1, 2)
)
STAFF = NetworkPolicy(name="staff", access=Access.GRANT, user_groups=(USERS,))
LAPTOPS = of_device_tunnel((DEVICES,))
BEFORE = Policy(
    domain=Fqdn("corp.contoso.com"),
    device=Served(reach="management"),
    user=Served(reach="intranet", eap_types=(EapType.EAP_TLS,)),
    network_policies=(STAFF, LAPTOPS),
    gateways=GATEWAYS,
)


def person(name: str, *groups: str, **more: Any) -> Known:  # noqa: ANN401 (any fact about somebody)
    upn = f"{name}@corp.contoso.com"
    facts = Facts(
        question=Question(
            tunnel="user", identity=upn, serial="1", outer_name=upn, phase="eap", eap_type="eap-tls", gateway="gateway1"
        ),
        certificate=Certificate(serial="1", template="user", principal=upn, not_before=0, not_after=NOON + 60),
        person=Person(name=upn, enabled=True),
        groups=groups,
    )
    return Known(facts=replace(facts, **more))


def laptop(*groups: str) -> Known:
    identity = "CN=laptop1.corp.contoso.com, serialNumber=2"
    facts = Facts(
        question=Question(tunnel="device", identity=identity, serial="2"),
        certificate=Certificate(serial="2", template="device", principal="laptop1", not_before=0, not_after=NOON + 60),
        computer=Computer(name="laptop1", kind="device", enabled=True),
        groups=groups,
    )
    return Known(facts=facts)


OTHER = Live(session="gw-0", started=1.0)
ALICE, BOB = person("alice", "VPN Users"), person("bob", "Admins")


def after(*policies: NetworkPolicy) -> Policy:
    return replace(BEFORE, network_policies=(*policies, LAPTOPS))


def compared(policy: Policy, *everyone: Known, before: Policy = BEFORE) -> Changes:
    return changes(before, policy, everyone, NOON)


def names(found: tuple[Change, ...]) -> list[str]:
    return [change.name.partition("@")[0] for change in found]


def test_same_policy_changes_nothing_and_asks_nobody() -> None:
    def nobody() -> Iterator[Known]:
        raise AssertionError
        yield

    assert changes(BEFORE, replace(BEFORE), nobody(), NOON) == Changes()


def test_group_in_another_groups_place_is_a_loss_and_a_gain() -> None:
    found = compared(after(replace(STAFF, user_groups=(ADMINS,))), BOB, ALICE, laptop("VPN Devices"))

    assert names(found.losses) == ["alice"]
    assert names(found.gains) == ["bob"]
    assert found.moves == ()
    assert found.losses[0].at == NOON
    assert found.losses[0].why.startswith("NPS reason 48, not-in-group: The user is in no admitted group.")
    assert found.gains[0].why == "by policy staff"


def test_devices_are_compared_too() -> None:
    found = compared(replace(BEFORE, network_policies=(STAFF,)), laptop("VPN Devices"), ALICE)

    assert names(found.losses) == ["laptop1"]
    assert found.losses[0].tunnel == "device"


def test_another_reach_is_told() -> None:
    found = compared(after(replace(STAFF, reach="everything")), ALICE)

    assert (found.losses, found.gains) == ((), ())
    assert found.moves[0].why == "reach intranet becomes everything, by policy staff"


def test_hours_that_end_access_later_are_a_loss_with_its_time() -> None:
    found = compared(after(replace(STAFF, hours=("Mon-Fri 07:00-19:00",))), ALICE)

    assert names(found.losses) == ["alice"]
    assert found.losses[0].at == NOON + 7 * 3600
    assert compared(BEFORE, ALICE, before=after(replace(STAFF, hours=("Mon-Fri 07:00-19:00",)))).gains


def test_one_gateway_that_is_closed_is_a_loss() -> None:
    by_name = replace(STAFF, gateways=(HostName("gateway1"),))
    by_address = replace(STAFF, gateway_addresses=(IPv4Network("10.0.1.0/24"),))

    assert names(compared(after(by_name), ALICE).losses) == ["alice"]
    assert names(compared(after(by_address), ALICE).losses) == ["alice"]
    assert compared(after(replace(STAFF, gateways=(HostName("gateway1"), HostName("gateway2")))), ALICE) == Changes()


def test_device_that_is_demanded_is_a_loss_for_who_comes_from_another() -> None:
    demanding = after(replace(STAFF, from_devices=(DEVICES,)))

    assert names(compared(demanding, ALICE).losses) == ["alice"]
    assert names(compared(BEFORE, ALICE, before=demanding).gains) == ["alice"]
    assert compared(after(replace(STAFF, from_devices=(DEVICES,), session_seconds=60)), ALICE, before=demanding) == (
        Changes()
    )


def test_eap_type_that_is_offered_no_more_is_a_loss() -> None:
    both = replace(BEFORE, user=Served(reach="intranet", eap_types=tuple(EapType)))

    assert names(compared(BEFORE, ALICE, before=both).losses) == ["alice"]


def test_user_tunnel_that_comes_or_goes_is_a_gain_or_a_loss_for_all_its_users() -> None:
    without = replace(BEFORE, user=None, network_policies=(LAPTOPS,))

    assert names(compared(BEFORE, ALICE, BOB, before=without).gains) == ["alice"]
    assert names(compared(without, ALICE, BOB).losses) == ["alice"]
    (nowhere,) = situations(replace(BEFORE, gateways=()), replace(BEFORE, gateways=()), Tunnel.USER, NOON)
    assert nowhere.gateway is None
    assert in_situation(ALICE.facts, nowhere).question.gateway == "gateway1"
    assert situations(without, without, Tunnel.USER, NOON)[0].eap_type == ""


def test_who_has_no_access_for_another_reason_loses_and_gains_nothing() -> None:
    disabled = person("carol", "VPN Users", person=Person(name="carol@corp.contoso.com", enabled=False))
    unknown = person("dave", "VPN Users", certificate=None)
    nobody = person("erin", "VPN Users", person=None)
    neither = replace(ALICE, facts=replace(ALICE.facts, question=replace(ALICE.facts.question, tunnel="third")))

    assert compared(after(), disabled, unknown, nobody, neither) == Changes()
    assert not is_identified(BEFORE, unknown.facts, NOON)


def test_live_sessions_that_end_are_counted() -> None:
    session = replace(ALICE.facts, question=replace(ALICE.facts.question, session="gw-1", gateway="gateway2"))
    known = replace(ALICE, sessions=(session, ALICE.facts))

    found = compared(after(replace(STAFF, gateways=(HostName("gateway1"),))), known)

    assert [change.ends for change in found.losses] == [1]


def test_session_that_ends_is_a_loss_even_where_nobody_else_would_lose_anything() -> None:
    here = replace(ALICE.facts, origins=(Origin(device="kiosk1", groups=("Kiosks",)),))
    gone = replace(ALICE.facts, question=replace(ALICE.facts.question, eap_type="gone"))
    demanding = after(replace(STAFF, from_devices=(DEVICES,)))
    more = replace(STAFF, from_devices=(DEVICES,), sessions_per_user=1)

    assert [change.ends for change in compared(demanding, replace(ALICE, sessions=(here, gone))).losses] == [1]
    late = replace(ALICE.facts, origins=(Origin(device="laptop1", groups=("VPN Devices",)),), live=(OTHER,))
    (loss,) = compared(after(more), replace(ALICE, sessions=(late,)), before=demanding).losses
    assert (loss.ends, loss.at) == (1, 0.0)
    assert loss.why.startswith("NPS reason 38, too-many-sessions")


def test_progress_is_told() -> None:
    told: list[int] = []

    changes(BEFORE, after(), (ALICE for _ in range(2500)), NOON, told.append)

    assert told == [1000, 2000]


def test_who_is_in_the_same_groups_is_decided_about_once() -> None:
    expired_later = person("bob", "VPN Users", "Elsewhere")

    found = compared(after(replace(STAFF, hours=("Tue 07:00-19:00",))), ALICE, expired_later)

    assert names(found.losses) == ["alice", "bob"]
    assert found.losses[0].why == found.losses[1].why
