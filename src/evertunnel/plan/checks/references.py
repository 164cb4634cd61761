"""Groups, hosts, pools, reaches and exceptions that are named but not declared."""

import dataclasses
from collections.abc import Collection, Iterator

from evertunnel.documents import near, shown
from evertunnel.plan.findings import Finding, error
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan

EXCEPTIONS = ("weak-proposals",)


def groups_are_declared(plan: Plan) -> Iterator[Finding]:
    """Refuses groups that the directory does not have."""
    for path, names in _named_groups(plan).items():
        for index, name in enumerate(names):
            yield from _unless_known(f"{path}[{index}]", name, "group of directory.groups", plan.directory.groups)


def groups_are_declared_once(plan: Plan) -> Iterator[Finding]:
    """Refuses group names that differ by upper and lower case only, as a directory does."""
    seen: dict[str, str] = {}
    for index, name in enumerate(plan.directory.groups):
        if name.casefold() in seen:
            what = f"{shown(name)} is group {shown(seen[name.casefold()])} again"
            yield error(f"directory.groups[{index}]", what, "Declare each group once.")
        seen.setdefault(name.casefold(), name)


def reach_hosts_are_declared(plan: Plan) -> Iterator[Finding]:
    """Refuses reaches with hosts that the plan does not have, or that have no internal card."""
    for name, reach in plan.reach.items():
        for index, host in enumerate(reach.hosts):
            path = f"reach.{name}.hosts[{index}]"
            yield from _unless_known(path, host, "host of the plan", plan.hosts)
            if host in plan.hosts and plan.hosts[host].internal is None:
                yield error(
                    path, f"{host} has no internal card", f"Give hosts.{host} an internal card with its address."
                )


def published_hosts_are_declared(plan: Plan) -> Iterator[Finding]:
    """Refuses published ports of hosts that the plan does not have, or that have no external card."""
    for index, publication in enumerate(plan.firewall.publish):
        path, host = f"firewall.publish[{index}].host", publication.host
        yield from _unless_known(path, host, "host of the plan", plan.hosts)
        if host in plan.hosts and plan.hosts[host].external is None:
            yield error(
                path, f"{host} has no external card", f"Publish perimeter hosts only, or give hosts.{host} one."
            )


def device_tunnel_names_what_there_is(plan: Plan) -> Iterator[Finding]:
    """Refuses a pool or a reach that the plan does not have."""
    tunnel = plan.device_tunnel
    yield from _unless_known("device_tunnel.pool", tunnel.pool, "pool of gateway.pools", plan.gateway.pools)
    yield from _unless_known("device_tunnel.reach", tunnel.reach, "reach of the plan", plan.reach)


def user_tunnel_names_what_there_is(plan: Plan) -> Iterator[Finding]:
    """Refuses a pool or a reach that the plan does not have, and a name that the RADIUS server cannot prove."""
    tunnel = plan.user_tunnel
    if tunnel is None:
        return
    yield from _unless_known("user_tunnel.pool", tunnel.pool, "pool of gateway.pools", plan.gateway.pools)
    yield from _unless_known("user_tunnel.reach", tunnel.reach, "reach of the plan", plan.reach)
    proved = [f"{name}.{plan.organisation.domain}" for name in plan.hosts_with(Role.RADIUS)]
    if tunnel.aaa_name is not None and tunnel.aaa_name not in proved:
        what = f"{tunnel.aaa_name} is not the name in the RADIUS server's certificate"
        yield error("user_tunnel.aaa_name", what, f"Leave it out, or use {' or '.join(proved) or 'none'}.")


def policies_name_what_there_is(plan: Plan) -> Iterator[Finding]:
    """Refuses gateways, pools and reaches that the plan does not have."""
    gateways = (*plan.hosts_with(Role.GATEWAY), *plan.radius.clients)
    for index, policy in enumerate(plan.network_policies):
        path = f"network_policies[{index}]"
        for place, name in enumerate(policy.gateways or ()):
            yield from _unless_known(f"{path}.gateways[{place}]", name, "gateway or RADIUS client", gateways)
        if policy.pool is not None:
            yield from _unless_known(f"{path}.pool", policy.pool, "pool of gateway.pools", plan.gateway.pools)
        if policy.reach is not None:
            yield from _unless_known(f"{path}.reach", policy.reach, "reach of the plan", plan.reach)


def exceptions_are_known(plan: Plan) -> Iterator[Finding]:
    """Refuses exceptions that no check knows: a misspelt one would not do what was wished."""
    for index, name in enumerate(plan.exceptions):
        yield from _unless_known(f"exceptions[{index}]", name, "exception", EXCEPTIONS)


def _named_groups(plan: Plan) -> dict[str, tuple[str, ...]]:
    templates = plan.certificates.templates
    return {
        **{f"hosts.{name}.groups": host.groups for name, host in plan.hosts.items()},
        **{
            f"certificates.templates.{field.name}.groups": getattr(templates, field.name).groups
            for field in dataclasses.fields(templates)
        },
        "device_tunnel.groups": plan.device_tunnel.groups,
        "user_tunnel.groups": plan.user_tunnel.groups if plan.user_tunnel else (),
        **{
            f"network_policies[{index}].{field}": getattr(policy, field) or ()
            for index, policy in enumerate(plan.network_policies)
            for field in ("user_groups", "device_groups", "from_devices")
        },
    }


def _unless_known(path: str, name: str, kind: str, known: Collection[str]) -> Iterator[Finding]:
    if name not in known:
        yield error(path, f"{shown(name)} is no {kind}", near(name, known))


RULES = (
    groups_are_declared_once,
    groups_are_declared,
    published_hosts_are_declared,
    reach_hosts_are_declared,
    device_tunnel_names_what_there_is,
    user_tunnel_names_what_there_is,
    policies_name_what_there_is,
    exceptions_are_known,
)
