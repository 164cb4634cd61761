"""Microsoft's rules for the device tunnel, and what makes a tunnel useless."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from evertunnel.plan.checks.pools import HOME_NETWORKS
from evertunnel.plan.findings import Finding, error, warning
from evertunnel.plan.firewall import Protocol
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import grants
from evertunnel.plan.topology import only_host
from evertunnel.plan.tunnels import Tunnel
from evertunnel.values import GroupName

IKE_PORTS = (500, 4500)
SHORTEST_ROUTE = 8  # shorter prefixes are a default route in pieces


def device_tunnel_is_split(plan: Plan) -> Iterator[Finding]:
    """Refuses force tunnel on the device tunnel: Windows allows split only."""
    if plan.device_tunnel.force_tunnel:
        yield error("device_tunnel.force_tunnel", "a device tunnel cannot be a force tunnel", "Leave it out.")


def device_tunnel_has_no_eap(plan: Plan) -> Iterator[Finding]:
    """Refuses EAP on the device tunnel: it authenticates by machine certificate."""
    if plan.device_tunnel.eap:
        yield error("device_tunnel.eap", "a device tunnel authenticates by machine certificate alone", "Leave it out.")


def device_tunnel_has_no_name_rules(plan: Plan) -> Iterator[Finding]:
    """Refuses name resolution rules on the device tunnel: Windows ignores them there."""
    if plan.device_tunnel.name_rules:
        yield error("device_tunnel.name_rules", "a device tunnel knows no name resolution rules", "Leave them out.")


def device_tunnel_routes_are_no_default_route(plan: Plan) -> Iterator[Finding]:
    """Refuses a default route on the device tunnel, also in pieces: that is a force tunnel."""
    for index, route in enumerate(plan.device_tunnel.routes):
        if route.prefixlen < SHORTEST_ROUTE:
            yield error(
                f"device_tunnel.routes[{index}]",
                f"{route} sends nearly everything into a tunnel that must be split",
                f"Name the inside networks, each with a prefix of /{SHORTEST_ROUTE} or longer.",
            )


def tunnel_routes_leave_the_gateway_outside(plan: Plan) -> Iterator[Finding]:
    """Refuses a route over the gateway's own address: the tunnel would have to pass through itself."""
    gateway = only_host(plan, Role.GATEWAY)
    if gateway is None or gateway.external is None:
        return
    for path, route in _routes(plan):
        if gateway.external.address.ip in route:
            what = f"{route} covers the gateway's external address {gateway.external.address.ip}"
            yield error(path, what, "Name narrower networks.")


def tunnel_routes_are_apart_from_homes(plan: Plan) -> Iterator[Finding]:
    """Warns of a route that takes a device's home network away from it."""
    for path, route in _routes(plan):
        taken = [str(network) for network in HOME_NETWORKS if network.overlaps(route)]
        if taken:
            what = f"{route} overlaps {', '.join(taken[:3])}, which many home networks use"
            yield warning(path, what, "Name narrower networks, or single hosts.")


def someone_may_use_the_tunnels(plan: Plan) -> Iterator[Finding]:
    """Refuses a tunnel for no group; warns when nobody in its groups may have a certificate."""
    templates, user = plan.certificates.templates, plan.user_tunnel
    yield from _someone_may(plan, Tunnel.DEVICE, plan.device_tunnel.groups, templates.device.groups)
    if user is not None:
        yield from _someone_may(plan, Tunnel.USER, user.groups, templates.user.groups)


def users_can_authenticate(plan: Plan) -> Iterator[Finding]:
    """Refuses a user tunnel that offers no EAP type."""
    if plan.user_tunnel is not None and not plan.user_tunnel.eap_types:
        yield error("user_tunnel.eap_types", "an empty list, so no user is authenticated", "Name one, like eap-tls.")


def reaches_lead_somewhere(plan: Plan) -> Iterator[Finding]:
    """Refuses a reach without hosts, and one that leads to the gateway itself, which tunnels never reach."""
    for name, reach in plan.reach.items():
        if not reach.hosts:
            yield error(f"reach.{name}.hosts", "no host, so nothing can be reached", "Name at least one inside host.")
        for index, host in enumerate(reach.hosts):
            if host in plan.hosts_with(Role.GATEWAY):
                what = f"{host} is the gateway, which tunnels never reach"
                yield error(f"reach.{name}.hosts[{index}]", what, "Name inside hosts only.")


def publications_leave_ike_alone(plan: Plan) -> Iterator[Finding]:
    """Refuses to publish the gateway's IKE ports by hand: the plan opens them already."""
    for index, publication in enumerate(plan.firewall.publish):
        ike = publication.protocol is Protocol.UDP and publication.port in IKE_PORTS
        if ike and publication.host in plan.hosts_with(Role.GATEWAY):
            what = f"UDP {publication.port} of the gateway is let in already"
            yield error(f"firewall.publish[{index}]", what, "Leave it out.")


def _routes(plan: Plan) -> Iterator[tuple[str, IPv4Network]]:
    for name, tunnel in (("device_tunnel", plan.device_tunnel), ("user_tunnel", plan.user_tunnel)):
        for index, route in enumerate(tunnel.routes if tunnel else ()):
            yield f"{name}.routes[{index}]", route


def _someone_may(
    plan: Plan, tunnel: Tunnel, groups: tuple[GroupName, ...], enrolling: tuple[GroupName, ...]
) -> Iterator[Finding]:
    kind = tunnel.value
    path = f"{kind}_tunnel.groups"
    granted = grants(plan.network_policies, tunnel)
    if granted and groups:
        what = f"not used, because network policies say which {kind}s are let in"
        yield error(path, what, "Leave it out, or make it a network policy, the last of all.")
    elif not granted and not groups:
        mend = f"Name a group of {kind}s, or add a network policy that grants."
        yield error(path, f"no group, so no {kind} is admitted", mend)
    elif groups and set(groups).isdisjoint(enrolling):
        what = f"none of these groups may have a certificate of template {kind}"
        yield warning(path, what, f"Name one of certificates.templates.{kind}.groups.")


RULES = (
    device_tunnel_is_split,
    device_tunnel_has_no_eap,
    device_tunnel_has_no_name_rules,
    device_tunnel_routes_are_no_default_route,
    tunnel_routes_leave_the_gateway_outside,
    tunnel_routes_are_apart_from_homes,
    someone_may_use_the_tunnels,
    users_can_authenticate,
    reaches_lead_somewhere,
    publications_leave_ike_alone,
)
