"""Routes as networks, for rules that ask what leads where."""

from collections.abc import Callable, Iterable
from ipaddress import ip_network

from evertunnel.profiles.vpnv2.model import Route
from evertunnel.profiles.vpnv2.values import Address, Network


def network_of(route: Route) -> Network | None:
    """The route's network; None where the route is not complete or its prefix is too long."""
    if route.address is None or route.prefix is None or not 0 <= route.prefix <= route.address.max_prefixlen:
        return None
    return ip_network((route.address, route.prefix), strict=False)


def networks_of(routes: Iterable[Route]) -> frozenset[Network]:
    """The networks of those routes that are complete."""
    return frozenset(network for network in map(network_of, routes) if network is not None)


def around(networks: frozenset[Network]) -> Callable[[Network], Network | None]:
    """The narrowest of the networks that is wider than a given one and holds it; None where there is none."""
    prefixes = sorted({(network.version, network.prefixlen) for network in networks}, reverse=True)

    def wider(network: Network) -> Network | None:
        mine = (prefix for version, prefix in prefixes if version == network.version and prefix < network.prefixlen)
        return next(
            (each for each in (network.supernet(new_prefix=prefix) for prefix in mine) if each in networks), None
        )

    return wider


def leads_to(routes: tuple[Route, ...]) -> Callable[[Address], bool]:
    """Whether one of the routes holds an address: asked by prefix, because there may be thousands of either."""
    networks = networks_of(routes)
    prefixes = {(network.version, network.prefixlen) for network in networks}

    def is_held(address: Address) -> bool:
        mine = (prefix for version, prefix in prefixes if version == address.version)
        return any(ip_network((address, prefix), strict=False) in networks for prefix in mine)

    return is_held
