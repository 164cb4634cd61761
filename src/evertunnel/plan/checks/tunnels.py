"""Microsoft's rules for the device tunnel, and what makes a tunnel useless."""

from collections.abc import Iterator

from evertunnel.plan.checks.pools import HOME_NETWORKS
from evertunnel.plan.findings import Finding, error, warning
from evertunnel.plan.firewall import Protocol
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import only_host

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


def device_tunnel_routes_leave_the_gateway_outside(plan: Plan) -> Iterator[Finding]:
    """Refuses a route over the gateway's own address: the tunnel would have to pass through itself."""
    gateway = only_host(plan, Role.GATEWAY)
    if gateway is None or gateway.external is None:
        return
    for index, route in enumerate(plan.device_tunnel.routes):
        if gateway.external.address.ip in route:
            what = f"{route} covers the gateway's external address {gateway.external.address.ip}"
            yield error(f"device_tunnel.routes[{index}]", what, "Name narrower networks.")


def device_tunnel_routes_are_apart_from_homes(plan: Plan) -> Iterator[Finding]:
    """Warns of a route that takes a device's home network away from it."""
    for index, route in enumerate(plan.device_tunnel.routes):
        taken = [str(network) for network in HOME_NETWORKS if network.overlaps(route)]
        if taken:
            what = f"{route} overlaps {', '.join(taken[:3])}, which many home networks use"
            yield warning(f"device_tunnel.routes[{index}]", what, "Name narrower networks, or single hosts.")


def someone_may_use_the_device_tunnel(plan: Plan) -> Iterator[Finding]:
    """Refuses a device tunnel for no group; warns when no such device may have a certificate."""
    groups, enrolling = set(plan.device_tunnel.groups), set(plan.certificates.templates.device.groups)
    if not groups:
        yield error("device_tunnel.groups", "no group, so no device is admitted", "Name a group of devices.")
    elif not groups & enrolling:
        what = "none of these groups may have a certificate of template device"
        yield warning("device_tunnel.groups", what, "Name one of certificates.templates.device.groups.")


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


RULES = (
    device_tunnel_is_split,
    device_tunnel_has_no_eap,
    device_tunnel_has_no_name_rules,
    device_tunnel_routes_are_no_default_route,
    device_tunnel_routes_leave_the_gateway_outside,
    device_tunnel_routes_are_apart_from_homes,
    someone_may_use_the_device_tunnel,
    reaches_lead_somewhere,
    publications_leave_ike_alone,
)
