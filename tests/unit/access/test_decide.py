import math
from dataclasses import replace
from typing import Any

from evertunnel.access import Facts, Limits, Policy, Question, decide
from evertunnel.access.decide import SESSION_LIMIT, about
from evertunnel.access.model import Certificate, Computer, Live, Person, Served, Tried
from evertunnel.plan.policies import Access, NetworkPolicy
from evertunnel.plan.tunnels import EapType
from evertunnel.values import Fqdn, GroupName

NOW = 1_000_000.0
POLICY = Policy.for_devices(
    domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"), GroupName("Kiosks")), reach="management"
)
IDENTITY = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"
QUESTION = Question(tunnel="device", identity=IDENTITY, serial="5f3a9c")
CERTIFICATE = Certificate(
    serial="5f3a9c", template="device", principal="laptop1", not_before=NOW - 10, not_after=NOW + 3600.5
)
COMPUTER = Computer(name="laptop1", kind="device", enabled=True)
FACTS = Facts(question=QUESTION, certificate=CERTIFICATE, computer=COMPUTER, groups=("VPN Devices",))


def test_known_device_is_allowed_until_its_certificate_ends() -> None:
    decision = decide(POLICY, FACTS, NOW)

    assert decision.allow
    assert decision.device == "laptop1"
    assert decision.reach == "management"
    assert decision.limits == Limits(session_seconds=3600)
    assert decision.reasons == ()
    assert len(decision.checks) == 13


def test_any_of_the_groups_will_do() -> None:
    assert decide(POLICY, replace(FACTS, groups=("All", "Kiosks")), NOW).allow


def test_policy_without_groups_allows_nobody() -> None:
    assert not decide(Policy.for_devices(domain=POLICY.domain, groups=(), reach="management"), FACTS, NOW).allow


def test_session_is_no_longer_than_radius_can_say() -> None:
    for_ever = replace(FACTS, certificate=replace(CERTIFICATE, not_after=math.inf))

    assert decide(POLICY, for_ever, NOW).limits == Limits(session_seconds=SESSION_LIMIT)


def test_all_reasons_are_given_at_once() -> None:
    bad = replace(
        FACTS, certificate=replace(CERTIFICATE, revoked=1.0), computer=replace(COMPUTER, enabled=False), groups=()
    )

    assert {reason.code for reason in decide(POLICY, bad, NOW).reasons} == {289, 34, 48}


def test_checks_show_what_was_seen() -> None:
    bad = replace(FACTS, certificate=replace(CERTIFICATE, revoked=1.0, revoked_for="superseded"))

    (check,) = [check for check in decide(POLICY, bad, NOW).checks if not check.passed]

    assert check.observed == "revoked at 1970-01-01 00:00:01Z (superseded)"


def test_decision_is_filed_under_the_known_or_claimed_device() -> None:
    stranger = replace(FACTS, certificate=None, computer=None)

    assert about(POLICY, FACTS) == "laptop1"
    assert about(POLICY, stranger) == "laptop1"
    assert about(POLICY, replace(stranger, question=replace(QUESTION, identity="?"))) == ""


ALICE = "alice@corp.contoso.com"
USER = Served(reach="intranet", eap_types=(EapType.EAP_TLS, EapType.PEAP_EAP_TLS))
STAFF = NetworkPolicy(name="staff", access=Access.GRANT, user_groups=(GroupName("VPN Users"),))
USERS = replace(POLICY, user=USER, network_policies=(STAFF, *POLICY.network_policies))
ALICES = Facts(
    question=Question(
        tunnel="user", identity=ALICE, serial="6a", outer_name=ALICE, phase="eap", eap_type="eap-tls", session="gw-2"
    ),
    certificate=replace(CERTIFICATE, serial="6a", template="user", principal=ALICE),
    person=Person(name=ALICE, enabled=True, address="10.98.0.7"),
    groups=("VPN Users",),
)


def with_settings(**settings: Any) -> Policy:  # noqa: ANN401 (any setting of a policy)
    return replace(USERS, network_policies=(replace(STAFF, **settings),))


def test_known_user_is_allowed_by_the_policy_that_matches() -> None:
    decision = decide(USERS, ALICES, NOW)

    assert (decision.allow, decision.name, decision.device) == (True, ALICE, None)
    assert (decision.policy, decision.reach) == ("staff", "intranet")
    assert decision.tried == (Tried(policy="staff"),)
    assert decision.limits == Limits(session_seconds=3600)


def test_user_gets_what_the_policy_sets() -> None:
    policy = with_settings(
        session_seconds=600,
        idle_seconds=300,
        interim_seconds=90,
        pool="staff",
        reach="everything",
        radius_class="staff",
        fixed_address=True,
    )

    decision = decide(policy, ALICES, NOW)

    assert decision.reach == "everything"
    assert decision.limits == Limits(
        session_seconds=600,
        idle_seconds=300,
        interim_seconds=90,
        pool="staff",
        address="10.98.0.7",
        class_="staff",
    )


def test_session_has_no_more_than_what_is_left_of_it() -> None:
    decision = decide(with_settings(session_seconds=600), replace(ALICES, since=NOW - 500), NOW)

    assert decision.limits == Limits(session_seconds=100)


def test_fixed_address_is_the_first_sessions_alone() -> None:
    policy = with_settings(fixed_address=True)
    other = Live(session="gw-1", inner="10.98.0.7", started=NOW - 10)

    for facts, address in (
        (replace(ALICES, live=(other,)), None),
        (replace(ALICES, live=(replace(other, inner="10.98.0.8"),)), "10.98.0.7"),
        (replace(ALICES, live=(other,), since=NOW - 20), "10.98.0.7"),
        (replace(ALICES, person=Person(name=ALICE, enabled=True)), None),
    ):
        limits = decide(policy, facts, NOW).limits
        assert limits is not None
        assert limits.address == address


def test_devices_get_nothing_that_is_for_users() -> None:
    everything = NetworkPolicy(
        name="all", access=Access.GRANT, session_seconds=60, pool="staff", fixed_address=True, radius_class="all"
    )

    decision = decide(replace(POLICY, network_policies=(everything,)), FACTS, NOW)

    assert decision.limits == Limits(session_seconds=3600, class_="all")


def test_denied_user_is_told_the_policy() -> None:
    decision = decide(with_settings(access=Access.DENY), ALICES, NOW)

    assert (decision.allow, decision.policy, decision.reach, decision.limits) == (False, "staff", None, None)
    assert [(reason.code, reason.name) for reason in decision.reasons] == [(65, "denied-by-policy")]


def test_user_and_device_do_not_open_each_others_tunnel() -> None:
    as_user = replace(FACTS, question=replace(QUESTION, tunnel="user", phase="eap", eap_type="eap-tls"))
    as_device = replace(ALICES, question=replace(ALICES.question, tunnel="device"))

    assert {reason.name for reason in decide(USERS, as_user, NOW).reasons} == {"wrong-template", "unknown-user"}
    assert {reason.name for reason in decide(USERS, as_device, NOW).reasons} == {"wrong-template", "unknown-device"}


def test_plan_without_a_user_tunnel_refuses_users() -> None:
    decision = decide(POLICY, ALICES, NOW)

    assert decision.reasons[0].name == "no-policy"
    assert decision.tried == ()


def test_unknown_kind_of_tunnel_is_refused() -> None:
    decision = decide(USERS, replace(FACTS, question=replace(QUESTION, tunnel="third")), NOW)

    assert [reason.name for reason in decision.reasons] == ["no-policy"]


def test_decision_about_a_user_is_filed_under_the_known_or_claimed_name() -> None:
    stranger = replace(ALICES, certificate=None, person=None)
    odd = replace(stranger, question=replace(stranger.question, identity="CN=x"))

    assert about(USERS, ALICES) == ALICE
    assert about(USERS, replace(stranger, question=replace(stranger.question, identity="Bob@Contoso.com"))) == (
        "bob@contoso.com"
    )
    assert about(USERS, odd) == ""
