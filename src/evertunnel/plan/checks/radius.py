"""RADIUS clients beside the plan's gateways."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from evertunnel.plan.findings import Finding, error
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import cards


def clients_have_names_of_their_own(plan: Plan) -> Iterator[Finding]:
    """Refuses a client that is called as a host: the ledger and the policies know both by their names."""
    for name in plan.radius.clients:
        if name in plan.hosts:
            mend = "Gateways of the plan are clients already; give another machine another name."
            yield error(f"radius.clients.{name}", f"{name} is a host of the plan", mend)


def clients_have_addresses_of_their_own(plan: Plan) -> Iterator[Finding]:
    """Refuses an address that is another's: FreeRADIUS knows its clients by nothing else."""
    taken: dict[IPv4Address, str] = {card.address: card.path for card in cards(plan)}
    for name, client in plan.radius.clients.items():
        path = f"radius.clients.{name}"
        other = taken.setdefault(client.address, path)
        if other != path:
            what = f"{client.address} is the address of {other} too"
            yield error(f"{path}.address", what, "Give the address that the client asks from.")


def clients_have_addresses_of_hosts(plan: Plan) -> Iterator[Finding]:
    """Refuses what is no host's address, and a pool's: whoever comes through a tunnel would be a client."""
    for name, client in plan.radius.clients.items():
        address, path = client.address, f"radius.clients.{name}.address"
        if address.is_loopback or address.is_multicast or address.is_unspecified or address.is_link_local:
            yield error(path, f"{address} is no address of a host", "Give the address that the client asks from.")
        for pool, its in plan.gateway.pools.items():
            if address in its.network:
                yield error(path, f"{address} is in pool {pool}", "Give the address that the client asks from.")


RULES = (clients_have_names_of_their_own, clients_have_addresses_of_their_own, clients_have_addresses_of_hosts)
