"""Network policies as NPS tries them: in order, and the first whose conditions all hold decides, by its constraints.

What a gateway did not say is no value of a condition. A policy that denies takes it for one all the same: nobody gets
past a denial because a gateway is silent.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address
from typing import TypeAlias

from evertunnel.access.model import Check, Facts, Live, Policy, Tried
from evertunnel.access.words import checked, listed, moment
from evertunnel.plan import hours
from evertunnel.plan.policies import NetworkPolicy
from evertunnel.plan.tunnels import Tunnel

# What a constraint that is not met is called, as the network policy's own check is.
CHECK = "network policy"
GROUPS = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What conditions are about."""

    facts: Facts
    tunnel: Tunnel
    groups: frozenset[str]
    minute: int  # of the week


Unmet: TypeAlias = tuple[str, str] | None
Condition: TypeAlias = Callable[[NetworkPolicy, Situation], Unmet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A network policy with the conditions that it states.

    Most state groups and nothing else: then `groups` are those, and `outside` is what is said of whoever is in none.
    """

    policy: NetworkPolicy
    conditions: tuple[Condition, ...]
    groups: tuple[str, ...] = ()
    outside: Tried | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of trying the policies; `matched` is the one that decides."""

    tried: tuple[Tried, ...]
    checks: tuple[Check, ...]
    matched: NetworkPolicy | None = None


def try_all(policy: Policy, facts: Facts, tunnel: Tunnel, now: float) -> Trial:
    """Tries the network policies in turn, but for those that are about the other kind of tunnel alone."""
    minute = hours.minute(now, hours.zone(policy.zone))
    situation = Situation(facts=facts, tunnel=tunnel, groups=frozenset(facts.groups), minute=minute)
    tried: list[Tried] = []
    for stated in all_stated(policy, tunnel):
        outcome = outside(stated, situation)
        if outcome is None:
            each, failed = stated.policy, unmet(stated, situation)
            outcome = Tried(policy=each.name, failed=tuple(words for _, words in failed))
            if not failed:
                found = (_decided(each), *constraints(each, facts, now))
                return Trial(tried=(*tried, outcome), checks=found, matched=each)
        tried.append(outcome)
    return Trial(tried=tuple(tried), checks=(_none_matched(policy, situation),))


def outside(stated: Stated, situation: Situation) -> Tried | None:
    """What is said of a policy that asks for groups and nothing else, where somebody is in none of them."""
    return stated.outside if situation.groups.isdisjoint(stated.groups) else None


def unmet(stated: Stated, situation: Situation) -> list[tuple[str, str]]:
    """The conditions that do not hold, each by name and in words."""
    found = (condition(stated.policy, situation) for condition in stated.conditions)
    return [each for each in found if each is not None]


@lru_cache  # every decision goes through all of them
def all_stated(policy: Policy, tunnel: Tunnel) -> tuple[Stated, ...]:
    """The network policies that are about such a tunnel, in turn."""
    return tuple(_stated(each, tunnel) for each in policy.network_policies if concerns(each, tunnel))


def _stated(policy: NetworkPolicy, tunnel: Tunnel) -> Stated:
    conditions = tuple(condition for field, condition in CONDITIONS.items() if getattr(policy, field) is not None)
    groups = policy.user_groups if tunnel is Tunnel.USER else policy.device_groups
    if groups is None or len(conditions) > 1:
        return Stated(policy=policy, conditions=conditions)
    _, words = _none_of(groups, tunnel)
    return Stated(
        policy=policy, conditions=conditions, groups=groups, outside=Tried(policy=policy.name, failed=(words,))
    )


def concerns(policy: NetworkPolicy, tunnel: Tunnel) -> bool:
    """Whether it is about such a tunnel by its name or by whose groups it asks for: most are about one kind alone."""
    others = policy.user_groups if tunnel is Tunnel.DEVICE else policy.device_groups
    return others is None and (policy.tunnel is None or policy.tunnel is tunnel)


def _user_groups(policy: NetworkPolicy, situation: Situation) -> Unmet:
    return _membership(policy.user_groups or (), situation, Tunnel.USER)


def _device_groups(policy: NetworkPolicy, situation: Situation) -> Unmet:
    return _membership(policy.device_groups or (), situation, Tunnel.DEVICE)


def _membership(wanted: tuple[str, ...], situation: Situation, tunnel: Tunnel) -> Unmet:
    return _none_of(wanted, tunnel) if situation.groups.isdisjoint(wanted) else None


def _none_of(wanted: tuple[str, ...], tunnel: Tunnel) -> tuple[str, str]:
    return GROUPS, f"the {tunnel.value} is in none of: {listed(wanted)}"


def _gateways(policy: NetworkPolicy, situation: Situation) -> Unmet:
    return _said(policy, "gateway", situation.facts.question.gateway, policy.gateways or ())


def _gateway_addresses(policy: NetworkPolicy, situation: Situation) -> Unmet:
    networks, said = policy.gateway_addresses or (), situation.facts.question.gateway_address
    if not said and not policy.grants:
        return None
    try:
        address = IPv4Address(said)
    except AddressValueError:
        return "gateway address", f"{said!r} is no address"
    if any(address in network for network in networks):
        return None
    return "gateway address", f"{said} is in none of: {', '.join(map(str, networks))}"


def _port_types(policy: NetworkPolicy, situation: Situation) -> Unmet:
    return _said(policy, "port type", situation.facts.question.port_type, policy.port_types or ())


def _tunnel_types(policy: NetworkPolicy, situation: Situation) -> Unmet:
    return _said(policy, "tunnel type", situation.facts.question.tunnel_type, policy.tunnel_types or ())


def _eap_types(policy: NetworkPolicy, situation: Situation) -> Unmet:
    return _said(policy, "EAP type", situation.facts.question.eap_type, policy.eap_types or ())


def _templates(policy: NetworkPolicy, situation: Situation) -> Unmet:
    certificate = situation.facts.certificate
    return _said(policy, "template", certificate.template if certificate else "", policy.templates or ())


def _hours(policy: NetworkPolicy, situation: Situation) -> Unmet:
    wanted = policy.hours or ()
    if hours.week(wanted) >> situation.minute & 1:
        return None
    return "hours", f"it is {hours.words(situation.minute)}, outside of {', '.join(wanted)}"


def _said(policy: NetworkPolicy, name: str, said: str, wanted: Iterable[str] | Iterable[Enum]) -> Unmet:
    if not said and not policy.grants:
        return None
    values = [each.value if isinstance(each, Enum) else each for each in wanted]
    if said in values:
        return None
    return name, f"{name} {said!r} is none of: {', '.join(values)}"


# By the setting that states the condition: one that is left out is not looked at.
CONDITIONS: Mapping[str, Condition] = {
    "user_groups": _user_groups,
    "device_groups": _device_groups,
    "gateways": _gateways,
    "gateway_addresses": _gateway_addresses,
    "port_types": _port_types,
    "tunnel_types": _tunnel_types,
    "eap_types": _eap_types,
    "templates": _templates,
    "hours": _hours,
}


def _decided(policy: NetworkPolicy) -> Check:
    return checked(
        CHECK,
        f"{policy.name!r} matches and {'grants' if policy.grants else 'denies'}",
        met=policy.grants,
        refusal=(65, "denied-by-policy", f"Network policy {policy.name} denies access. Ask who wrote it."),
    )


def _none_matched(policy: Policy, situation: Situation) -> Check:
    near = [
        (stated.policy, unmet(stated, situation))
        for stated in all_stated(policy, situation.tunnel)
        if stated.policy.grants and stated.policy.is_about(situation.tunnel)
    ]
    said = f"none of {len(policy.network_policies)} matches"
    refusal = (48, "no-policy", "No network policy grants this kind of tunnel. Ask whoever writes the plan.")
    if near and all({name for name, _ in failed} == {GROUPS} for _, failed in near):
        kind = situation.tunnel.value
        wanted = listed(tuple(dict.fromkeys(group for each, _ in near for group in _groups(each, situation.tunnel))))
        said = f"member of {listed(tuple(sorted(situation.facts.groups)))}; one of {wanted} is needed"
        refusal = (48, "not-in-group", f"The {kind} is in no admitted group. Add it to one of: {wanted}.")
    elif near:
        nearest, failed = min(near, key=lambda each: (GROUPS in dict(each[1]), len(each[1])))
        what = "; ".join(words for _, words in failed)
        refusal = (48, "no-policy-matches", f"No network policy matches. The nearest is {nearest.name}: {what}.")
    return checked(CHECK, said, met=False, refusal=refusal)


def _groups(policy: NetworkPolicy, tunnel: Tunnel) -> Collection[str]:
    return (policy.user_groups if tunnel is Tunnel.USER else policy.device_groups) or ()


def constraints(policy: NetworkPolicy, facts: Facts, now: float) -> Iterator[Check]:
    """What the policy that decides demands, each a check; they are about users alone."""
    if facts.person is None or not policy.grants:
        return
    if policy.from_devices is not None:
        yield _from_devices(policy.from_devices, facts)
    if policy.sessions_per_user is not None:
        yield _sessions(policy.sessions_per_user, facts)
    if policy.session_seconds is not None and facts.since is not None:
        yield _time(policy.session_seconds, facts.since, now)


def earlier(facts: Facts) -> tuple[Live, ...]:
    """The user's other sessions that began before the asked one: of two that begin at once, one is always first."""
    if facts.since is None:
        return facts.live
    own = (facts.since, facts.question.session)
    return tuple(each for each in facts.live if (each.started, each.session) < own)


def _from_devices(wanted: tuple[str, ...], facts: Facts) -> Check:
    # Behind one address can be several devices, and the user may sit at any of them.
    seen = ", ".join(f"{origin.device} ({listed(origin.groups)})" for origin in facts.origins)
    more = f", and {facts.more_origins} more like these" if facts.more_origins else ""
    met = bool(facts.origins) and all(not set(wanted).isdisjoint(origin.groups) for origin in facts.origins)
    return checked(
        "from device",
        f"from {facts.question.outer or 'nowhere'}: {seen or 'no device tunnel is up from there'}{more}",
        met=met,
        refusal=(
            67,
            "device-not-allowed",
            f"The user may come from a device of {listed(wanted)} alone, with its device tunnel up.",
        ),
    )


def _sessions(most: int, facts: Facts) -> Check:
    others = earlier(facts)
    return checked(
        "sessions",
        f"{len(others)} other(s) of at most {most}",
        met=len(others) < most,
        refusal=(38, "too-many-sessions", f"The user has {most} session(s) already. End one of them."),
    )


def _time(most: int, since: float, now: float) -> Check:
    return checked(
        "session time",
        f"since {moment(since)}, at most {most} s",
        met=since + most - now >= 1,
        refusal=(38, "session-time-over", "The session has lasted as long as its policy allows. Connect again."),
    )
