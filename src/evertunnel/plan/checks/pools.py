"""Size and overlaps of the address pools."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations

from evertunnel.documents import step
from evertunnel.plan.findings import Finding, error, warning
from evertunnel.plan.gateway import Pool
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import cards

# What home routers and phones hand out from the factory: a device there could not reach a pool with the same addresses.
HOME_NETWORKS = tuple(
    map(
        IPv4Network,
        (
            *("10.0.0.0/24", "10.0.1.0/24", "10.1.1.0/24", "172.20.10.0/28"),
            *("192.168.0.0/24", "192.168.1.0/24", "192.168.2.0/24", "192.168.8.0/24", "192.168.10.0/24"),
            *("192.168.42.0/24", "192.168.43.0/24", "192.168.50.0/24", "192.168.86.0/24", "192.168.88.0/24"),
            *("192.168.100.0/24", "192.168.178.0/24", "192.168.254.0/24"),
        ),
    )
)
NEVER = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
RANGE = "Choose another range for it, such as one of 10.64.0.0/10 that is free."


def pools_do_not_overlap(plan: Plan) -> Iterator[Finding]:
    """Refuses two pools that share addresses."""
    for (one, first), (other, second) in combinations(plan.gateway.pools.items(), 2):
        if first.network.overlaps(second.network):
            what = f"{second.network} overlaps pool {one} ({first.network})"
            yield error(_path(other), what, "Choose another range for one of them.")


def pools_are_apart_from_connected_networks(plan: Plan) -> Iterator[Finding]:
    """Refuses a pool inside a network that a host of the plan is connected to: answers would stay in that network."""
    for name, pool in plan.gateway.pools.items():
        networks = {card.network: card.path for card in reversed(list(cards(plan)))}
        for network, path in sorted(networks.items()):
            if pool.network.overlaps(network):
                yield error(_path(name), f"{pool.network} overlaps {network}, the network of {path}", RANGE)


def pools_are_apart_from_home_networks(plan: Plan) -> Iterator[Finding]:
    """Warns of a pool that a device's home network may have too."""
    for name, pool in plan.gateway.pools.items():
        for network in HOME_NETWORKS:
            if pool.network.overlaps(network):
                yield warning(_path(name), f"{pool.network} overlaps {network}, which many home networks use", RANGE)


def pools_are_unicast(plan: Plan) -> Iterator[Finding]:
    """Refuses a pool of addresses that no host can have."""
    for name, pool in plan.gateway.pools.items():
        if any(pool.network.overlaps(network) for network in NEVER):
            yield error(_path(name), f"{pool.network} has addresses that no host can have", RANGE)


def pools_hold_twice_their_identities(plan: Plan) -> Iterator[Finding]:
    """Refuses a pool that is too small for the identities that the plan gives it."""
    for name, pool in plan.gateway.pools.items():
        if usable(pool.network) < 2 * pool.identities:
            yield _too_small(name, pool, pool.identities)


def pool_problems(plan: Plan, known: Mapping[str, int]) -> tuple[Finding, ...]:
    """The errors of pools that hold too few addresses for the identities that are known (a number by pool name)."""
    pools = plan.gateway.pools
    return tuple(
        _too_small(name, pools[name], count)
        for name, count in known.items()
        if name in pools and usable(pools[name].network) < 2 * count
    )


def usable(network: IPv4Network) -> int:
    """How many addresses charon hands out of a pool: network and broadcast address stay out of use."""
    addresses = network.num_addresses
    return addresses - 2 if addresses > 2 else addresses


def _too_small(name: str, pool: Pool, identities: int) -> Finding:
    # charon keeps an identity's address for it only while free ones remain.
    enough = next(bits for bits in range(33) if usable(IPv4Network((0, 32 - bits))) >= 2 * identities)
    return error(
        _path(name),
        f"{pool.network} has {usable(pool.network)} addresses for {identities} identities",
        f"A pool holds at least twice its identities: use a /{32 - enough} or larger.",
    )


def _path(name: str) -> str:
    return step(step("gateway.pools", name), "network")


RULES = (
    pools_do_not_overlap,
    pools_are_apart_from_connected_networks,
    pools_are_apart_from_home_networks,
    pools_are_unicast,
    pools_hold_twice_their_identities,
)
