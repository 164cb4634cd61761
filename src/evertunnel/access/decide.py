"""Allow or refuse a tunnel.

Every requirement is a check of its own, each looks at all it can, and all must pass. A check whose facts are missing
gives nothing, because the check that misses them has refused already.
"""

from collections.abc import Iterator
from dataclasses import replace

from evertunnel.access import device, user
from evertunnel.access.model import Check, Decision, Facts, Limits, Policy, Posture
from evertunnel.access.policies import Trial, earlier, try_all
from evertunnel.access.words import checked
from evertunnel.plan.policies import NetworkPolicy
from evertunnel.plan.tunnels import Tunnel

TUNNELS = {each.value: each for each in Tunnel}
SESSION_LIMIT = 2**31 - 1  # Session-Timeout is a 32-bit number (RFC 2865 5.27); some peers read it as signed


def decide(policy: Policy, facts: Facts, now: float) -> Decision:
    """The answer to a question; refused unless everything that is required is known and good."""
    asked = asked_tunnel(facts)
    served = policy.served(asked) if asked else None
    identity = identity_checks(policy, facts, now)
    principal = facts.person if asked is Tunnel.USER else facts.computer
    trial = Trial(tried=(), checks=())
    if asked is not None and served is not None and principal is not None:
        trial = try_all(policy, facts, asked, now)
    checks = (*identity, *trial.checks, _posture(facts))
    matched = trial.matched
    allow = all(check.passed for check in checks)
    return Decision(
        allow=allow and matched is not None and served is not None,
        checks=checks,
        device=principal.name if principal and asked is not Tunnel.USER else None,
        reach=matched.reach or served.reach if allow and matched and served else None,
        limits=_limits(matched, facts, now) if allow and matched and served else None,
        name=principal.name if principal else None,
        policy=matched.name if matched else None,
        tried=trial.tried,
    )


def about(policy: Policy, facts: Facts) -> str:
    """The device or user that a decision is filed under: the known one, else the one that the identity claims to be."""
    if facts.certificate is not None:
        return facts.certificate.principal
    return user.claimed_name(facts) if asked_tunnel(facts) is Tunnel.USER else device.claimed_name(policy, facts)


def asked_tunnel(facts: Facts) -> Tunnel | None:
    """The kind of tunnel that is asked for, if there is such a kind."""
    return TUNNELS.get(facts.question.tunnel)


def identity_checks(policy: Policy, facts: Facts, now: float) -> tuple[Check, ...]:
    """All that is asked before the network policies are."""
    checks = user.checks if asked_tunnel(facts) is Tunnel.USER and policy.user else device.checks
    return (_tunnel(policy, facts), *_made(checks(policy, facts, now)))


def _made(checks: Iterator[Check | None]) -> Iterator[Check]:
    return (check for check in checks if check is not None)


def _tunnel(policy: Policy, facts: Facts) -> Check:
    asked = asked_tunnel(facts)
    return checked(
        "tunnel",
        f"asked for {facts.question.tunnel!r}",
        met=asked is not None and policy.served(asked) is not None,
        refusal=(48, "no-policy", "No network policy covers this kind of tunnel. Connect the device tunnel."),
    )


def _posture(facts: Facts) -> Check:
    return checked(
        "posture",
        facts.posture.value,
        met=facts.posture is not Posture.NOT_COMPLIANT,
        refusal=(65, "not-compliant", "The device is reported as not compliant. Mend it, then report again."),
    )


def _limits(policy: NetworkPolicy, facts: Facts, now: float) -> Limits:
    end = facts.certificate.not_after if facts.certificate else now
    limits = Limits(
        session_seconds=int(min(end - now, SESSION_LIMIT)),
        interim_seconds=policy.interim_seconds,
        class_=policy.radius_class,
    )
    person = facts.person
    if person is None:
        return limits
    began = now if facts.since is None else facts.since
    most = SESSION_LIMIT if policy.session_seconds is None else policy.session_seconds
    # Two sessions cannot have one address: the first of them has it.
    is_free = all(each.inner != person.address for each in earlier(facts))
    return replace(
        limits,
        session_seconds=min(limits.session_seconds, int(began + most - now)),
        idle_seconds=policy.idle_seconds,
        pool=policy.pool,
        address=person.address if policy.fixed_address and is_free else None,
    )
