"""Network policies that cannot do what they say: never matching, without effect, or letting in everybody."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from evertunnel.documents import shown
from evertunnel.plan import hours
from evertunnel.plan.findings import Finding, error, warning
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import ACCEPTED, NetworkPolicy, PortType, TunnelType
from evertunnel.plan.tunnels import Tunnel

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ._()-]{0,62}[A-Za-z0-9.)])?")
CLASS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
LISTS = (
    *("user_groups", "device_groups", "gateways", "gateway_addresses", "port_types", "tunnel_types", "eap_types"),
    *("templates", "hours", "from_devices"),
)
OF_USERS = ("session_seconds", "idle_seconds", "from_devices", "sessions_per_user", "pool", "fixed_address")
OF_GRANTS = (*OF_USERS, "interim_seconds", "reach", "radius_class")


def policies_have_names(plan: Plan) -> Iterator[Finding]:
    """Refuses names that cannot stand in records, and two policies of one name."""
    seen: dict[str, int] = {}
    for index, policy in enumerate(plan.network_policies):
        path = f"{_path(index)}.name"
        if not NAME.fullmatch(policy.name):
            mend = "Use at most 64 letters, digits, spaces, . _ - and brackets, beginning with a letter or digit."
            yield error(path, f"{shown(policy.name)} cannot be a policy's name", mend)
        first = seen.setdefault(policy.name.lower(), index)
        if first != index:
            yield error(path, f"{shown(policy.name)} is the name of {_path(first)} too", "Give each a name of its own.")


def lists_name_something(plan: Plan) -> Iterator[Finding]:
    """Refuses an empty list: it would never hold, and whoever emptied it may have meant always."""
    for index, policy in enumerate(plan.network_policies):
        for field in LISTS:
            if getattr(policy, field) == ():
                mend = "Name at least one, or leave the setting out, then it does not matter."
                yield error(f"{_path(index)}.{field}", "an empty list, so the policy lets nobody in", mend)


def hours_can_be_read(plan: Plan) -> Iterator[Finding]:
    """Refuses hours that are not written as hours, and empty ones."""
    for index, policy in enumerate(plan.network_policies):
        for place, text in enumerate(policy.hours or ()):
            try:
                hours.week([text])
            except ValueError as wrong:
                what, _, mend = str(wrong).partition("; ")
                yield error(f"{_path(index)}.hours[{place}]", what, f"{mend[:1].upper()}{mend[1:]}.")


def time_zone_is_known(plan: Plan) -> Iterator[Finding]:
    """Refuses a time zone that this system does not have."""
    try:
        hours.zone(plan.organisation.time_zone)
    except ValueError:
        what = f"{shown(plan.organisation.time_zone)} is no time zone here"
        yield error("organisation.time_zone", what, "Write it like Europe/Berlin; Debian has them in package tzdata.")


def policies_can_match(plan: Plan) -> Iterator[Finding]:
    """Refuses a policy whose conditions no tunnel of the plan can meet together."""
    for index, policy in enumerate(plan.network_policies):
        left: frozenset[Tunnel] = frozenset(Tunnel)
        for field, restriction in RESTRICTIONS:
            found = restriction(plan, policy)
            left &= found.tunnels
            if not left:
                yield error(f"{_path(index)}.{field}", f"the policy can never match: {found.what}", found.mend)
                break


def gateways_can_match(plan: Plan) -> Iterator[Finding]:
    """Refuses what no gateway or RADIUS client of the plan ever says: addresses, types of port and tunnel."""
    others = [client.address for client in plan.radius.clients.values()]
    inside = [host.internal.address.ip for host in plan.hosts_with(Role.GATEWAY).values() if host.internal]
    inside += others
    for index, policy in enumerate(plan.network_policies):
        networks = policy.gateway_addresses
        if networks and not any(address in network for address in inside for network in networks):
            what = f"the policy can never match: no gateway asks from {', '.join(map(str, networks))}"
            mend = f"Gateways ask from their internal addresses, clients from theirs: {', '.join(map(str, inside))}."
            yield error(f"{_path(index)}.gateway_addresses", what, mend)
        # What other RADIUS clients say is not known.
        if not others:
            yield from _never_said(f"{_path(index)}.port_types", policy.port_types, PortType.VIRTUAL)
            yield from _never_said(f"{_path(index)}.tunnel_types", policy.tunnel_types, TunnelType.ESP)


def settings_have_an_effect(plan: Plan) -> Iterator[Finding]:
    """Refuses what a device tunnel cannot have; warns of what a denial does nothing with."""
    for index, policy in enumerate(plan.network_policies):
        devices_alone = tunnels_of(plan, policy) == {Tunnel.DEVICE}
        for field in OF_GRANTS:
            path = f"{_path(index)}.{field}"
            if getattr(policy, field) in {None, False}:
                continue
            if not policy.grants:
                yield warning(path, "a policy that denies does nothing with it", "Leave it out.")
            elif devices_alone and field in OF_USERS:
                yield error(path, "it is about users, and the policy about devices", "Leave it out.")


def classes_can_be_carried(plan: Plan) -> Iterator[Finding]:
    """Refuses a Class that RADIUS could not carry as it stands."""
    for index, policy in enumerate(plan.network_policies):
        if policy.radius_class is not None and not CLASS.fullmatch(policy.radius_class):
            what = f"{shown(policy.radius_class)} cannot be a Class"
            yield error(
                f"{_path(index)}.radius_class",
                what,
                "Use at most 63 letters, digits, . _ and -, a letter or digit first.",
            )


def grants_name_groups(plan: Plan) -> Iterator[Finding]:
    """Warns of a grant to everybody who has a certificate."""
    for index, policy in enumerate(plan.network_policies):
        if policy.grants and policy.user_groups is None and policy.device_groups is None:
            what = "the policy grants without asking for a group: whoever has a certificate is let in"
            yield warning(_path(index), what, "Add user_groups or device_groups.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """The tunnels that a condition leaves, and what to say where it leaves none."""

    tunnels: frozenset[Tunnel]
    what: str = ""
    mend: str = ""


BOTH = frozenset(Tunnel)


def _by_tunnel(plan: Plan, policy: NetworkPolicy) -> Restriction:
    asked = BOTH if policy.tunnel is None else frozenset({policy.tunnel})
    there = BOTH if plan.user_tunnel is not None else frozenset({Tunnel.DEVICE})
    return Restriction(
        tunnels=asked & there, what="the plan has no user tunnel", mend="Add [user_tunnel], or leave the policy out."
    )


def _by_user_groups(_plan: Plan, policy: NetworkPolicy) -> Restriction:
    tunnels = BOTH if policy.user_groups is None else frozenset({Tunnel.USER})
    return Restriction(
        tunnels=tunnels, what="user groups are of the user tunnel", mend="Leave it out, or use the user tunnel."
    )


def _by_device_groups(_plan: Plan, policy: NetworkPolicy) -> Restriction:
    tunnels = BOTH if policy.device_groups is None else frozenset({Tunnel.DEVICE})
    mend = "For the device that a user comes from use from_devices; else leave it out."
    return Restriction(tunnels=tunnels, what="device groups are of the device tunnel", mend=mend)


def _by_templates(_plan: Plan, policy: NetworkPolicy) -> Restriction:
    accepted = frozenset(
        tunnel for tunnel, template in ACCEPTED.items() if policy.templates is None or template in policy.templates
    )
    return Restriction(
        tunnels=accepted,
        what="its tunnel accepts none of these templates",
        mend="The device tunnel accepts device, the user tunnel user.",
    )


def _by_eap_types(plan: Plan, policy: NetworkPolicy) -> Restriction:
    if policy.eap_types is None:
        return Restriction(tunnels=BOTH)
    offered = plan.user_tunnel.eap_types if plan.user_tunnel else ()
    names = ", ".join(each.value for each in offered)
    return Restriction(
        tunnels=frozenset() if set(offered).isdisjoint(policy.eap_types) else frozenset({Tunnel.USER}),
        what="its tunnel never offers these EAP types",
        mend=f"The user tunnel offers {names or 'none'} (user_tunnel.eap_types), the device tunnel none.",
    )


RESTRICTIONS: tuple[tuple[str, Callable[[Plan, NetworkPolicy], Restriction]], ...] = (
    ("tunnel", _by_tunnel),
    ("user_groups", _by_user_groups),
    ("device_groups", _by_device_groups),
    ("templates", _by_templates),
    ("eap_types", _by_eap_types),
)


def tunnels_of(plan: Plan, policy: NetworkPolicy) -> frozenset[Tunnel]:
    """The tunnels that a policy's conditions leave."""
    left: frozenset[Tunnel] = BOTH
    for _, restriction in RESTRICTIONS:
        left &= restriction(plan, policy).tunnels
    return left


def _never_said(path: str, wanted: Collection[Enum] | None, said: Enum) -> Iterator[Finding]:
    if wanted and said not in wanted:
        what = f"the policy can never match: the plan's gateways always say {said.value}"
        yield error(path, what, f"Add {said.value}, or leave it out.")


def _path(index: int) -> str:
    return f"network_policies[{index}]"


RULES = (
    policies_have_names,
    lists_name_something,
    hours_can_be_read,
    time_zone_is_known,
    policies_can_match,
    gateways_can_match,
    settings_have_an_effect,
    classes_can_be_carried,
    grants_name_groups,
)
