"""Routes as networks, for rules that ask what leads where."""

from collections.abc import Callable
from ipaddress import ip_network

from evertunnel.profiles.vpnv2.model import Route
from evertunnel.profiles.vpnv2.values import Address, Network


def network_of(route: Route) -> Network | None:
    """The route's network; None where the route is not complete or its prefix is too long."""
    if route.address is None or route.prefix is None or not 0 <= route.prefix <= route.address.max_prefixlen:
        return None
    return ip_network((route.address, route.prefix), strict=False)


def leads_to(routes: tuple[Route, ...]) -> Callable[[Address], bool]:
    """Whether one of the routes holds an address: asked by prefix, because there may be thousands of either."""
    networks = {network for network in map(network_of, routes) if network is not None}
    prefixes = {(network.version, network.prefixlen) for network in networks}

    def is_held(address: Address) -> bool:
        mine = (prefix for version, prefix in prefixes if version == address.version)
        return any(ip_network((address, prefix), strict=False) in networks for prefix in mine)

    return is_held
