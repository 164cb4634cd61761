"""What goes through the tunnel: split and force, routes, exclusions."""

from collections.abc import Iterator

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.networks import network_of
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import NATIVE, ROOT, Subject, nth
from evertunnel.profiles.vpnv2.model import Protocol
from evertunnel.profiles.vpnv2.values import Network

ROUTE = f"{ROOT}/Route"
POLICY = f"{NATIVE}/RoutingPolicyType"
CLASS_ROUTE = f"{NATIVE}/DisableClassBasedDefaultRoute"


@rule("RT001", Severity.WARNING, Class.TRAP)
def split_tunnel_leads_somewhere(subject: Subject) -> Iterator[Found]:
    """A split tunnel without its class-based route has routes.

    DisableClassBasedDefaultRoute takes away the one route that Windows makes by itself. Without Route elements, and
    without PlumbIKEv2TSAsRoutes, the tunnel comes up and carries nothing but what the gateway hands out by DHCP.
    """
    native = subject.native
    if subject.is_split and native.no_class_route and not subject.routes and not native.routes_of_gateway:
        yield Found(
            CLASS_ROUTE,
            "the class-based route is off and there is no other, so nothing goes through the tunnel",
            "Add Route elements for the networks inside.",
        )


@rule("RT002", Severity.NOTE, Class.TRAP)
def split_tunnel_says_where(subject: Subject) -> Iterator[Found]:
    """A split tunnel has routes.

    Without them only the class of the address that the client gets is routed: all of 10.0.0.0/8 for an address in
    10.
    """
    native = subject.native
    is_lone = not subject.routes and not native.routes_of_gateway
    if subject.is_split and not native.no_class_route and is_lone and not subject.is_lockdown:
        yield Found(
            POLICY,
            "without routes only the class of the tunnel's own address is routed, like 10.0.0.0/8",
            "Add Route elements for the networks inside, and DisableClassBasedDefaultRoute.",
        )


@rule("RT003", Severity.WARNING, Class.CONTRADICTION)
def force_tunnel_keeps_its_route(subject: Subject) -> Iterator[Found]:
    """A force tunnel keeps its routes.

    DisableClassBasedDefaultRoute is for split tunnels. In a force tunnel leave it out.
    """
    if subject.is_force and subject.native.no_class_route and not subject.is_device:
        yield Found(CLASS_ROUTE, "it is for split tunnels, and this one takes everything", "Delete it.")


@rule("RT004", Severity.WARNING, Class.CONTRADICTION)
def force_tunnel_needs_no_routes(subject: Subject) -> Iterator[Found]:
    """A force tunnel has no routes but exclusions.

    Everything goes through it already.
    """
    if not subject.is_force or subject.is_device:
        return
    for index, route in enumerate(subject.profile.routes):
        if not route.exclusion:
            yield Found(
                nth(ROUTE, index),
                "the tunnel takes everything already, so the route says nothing",
                "Delete it, or write SplitTunnel if only the routes are meant.",
            )


@rule("RT005", Severity.NOTE, Class.TRAP)
def policy_is_said(subject: Subject) -> Iterator[Found]:
    """A native profile says split or force.

    Left out, Windows' default holds, which Microsoft's pages call force tunnelling.
    """
    is_elsewhere = subject.is_device or subject.is_lockdown or not subject.is_whole
    if subject.is_native and subject.native.routing is None and not is_elsewhere and not subject.is_told(POLICY):
        yield Found(
            POLICY, "split or force is not said, and Windows' default is force", "Write SplitTunnel or ForceTunnel."
        )


@rule("RT006", Severity.ERROR, Class.VALUE)
def route_is_complete(subject: Subject) -> Iterator[Found]:
    """A Route has an address and a prefix.

    Windows needs both.
    """
    for index, route in enumerate(subject.profile.routes):
        path = nth(ROUTE, index)
        for name, value in (("Address", route.address), ("PrefixSize", route.prefix)):
            if value is None and not subject.is_told(f"{path}/{name}"):
                yield Found(path, f"it has no {name}", f"Add {name}.")


@rule("RT007", Severity.ERROR, Class.VALUE)
def prefix_fits(subject: Subject) -> Iterator[Found]:
    """A prefix is at most 32, or 128 for IPv6.

    A longer one is no network.
    """
    for index, route in enumerate(subject.profile.routes):
        if route.address is None or route.prefix is None:
            continue
        if not 0 <= route.prefix <= route.address.max_prefixlen:
            yield Found(
                f"{nth(ROUTE, index)}/PrefixSize",
                f"{route.prefix} is no prefix of {route.address}",
                f"Write 0 to {route.address.max_prefixlen}.",
            )


@rule("RT008", Severity.WARNING, Class.VALUE)
def address_begins_its_network(subject: Subject) -> Iterator[Found]:
    """A route's address is the first of its network.

    10.0.0.5 with prefix 24 may be meant as a host or as the network; what Windows makes of it is not said.
    """
    for index, route in enumerate(subject.profile.routes):
        network = network_of(route)
        if network is not None and network.network_address != route.address:
            yield Found(
                f"{nth(ROUTE, index)}/Address",
                f"{route.address} lies inside of {network}, it does not begin it",
                f"Write {network.network_address}, or the prefix {network.max_prefixlen} for the one host.",
            )


@rule("RT009", Severity.WARNING, Class.CONTRADICTION)
def default_route_is_force(subject: Subject) -> Iterator[Found]:
    """A split tunnel has no default route.

    A route of prefix 0 makes a force tunnel of it, without what Windows ties to ForceTunnel, like the proxy.
    """
    for index, route in enumerate(subject.profile.routes):
        if route.prefix == 0 and subject.is_split and not route.exclusion:
            yield Found(
                nth(ROUTE, index),
                "a default route makes a force tunnel of one that says it is split",
                "Write ForceTunnel and delete the route, or name the networks inside.",
            )


@rule("RT010", Severity.ERROR, Class.CONTRADICTION)
def network_goes_one_way(subject: Subject) -> Iterator[Found]:
    """A network goes through the tunnel or past it.

    The same network as route and as exclusion contradicts itself.
    """
    inside = {network_of(route) for route in subject.routes}
    for index, route in enumerate(subject.profile.routes):
        network = network_of(route)
        if route.exclusion and network is not None and network in inside:
            yield Found(nth(ROUTE, index), f"{network} is both a route and an exclusion", "Delete one of the two.")


@rule("RT011", Severity.NOTE, Class.TRAP)
def routes_differ(subject: Subject) -> Iterator[Found]:
    """Each route stands once.

    A second one of the same network says nothing, or contradicts the first by its metric.
    """
    seen: set[tuple[Network, bool]] = set()
    for index, route in enumerate(subject.profile.routes):
        network = network_of(route)
        if network is None:
            continue
        key = (network, bool(route.exclusion))
        if key in seen:
            yield Found(nth(ROUTE, index), f"{network} stands twice", "Delete one.")
        seen.add(key)


@rule("RT012", Severity.WARNING, Class.CONTRADICTION)
def selectors_are_of_ikev2(subject: Subject) -> Iterator[Found]:
    """PlumbIKEv2TSAsRoutes needs IKEv2.

    Only IKEv2 has traffic selectors that could become routes.
    """
    if subject.native.routes_of_gateway and subject.protocols and Protocol.IKEV2 not in subject.protocols:
        yield Found(f"{NATIVE}/PlumbIKEv2TSAsRoutes", "only IKEv2 has traffic selectors", "Delete it, or use IKEv2.")


@rule("RT013", Severity.NOTE, Class.TRAP)
def force_tunnel_is_alone(subject: Subject) -> Iterator[Found]:
    """A force tunnel is alone.

    Windows has no second tunnel beside it, so a device tunnel and a force tunnel for users do not go together.
    """
    if subject.is_force and not subject.is_device and not subject.is_lockdown:
        yield Found(POLICY, "beside a force tunnel there is no device tunnel", "Write SplitTunnel if there is one.")


RULES = (
    split_tunnel_leads_somewhere,
    split_tunnel_says_where,
    force_tunnel_keeps_its_route,
    force_tunnel_needs_no_routes,
    policy_is_said,
    route_is_complete,
    prefix_fits,
    address_begins_its_network,
    default_route_is_force,
    network_goes_one_way,
    routes_differ,
    selectors_are_of_ikev2,
    force_tunnel_is_alone,
)
