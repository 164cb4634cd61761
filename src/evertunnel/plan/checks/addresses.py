"""Cards and their networks."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address

from evertunnel.documents import shown
from evertunnel.plan.findings import Finding, error
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import Card, cards

INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
POINT_TO_POINT = 31  # RFC 3021: a /31 has no network and no broadcast address


def cards_of_a_host_are_in_two_networks(plan: Plan) -> Iterator[Finding]:
    """Refuses both cards of a host in overlapping networks: the host could not tell outside from inside."""
    for name, host in plan.hosts.items():
        if host.external and host.internal and host.external.address.network.overlaps(host.internal.address.network):
            yield error(
                f"hosts.{name}",
                f"both cards are in one subnet ({host.external.address} and {host.internal.address})",
                "Give the external and the internal card networks of their own.",
            )


def cards_of_a_host_have_two_interfaces(plan: Plan) -> Iterator[Finding]:
    """Refuses one interface for both cards of a host."""
    for name, host in plan.hosts.items():
        if host.external and host.internal and host.external.interface == host.internal.interface:
            yield error(
                f"hosts.{name}.internal.interface",
                f"{shown(host.internal.interface)} is the external card too",
                "Name another interface for one of the two cards.",
            )


def interface_names_are_linux_names(plan: Plan) -> Iterator[Finding]:
    """Refuses interface names that the kernel, or a quoted nft rule, would not take."""
    for card in cards(plan):
        if not INTERFACE.fullmatch(card.nic.interface):
            yield error(
                f"{card.path}.interface",
                f"{shown(card.nic.interface)} is not an interface name",
                "Use at most 15 letters, digits, dots, hyphens and underscores, beginning with a letter or digit.",
            )


def addresses_are_unique(plan: Plan) -> Iterator[Finding]:
    """Refuses an address that two cards have."""
    first: dict[IPv4Address, Card] = {}
    for card in cards(plan):
        other = first.setdefault(card.address, card)
        if other is not card:
            yield error(
                f"{card.path}.address", f"{card.address} is the address of {other.path} too", "Give each card its own."
            )


def addresses_are_usable(plan: Plan) -> Iterator[Finding]:
    """Refuses addresses that no card can have, such as a network's own or its broadcast address."""
    for card in cards(plan):
        if not _is_usable(card):
            yield error(
                f"{card.path}.address",
                f"{card.nic.address} is not an address that a card can have",
                f"Use a host address of {card.network}, or another network.",
            )


def next_hops_are_neighbours(plan: Plan) -> Iterator[Finding]:
    """Refuses a next hop that is not in its card's network, or is the card itself."""
    for card in cards(plan):
        hop = card.nic.next_hop
        if hop is not None and (hop not in card.network or hop == card.address):
            yield error(
                f"{card.path}.next_hop",
                f"{hop} is not another host of {card.network}",
                "Name the router's address in the card's own network.",
            )


def networks_are_equal_or_apart(plan: Plan) -> Iterator[Finding]:
    """Refuses networks of two cards that overlap without being the same: one of the prefixes is wrong."""
    seen: list[Card] = []
    for card in cards(plan):
        other = next((other for other in seen if card.network.overlaps(other.network)), None)
        if other is None:
            seen.append(card)
        elif card.network != other.network:
            yield error(
                f"{card.path}.address",
                f"{card.network} overlaps {other.network} of {other.path}",
                "Use the same prefix on both, or networks apart.",
            )


def _is_usable(card: Card) -> bool:
    address, network = card.address, card.network
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_reserved:
        return False
    if network.prefixlen == 0:
        return False
    return network.prefixlen >= POINT_TO_POINT or address not in {network.network_address, network.broadcast_address}


RULES = (
    interface_names_are_linux_names,
    cards_of_a_host_have_two_interfaces,
    cards_of_a_host_are_in_two_networks,
    addresses_are_unique,
    addresses_are_usable,
    next_hops_are_neighbours,
    networks_are_equal_or_apart,
)
