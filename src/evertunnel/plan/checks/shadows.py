"""Network policies that an earlier one leaves nothing for."""

from collections.abc import Iterator, Sequence

from evertunnel.plan import hours
from evertunnel.plan.checks.policies import tunnels_of
from evertunnel.plan.findings import Finding, warning
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import ACCEPTED, NetworkPolicy
from evertunnel.plan.tunnels import Tunnel


def policies_are_not_shadowed(plan: Plan) -> Iterator[Finding]:
    """Warns of a policy all of whose matches an earlier one takes: it is as if it were not there."""
    policies = plan.policies_in_force()
    for index, later in enumerate(policies):
        for before, earlier in enumerate(policies[:index]):
            if tunnels_of(plan, later) and covers(plan, earlier, later):
                what = f"{earlier.name} (network_policies[{before}]) matches all that {later.name} could"
                yield warning(_path(plan, index, later), what, "Move it up, or leave one of them out.")
                break


def covers(plan: Plan, earlier: NetworkPolicy, later: NetworkPolicy) -> bool:
    """Whether every question that the later policy matches is matched by the earlier one."""
    tunnels = tunnels_of(plan, later)
    return (
        tunnels <= tunnels_of(plan, earlier)
        and all(
            _holds(getattr(earlier, field), wanted)
            for field, wanted in (
                ("user_groups", later.user_groups),
                ("device_groups", later.device_groups),
                ("gateways", later.gateways or (*plan.hosts_with(Role.GATEWAY), *plan.radius.clients)),
                ("port_types", later.port_types),
                ("tunnel_types", later.tunnel_types),
                ("eap_types", later.eap_types or _offered(plan, tunnels)),
                ("templates", [template for tunnel, template in ACCEPTED.items() if tunnel in tunnels]),
            )
        )
        and _addresses(earlier, later)
        and _hours(earlier, later)
    )


def _holds(earlier: Sequence[object] | None, later: Sequence[object] | None) -> bool:
    return earlier is None or (later is not None and set(later) <= set(earlier))


def _offered(plan: Plan, tunnels: frozenset[Tunnel]) -> Sequence[object] | None:
    return plan.user_tunnel.eap_types if plan.user_tunnel and tunnels == {Tunnel.USER} else None


def _addresses(earlier: NetworkPolicy, later: NetworkPolicy) -> bool:
    if earlier.gateway_addresses is None:
        return True
    return later.gateway_addresses is not None and all(
        any(each.subnet_of(network) for network in earlier.gateway_addresses) for each in later.gateway_addresses
    )


def _hours(earlier: NetworkPolicy, later: NetworkPolicy) -> bool:
    first, second = _week(earlier), _week(later)
    return first is not None and second is not None and second & ~first == 0


def _week(policy: NetworkPolicy) -> int | None:
    """The minutes of a policy; None where its hours cannot be read, of which another rule tells."""
    try:
        return hours.ALWAYS if policy.hours is None else hours.week(policy.hours)
    except ValueError:
        return None


def _path(plan: Plan, index: int, policy: NetworkPolicy) -> str:
    if index < len(plan.network_policies):
        return f"network_policies[{index}]"
    return f"{policy.name.strip('[]')}.groups"


RULES = (policies_are_not_shadowed,)
