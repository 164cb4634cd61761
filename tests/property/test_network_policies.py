"""Network policies decide as NPS's do: against a tiny model of them, and by what must never happen."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.access import Facts, Policy, Question, decide
from evertunnel.access.changes import Known, changes
from evertunnel.access.model import Certificate, Computer, Live, Origin, Person, Posture, Served
from evertunnel.access.origins import asked_of, asking, enough
from evertunnel.plan.policies import Access, NetworkPolicy, PortType, Template
from evertunnel.plan.tunnels import EapType, Tunnel
from evertunnel.values import Fqdn, GroupName, HostName

DAY = 86_400.0
ALICE = "alice@corp.contoso.com"
GROUPS = [GroupName(name) for name in ("A", "B", "C")]
HOURS = ["Mon-Fri 07:00-19:00", "Sat,Sun 00:00-24:00", "Fri 22:00-06:00", "Thu 00:00-12:00"]
# The model's hours: UTC begins on a Thursday.
OPEN: dict[str, Callable[[int, float], bool]] = {
    "Mon-Fri 07:00-19:00": lambda day, hour: day < 5 and 7 <= hour < 19,
    "Sat,Sun 00:00-24:00": lambda day, hour: day >= 5,
    "Fri 22:00-06:00": lambda day, hour: (day == 4 and hour >= 22) or (day == 5 and hour < 6),
    "Thu 00:00-12:00": lambda day, hour: day == 3 and hour < 12,
}

times = st.floats(0, 14 * DAY)


def some(values: list[GroupName]) -> st.SearchStrategy[tuple[GroupName, ...] | None]:
    return st.none() | st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


conditions = st.fixed_dictionaries(
    {
        "tunnel": st.none() | st.sampled_from(Tunnel),
        "user_groups": some(GROUPS),
        "device_groups": st.none() | some(GROUPS),
        "gateways": st.none() | st.sampled_from([(HostName("gateway1"),), (HostName("gateway2"),)]),
        "port_types": st.none() | st.sampled_from([(PortType.VIRTUAL,), (PortType.ETHERNET,)]),
        "eap_types": st.none() | st.sampled_from([(each,) for each in EapType]),
        "templates": st.none() | st.sampled_from([(Template.USER,), (Template.DEVICE, Template.USER)]),
        "hours": st.none() | st.lists(st.sampled_from(HOURS), min_size=1, max_size=2).map(tuple),
    }
)
constraints = st.fixed_dictionaries(
    {
        "from_devices": st.none() | some(GROUPS),
        "sessions_per_user": st.none() | st.integers(1, 3),
        "session_seconds": st.none() | st.integers(60, 600),
    }
)


def made(access: Access) -> st.SearchStrategy[NetworkPolicy]:
    return st.builds(
        lambda name, which, bounds: NetworkPolicy(name=name, access=access, **which, **bounds),
        st.sampled_from("pqrst"),
        conditions,
        constraints if access is Access.GRANT else st.just({}),
    )


grants, denials = made(Access.GRANT), made(Access.DENY)
policies = st.lists(grants | denials, max_size=5).map(tuple)
origins = st.builds(Origin, device=st.sampled_from(["laptop1", "laptop2"]), groups=st.sampled_from([("A",), ("B",)]))
some_origins = st.builds(
    Origin, device=st.just("laptop3"), groups=st.lists(st.sampled_from(["A", "B", "C", "D"]), unique=True).map(tuple)
)
lives = st.builds(Live, session=st.sampled_from(["gw-1", "gw-2", "gw-3"]), started=st.floats(0, 1000))


def facts(tunnel: Tunnel) -> st.SearchStrategy[Facts]:
    """Somebody who is who they must be."""
    is_user = tunnel is Tunnel.USER
    name = ALICE if is_user else "laptop1"
    return st.builds(
        Facts,
        question=st.builds(
            Question,
            tunnel=st.just(tunnel.value),
            identity=st.just(ALICE if is_user else "CN=laptop1.corp.contoso.com, serialNumber=1"),
            serial=st.just("1"),
            gateway=st.sampled_from(["gateway1", "gateway2"]),
            port_type=st.just("Virtual"),
            eap_type=st.sampled_from([each.value for each in EapType]),
            phase=st.just("eap"),
            outer_name=st.just(name),
            session=st.just("gw-2"),
        ),
        certificate=st.just(
            Certificate(serial="1", template=tunnel.value, principal=name, not_before=0, not_after=365 * DAY)
        ),
        computer=st.just(None if is_user else Computer(name=name, kind="device", enabled=True)),
        person=st.just(Person(name=name, enabled=True) if is_user else None),
        groups=st.lists(st.sampled_from(GROUPS), unique=True).map(tuple),
        origins=st.lists(origins, max_size=2).map(tuple),
        live=st.lists(lives, max_size=3).map(tuple),
        since=st.none() | st.floats(0, 14 * DAY),
    )


everybody = facts(Tunnel.USER) | facts(Tunnel.DEVICE)


def policy_of(network_policies: tuple[NetworkPolicy, ...]) -> Policy:
    return Policy(
        domain=Fqdn("corp.contoso.com"),
        device=Served(reach="management"),
        user=Served(reach="intranet", eap_types=tuple(EapType)),
        network_policies=network_policies,
    )


def model_matches(policy: NetworkPolicy, known: Facts, now: float) -> bool:
    question, day, hour = known.question, int(now // DAY + 3) % 7, now % DAY / 3600
    is_user = question.tunnel == "user"
    groups = policy.user_groups if is_user else policy.device_groups
    others = policy.device_groups if is_user else policy.user_groups
    assert known.certificate is not None
    return (
        (policy.tunnel is None or policy.tunnel.value == question.tunnel)
        and others is None
        and (groups is None or bool(set(groups) & set(known.groups)))
        and (policy.gateways is None or question.gateway in policy.gateways)
        and (policy.port_types is None or PortType.VIRTUAL in policy.port_types)
        and (policy.eap_types is None or question.eap_type in [each.value for each in policy.eap_types])
        and (policy.templates is None or known.certificate.template in [each.value for each in policy.templates])
        and (policy.hours is None or any(OPEN[each](day, hour) for each in policy.hours))
    )


def concerns(policy: NetworkPolicy, known: Facts) -> bool:
    """Whether it may say anything of such a tunnel."""
    user = known.question.tunnel == "user"
    groups = policy.device_groups if user else policy.user_groups
    return groups is None and policy.tunnel in {None, Tunnel.USER if user else Tunnel.DEVICE}


@given(policies, everybody, times)
def test_first_match_wins_as_in_the_model(chosen: tuple[NetworkPolicy, ...], known: Facts, now: float) -> None:
    decision = decide(policy_of(chosen), known, now)
    place = next((index for index, each in enumerate(chosen) if model_matches(each, known, now)), None)

    assert decision.policy == (None if place is None else chosen[place].name)
    before = chosen if place is None else chosen[: place + 1]
    assert [each.policy for each in decision.tried] == [each.name for each in before if concerns(each, known)]
    if place is None:
        assert 48 in {reason.code for reason in decision.reasons}
    elif not chosen[place].grants:
        assert 65 in {reason.code for reason in decision.reasons}
    assert not decision.allow or (place is not None and chosen[place].grants)


@given(policies, grants | denials, everybody, times)
def test_a_policy_at_the_end_never_changes_who_was_matched_before(
    chosen: tuple[NetworkPolicy, ...], last: NetworkPolicy, known: Facts, now: float
) -> None:
    before, after = decide(policy_of(chosen), known, now), decide(policy_of((*chosen, last)), known, now)

    if before.policy is not None:
        assert after == before


@given(denials, policies, everybody, times)
def test_a_denial_before_everything_wins_wherever_it_matches(
    first: NetworkPolicy, chosen: tuple[NetworkPolicy, ...], known: Facts, now: float
) -> None:
    decision = decide(policy_of((first, *chosen)), known, now)

    if model_matches(first, known, now):
        assert not decision.allow
        assert decision.policy == first.name
    else:
        assert decision.allow == decide(policy_of(chosen), known, now).allow


def of_certificate(worse: Callable[[Certificate], Certificate]) -> Callable[[Facts], Facts]:
    return lambda known: replace(known, certificate=known.certificate and worse(known.certificate))


def of_person(worse: Callable[[Person], Person]) -> Callable[[Facts], Facts]:
    return lambda known: replace(known, person=known.person and worse(known.person))


STRANGER = Origin(device="stranger")
WORSE: tuple[Callable[[Facts], Facts], ...] = (
    lambda known: replace(known, certificate=None),
    lambda known: replace(known, person=None, computer=None),
    lambda known: replace(known, posture=Posture.NOT_COMPLIANT),
    lambda known: replace(known, origins=()),
    lambda known: replace(known, origins=(*known.origins, STRANGER)),
    lambda known: replace(known, live=(*known.live, Live(session="gw-0", started=0.0))),
    lambda known: replace(known, question=replace(known.question, tunnel="third")),
    lambda known: replace(known, question=replace(known.question, identity="anonymous")),
    lambda known: replace(known, question=replace(known.question, outer_name="anonymous", identity="anonymous")),
    lambda known: replace(known, question=replace(known.question, serial="2")),
    of_certificate(lambda certificate: replace(certificate, revoked=1.0)),
    of_certificate(lambda certificate: replace(certificate, template="mail")),
    of_certificate(lambda certificate: replace(certificate, not_after=0.0)),
    of_certificate(lambda certificate: replace(certificate, not_before=1e9)),
    of_person(lambda person: replace(person, enabled=False)),
    of_person(lambda person: replace(person, added=1e9)),
)


@given(policies, everybody, times, st.lists(st.sampled_from(WORSE), min_size=1, max_size=3))
def test_access_never_grows_when_a_fact_gets_worse(
    chosen: tuple[NetworkPolicy, ...], known: Facts, now: float, worsen: list[Callable[[Facts], Facts]]
) -> None:
    before = decide(policy_of(chosen), known, now)
    for each in worsen:
        known = each(known)

    assert before.allow or not decide(policy_of(chosen), known, now).allow


@given(st.lists(grants, max_size=4), everybody, times)
def test_who_leaves_a_group_is_let_in_by_no_grant_that_only_asks_for_groups(
    chosen: list[NetworkPolicy], known: Facts, now: float
) -> None:
    asking = tuple(replace(each, from_devices=None, sessions_per_user=None, session_seconds=None) for each in chosen)
    before, after = (decide(policy_of(asking), replace(known, groups=groups), now) for groups in (known.groups, ()))

    assert before.allow or not after.allow


@given(policies, everybody, times)
def test_answer_reasons_and_limits_agree(chosen: tuple[NetworkPolicy, ...], known: Facts, now: float) -> None:
    decision = decide(policy_of(chosen), known, now)

    assert decision.allow == (not decision.reasons)
    assert decision.allow == (decision.reach is not None) == (decision.limits is not None)
    if decision.limits is not None:
        assert 1 <= decision.limits.session_seconds <= 365 * DAY - now


@given(policies, facts(Tunnel.USER), times, st.lists(origins | some_origins, max_size=30))
def test_the_devices_that_are_told_give_the_answer_of_all(
    chosen: tuple[NetworkPolicy, ...], known: Facts, now: float, all_origins: list[Origin]
) -> None:
    policy = policy_of(chosen)
    asked = asked_of(asking(policy), known.groups)
    told, more = ((), 0) if asked is None else enough(all_origins, asked)
    short, whole = (
        decide(policy, replace(known, **of), now)
        for of in ({"origins": told, "more_origins": more}, {"origins": tuple(all_origins)})
    )

    assert (short.allow, short.policy, short.reasons) == (whole.allow, whole.policy, whole.reasons)
    assert len(told) + more in {0, len(all_origins)}


@given(policies, policies, everybody, times)
def test_who_would_lose_access_is_who_then_does(
    before: tuple[NetworkPolicy, ...], after: tuple[NetworkPolicy, ...], known: Facts, now: float
) -> None:
    one, other = policy_of(before), policy_of(after)
    found = changes(one, other, [Known(facts=known, sessions=(known,))], now)

    ended = decide(one, known, now).allow and not decide(other, known, now).allow
    assert sum(loss.ends for loss in found.losses) == int(ended)
