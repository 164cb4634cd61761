from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from evertunnel.access import Facts, Question
from evertunnel.access.model import Certificate, Computer, Live, Origin, Person, Policy, Served
from evertunnel.access.policies import Trial, earlier, try_all
from evertunnel.plan.policies import Access, NetworkPolicy, PortType, Template, TunnelType
from evertunnel.plan.tunnels import EapType, Tunnel
from evertunnel.values import Fqdn, GroupName, HostName

NOON = 1_795_435_200.0  # Monday, 23 November 2026, 12:00 in UTC
ALICE = "alice@corp.contoso.com"
USERS, ADMINS, DEVICES = GroupName("VPN Users"), GroupName("Admins"), GroupName("VPN Devices")
QUESTION = Question(
    tunnel="user",
    identity=ALICE,
    serial="6a",
    gateway="gateway1",
    gateway_address="10.0.1.10",
    outer="198.51.100.20",
    session="gw-2",
    port_type="Virtual",
    tunnel_type="ESP",
    eap_type="eap-tls",
)
CERTIFICATE = Certificate(serial="6a", template="user", principal=ALICE, not_before=0, not_after=NOON * 2)
FACTS = Facts(
    question=QUESTION, certificate=CERTIFICATE, person=Person(name=ALICE, enabled=True), groups=("VPN Users",)
)
SILENT = replace(FACTS, question=Question(tunnel="user", identity=ALICE, serial="6a"))


def grant(name: str = "staff", **more: Any) -> NetworkPolicy:  # noqa: ANN401 (any setting of a policy)
    return NetworkPolicy(name=name, access=Access.GRANT, **more)


def deny(name: str = "never", **more: Any) -> NetworkPolicy:  # noqa: ANN401 (any setting of a policy)
    return NetworkPolicy(name=name, access=Access.DENY, **more)


def tried(
    *policies: NetworkPolicy, facts: Facts = FACTS, tunnel: Tunnel = Tunnel.USER, now: float = NOON, zone: str = "UTC"
) -> Trial:
    policy = Policy(
        domain=Fqdn("corp.contoso.com"), device=Served(reach="management"), network_policies=policies, zone=zone
    )
    return try_all(policy, facts, tunnel, now)


def reasons(trial: Trial) -> list[tuple[int, str]]:
    return [(check.reason.code, check.reason.name) for check in trial.checks if check.reason]


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"tunnel": Tunnel.USER},
        {"user_groups": (ADMINS, USERS)},
        {"gateways": (HostName("gateway2"), HostName("gateway1"))},
        {"gateway_addresses": (IPv4Network("192.0.2.0/24"), IPv4Network("10.0.1.0/24"))},
        {"port_types": (PortType.VIRTUAL,)},
        {"tunnel_types": (TunnelType.L2TP, TunnelType.ESP)},
        {"eap_types": (EapType.EAP_TLS,)},
        {"templates": (Template.USER,)},
        {"hours": ("Sun 00:00-24:00", "Mon-Fri 07:00-19:00")},
    ],
)
def test_policy_whose_conditions_hold_matches(conditions: dict[str, Any]) -> None:
    trial = tried(grant(**conditions))

    assert trial.matched == grant(**conditions)
    assert reasons(trial) == []


def test_groups_are_asked_for_alone_or_beside_other_conditions() -> None:
    elsewhere = {"gateways": (HostName("gateway2"),)}
    policies = (
        grant("alone", user_groups=(ADMINS,)),
        grant("beside", user_groups=(ADMINS,), **elsewhere),
        grant("in them, elsewhere", user_groups=(USERS,), **elsewhere),
        grant("in them", user_groups=(USERS,)),
    )

    trial = tried(*policies)

    none, other = "the user is in none of: Admins", "gateway 'gateway1' is none of: gateway2"
    assert [each.failed for each in trial.tried] == [(none,), (none, other), (other,), ()]
    assert trial.matched == policies[-1]


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"user_groups": (ADMINS,)}, "the user is in none of: Admins"),
        ({"user_groups": ()}, "the user is in none of: no group"),
        ({"gateways": (HostName("gateway2"),)}, "gateway 'gateway1' is none of: gateway2"),
        ({"gateways": ()}, "gateway 'gateway1' is none of: "),
        ({"gateway_addresses": (IPv4Network("10.0.2.0/24"),)}, "10.0.1.10 is in none of: 10.0.2.0/24"),
        ({"port_types": (PortType.ETHERNET,)}, "port type 'Virtual' is none of: Ethernet"),
        ({"tunnel_types": (TunnelType.L2TP,)}, "tunnel type 'ESP' is none of: L2TP"),
        ({"eap_types": (EapType.PEAP_EAP_TLS,)}, "EAP type 'eap-tls' is none of: peap-eap-tls"),
        ({"templates": (Template.MAIL,)}, "template 'user' is none of: mail"),
        ({"hours": ("Mon-Fri 07:00-12:00",)}, "it is Mon 12:00, outside of Mon-Fri 07:00-12:00"),
        ({"hours": ()}, "it is Mon 12:00, outside of "),
    ],
)
def test_condition_that_does_not_hold_is_told(conditions: dict[str, Any], words: str) -> None:
    trial = tried(grant(**conditions))

    assert trial.matched is None
    assert [each.failed for each in trial.tried] == [(words,)]


@pytest.mark.parametrize("conditions", [{"tunnel": Tunnel.DEVICE}, {"device_groups": (USERS,)}])
def test_policy_about_the_other_kind_of_tunnel_is_not_tried(conditions: dict[str, Any]) -> None:
    trial = tried(grant(**conditions))

    assert trial.matched is None
    assert trial.tried == ()


def test_device_groups_are_the_devices_own() -> None:
    facts = Facts(
        question=replace(QUESTION, tunnel="device"),
        computer=Computer(name="laptop1", kind="device", enabled=True),
        groups=("VPN Devices",),
    )

    assert tried(grant(device_groups=(DEVICES,)), facts=facts, tunnel=Tunnel.DEVICE).matched
    assert not tried(grant(user_groups=(DEVICES,)), facts=facts, tunnel=Tunnel.DEVICE).matched


@pytest.mark.parametrize(
    "conditions",
    [
        {"gateways": (HostName("gateway1"),)},
        {"gateway_addresses": (IPv4Network("10.0.1.0/24"),)},
        {"port_types": (PortType.VIRTUAL,)},
        {"tunnel_types": (TunnelType.ESP,)},
        {"eap_types": (EapType.EAP_TLS,)},
    ],
)
def test_what_a_gateway_does_not_say_gets_nobody_in_and_nobody_past_a_denial(conditions: dict[str, Any]) -> None:
    assert tried(grant(**conditions), facts=SILENT).matched is None
    assert tried(deny(**conditions), grant(), facts=SILENT).matched == deny(**conditions)
    # The control: where the gateway does say it, both match.
    assert tried(grant(**conditions)).matched
    assert tried(deny(**conditions), grant()).matched == deny(**conditions)


def test_unknown_template_gets_nobody_past_a_denial() -> None:
    facts = replace(FACTS, certificate=None)

    assert tried(deny(templates=(Template.USER,)), grant(), facts=facts).matched == deny(templates=(Template.USER,))


def test_gateway_address_that_is_none_matches_no_policy() -> None:
    facts = replace(FACTS, question=replace(QUESTION, gateway_address="10.0.1"))

    assert tried(grant(gateway_addresses=(IPv4Network("10.0.0.0/8"),)), facts=facts).matched is None


def test_first_match_decides_and_what_follows_is_not_tried() -> None:
    trial = tried(grant("a", user_groups=(ADMINS,)), deny("b"), grant("c"))

    assert trial.matched == deny("b")
    assert [each.policy for each in trial.tried] == ["a", "b"]
    assert reasons(trial) == [(65, "denied-by-policy")]


def test_nothing_that_grants_is_no_policy() -> None:
    assert reasons(tried()) == [(48, "no-policy")]
    assert reasons(tried(grant(tunnel=Tunnel.DEVICE))) == [(48, "no-policy")]
    assert reasons(tried(deny(user_groups=(ADMINS,)))) == [(48, "no-policy")]


def test_group_that_alone_is_missing_is_named() -> None:
    trial = tried(grant("a", user_groups=(ADMINS,)), grant("b", user_groups=(ADMINS, DEVICES)))

    (check,) = trial.checks
    assert reasons(trial) == [(48, "not-in-group")]
    assert check.observed == "member of VPN Users; one of Admins, VPN Devices is needed"


def test_nearest_policy_is_told() -> None:
    far = grant("far", user_groups=(ADMINS,), hours=("Sun 01:00-02:00",))
    trial = tried(far, grant("near", hours=("Sun 01:00-02:00",)))

    (check,) = trial.checks
    assert reasons(trial) == [(48, "no-policy-matches")]
    assert check.reason is not None
    assert check.reason.sentence == (
        "No network policy matches. The nearest is near: it is Mon 12:00, outside of Sun 01:00-02:00."
    )


def test_policy_for_the_users_own_group_is_nearer_than_one_for_another() -> None:
    other = grant("other", user_groups=(ADMINS,))
    own = grant("own", user_groups=(USERS,), gateways=(HostName("elsewhere"),), hours=("Sun 01:00-02:00",))

    (check,) = tried(other, own).checks

    assert check.reason is not None
    assert check.reason.sentence.startswith("No network policy matches. The nearest is own: ")


@pytest.mark.parametrize(
    ("now", "matches"),
    [
        (1_774_744_200.0, True),  # Sunday, 29 March 2026, 01:30 in Berlin, before the clocks go forward
        (1_774_747_800.0, False),  # an hour later it is 03:30
        (1_792_888_200.0, True),  # Sunday, 25 October 2026, 02:30 in Berlin
        (1_792_891_800.0, True),  # and once more, an hour later
        (1_792_895_400.0, False),  # 03:30
    ],
)
def test_hours_are_those_of_the_zones_clocks(now: float, matches: bool) -> None:  # noqa: FBT001 (an example's outcome)
    hours = ("Sun 01:00-03:00",)

    assert bool(tried(grant(hours=hours), now=now, zone="Europe/Berlin").matched) is matches


LAPTOP, KIOSK = Origin(device="laptop1", groups=("VPN Devices",)), Origin(device="kiosk1", groups=("Kiosks",))


@pytest.mark.parametrize(
    ("origins", "found"),
    [
        ((LAPTOP,), []),
        ((LAPTOP, replace(LAPTOP, device="laptop2")), []),
        ((), [(67, "device-not-allowed")]),
        ((KIOSK,), [(67, "device-not-allowed")]),
        ((LAPTOP, KIOSK), [(67, "device-not-allowed")]),
        ((replace(LAPTOP, groups=()),), [(67, "device-not-allowed")]),
    ],
)
def test_every_device_that_the_user_may_sit_at_must_be_allowed(
    origins: tuple[Origin, ...], found: list[tuple[int, str]]
) -> None:
    assert reasons(tried(grant(from_devices=(DEVICES,)), facts=replace(FACTS, origins=origins))) == found


def test_devices_that_are_only_counted_are_seen_as_such() -> None:
    facts = replace(FACTS, origins=(LAPTOP,), more_origins=990)

    decided, asked = tried(grant(from_devices=(DEVICES,)), facts=facts).checks

    assert decided.passed
    assert asked.observed == "from 198.51.100.20: laptop1 (VPN Devices), and 990 more like these"


def test_as_many_sessions_as_allowed_are_let_in() -> None:
    live = tuple(Live(session=f"gw-{number}", started=1.0) for number in (3, 4))
    facts = replace(FACTS, live=live)

    assert reasons(tried(grant(sessions_per_user=3), facts=facts)) == []
    assert reasons(tried(grant(sessions_per_user=2), facts=facts)) == [(38, "too-many-sessions")]


def test_the_session_that_was_first_stays() -> None:
    live = (Live(session="gw-1", started=5.0), Live(session="gw-3", started=5.0), Live(session="gw-0", started=6.0))

    assert [each.session for each in earlier(replace(FACTS, live=live, since=5.0))] == ["gw-1"]
    assert len(earlier(replace(FACTS, live=live))) == 3


def test_session_ends_when_its_time_is_over() -> None:
    policy = grant(session_seconds=600)

    assert reasons(tried(policy, facts=replace(FACTS, since=NOON - 599))) == []
    assert reasons(tried(policy, facts=replace(FACTS, since=NOON - 600))) == [(38, "session-time-over")]
    assert reasons(tried(policy)) == []


def test_constraints_are_not_asked_of_devices_and_denials() -> None:
    device = replace(FACTS, person=None, computer=Computer(name="laptop1", kind="device", enabled=True))

    assert reasons(tried(grant(from_devices=(DEVICES,)), facts=device, tunnel=Tunnel.DEVICE)) == []
    assert reasons(tried(deny(from_devices=(DEVICES,)))) == [(65, "denied-by-policy")]
