"""What another policy would change: who could connect no more, who could from then on, and which sessions would end.

Everybody is asked about in every situation that one of the two policies tells apart: by gateway, EAP type, hour of the
coming week, and device that a user comes from. People in the same groups get the same answers, so each mixture of
groups is decided about once.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from evertunnel.access import device, user
from evertunnel.access.decide import asked_tunnel, decide
from evertunnel.access.model import Decision, Facts, Gateway, Origin, Policy
from evertunnel.plan import hours
from evertunnel.plan.tunnels import Tunnel

NOBODY = Origin(device="")
SITUATIONAL = {"tunnel", "authentication"}
STEP = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody who may connect, as if asking now; `sessions` are the facts of those that are live."""

    facts: Facts
    sessions: tuple[Facts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would change for one of them: at the earliest, in words why, and how many live sessions would end."""

    name: str
    tunnel: str
    at: float
    why: str
    ends: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Who would lose access, wholly or at some time or place, who would gain it, and whose reach would be another."""

    losses: tuple[Change, ...] = ()
    gains: tuple[Change, ...] = ()
    moves: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where, how and when somebody might connect."""

    gateway: Gateway | None
    eap_type: str
    origins: tuple[Origin, ...]
    at: float


Compared = tuple[tuple[float, str] | None, tuple[float, str] | None, tuple[float, str] | None]


def changes(
    before: Policy, after: Policy, everyone: Iterable[Known], now: float, told: Callable[[int], None] = lambda _: None
) -> Changes:
    """Compares two policies for everyone; `told` hears how many are done, now and then."""
    if before == after:
        return Changes()
    all_situations = {tunnel: situations(before, after, tunnel, now) for tunnel in Tunnel}
    matter = frozenset(_groups(before) | _groups(after))
    seen: dict[tuple[Tunnel, frozenset[str]], Compared] = {}
    found: tuple[list[Change], list[Change], list[Change]] = ([], [], [])
    for count, known in enumerate(everyone, start=1):
        tunnel = asked_tunnel(known.facts)
        if tunnel is not None and is_identified(before, known.facts, now):
            key = (tunnel, matter.intersection(known.facts.groups))
            if key not in seen:
                seen[key] = _compared(before, after, known.facts, all_situations[tunnel], now)
            _collect(found, known, seen[key], tuple(_ended(before, after, known, now)))
        if count % STEP == 0:
            told(count)
    losses, gains, moves = (tuple(sorted(each, key=lambda change: (change.tunnel, change.name))) for each in found)
    return Changes(losses=losses, gains=gains, moves=moves)


def situations(before: Policy, after: Policy, tunnel: Tunnel, now: float) -> tuple[Situation, ...]:
    """All that the two policies may tell apart about a tunnel; the first is now, and the likeliest."""
    policies = [each for policy in (before, after) for each in policy.network_policies if each.is_about(tunnel)]
    gateways: tuple[Gateway | None, ...] = after.gateways or before.gateways or (None,)
    if not any(each.gateways is not None or each.gateway_addresses is not None for each in policies):
        gateways = gateways[:1]
    return tuple(
        Situation(gateway=gateway, eap_type=eap_type, origins=origins, at=at)
        for at, gateway, eap_type, origins in itertools.product(
            _moments(before, after, now), gateways, _eap_types(before, after, tunnel), _origins(before, after, tunnel)
        )
    )


def is_identified(policy: Policy, facts: Facts, now: float) -> bool:
    """Whether somebody is who they must be, whatever the policies say: the others have no access to lose or to gain."""
    is_user = asked_tunnel(facts) is Tunnel.USER
    checks = (user if is_user else device).checks(policy, facts, now)
    principal = facts.person if is_user else facts.computer
    return principal is not None and all(
        check.passed for check in checks if check is not None and check.name not in SITUATIONAL
    )


def _compared(before: Policy, after: Policy, facts: Facts, asked: Iterable[Situation], now: float) -> Compared:
    """The first situation in which access is lost, gained, moved."""
    lost = gained = moved = None
    # For everybody in the same groups: whose certificate ends when is another matter.
    facts = replace(facts, certificate=facts.certificate and replace(facts.certificate, not_after=now + 1e7))
    for situation in asked:
        put = in_situation(facts, situation)
        one, other = decide(before, put, situation.at), decide(after, put, situation.at)
        if one.allow and not other.allow:
            lost = lost or (situation.at, _refusal(other))
        elif other.allow and not one.allow:
            gained = gained or (situation.at, f"by policy {other.policy}")
        elif one.reach != other.reach:
            moved = moved or (situation.at, f"reach {one.reach} becomes {other.reach}, by policy {other.policy}")
    return lost, gained, moved


def in_situation(facts: Facts, situation: Situation) -> Facts:
    """The facts of somebody who asks in a situation."""
    question = replace(facts.question, eap_type=situation.eap_type)
    if situation.gateway is not None:
        gateway = situation.gateway
        question = replace(question, gateway=gateway.name, gateway_address=str(gateway.address))
    return replace(facts, question=question, origins=situation.origins)


def _ended(before: Policy, after: Policy, known: Known, now: float) -> Iterator[str]:
    for facts in known.sessions:
        refused = decide(after, facts, now)
        if not refused.allow and decide(before, facts, now).allow:
            yield _refusal(refused)


def _collect(
    found: tuple[list[Change], list[Change], list[Change]], known: Known, compared: Compared, ended: tuple[str, ...]
) -> None:
    losses, gains, moves = found
    lost, gained, moved = compared
    name = known.facts.certificate.principal if known.facts.certificate else ""
    change = Change(name=name, tunnel=known.facts.question.tunnel, at=0.0, why="", ends=len(ended))
    if lost is not None:
        losses.append(replace(change, at=lost[0], why=lost[1]))
    elif ended:
        losses.append(replace(change, why=ended[0]))
    if gained is not None:
        gains.append(replace(change, at=gained[0], why=gained[1], ends=0))
    if moved is not None:
        moves.append(replace(change, at=moved[0], why=moved[1], ends=0))


def _refusal(decision: Decision) -> str:
    reason = decision.reasons[0]
    return f"NPS reason {reason.code}, {reason.name}: {reason.sentence}"


def _groups(policy: Policy) -> set[str]:
    return {
        group for each in policy.network_policies for group in (*(each.user_groups or ()), *(each.device_groups or ()))
    }


def _eap_types(before: Policy, after: Policy, tunnel: Tunnel) -> tuple[str, ...]:
    if tunnel is Tunnel.DEVICE:
        return ("",)
    served = [each for each in (before.user, after.user) if each is not None]
    return tuple(dict.fromkeys(eap_type.value for each in served for eap_type in each.eap_types)) or ("",)


def _origins(before: Policy, after: Policy, tunnel: Tunnel) -> tuple[tuple[Origin, ...], ...]:
    """None, and a device of each mixture of groups that a policy demands."""
    wanted = [each.from_devices for policy in (before, after) for each in policy.network_policies if each.from_devices]
    if tunnel is Tunnel.DEVICE or not wanted:
        return ((),)
    mixtures = dict.fromkeys(frozenset(groups) for groups in wanted)
    return ((), *((replace(NOBODY, groups=tuple(sorted(groups))),) for groups in mixtures))


def _moments(before: Policy, after: Policy, now: float) -> tuple[float, ...]:
    """Now, and whenever in the coming week some hours begin or end."""
    ahead = {
        ((at - hours.minute(now, hours.zone(policy.zone))) % hours.WEEK) * 60
        for policy in (before, after)
        for each in policy.network_policies
        if each.hours is not None
        for at in hours.edges(hours.week(each.hours))
    }
    return (now, *(now + seconds for seconds in sorted(ahead - {0})))
