"""Name rules for clients that have one set of DNS servers for the tunnel, and not one for each rule."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from evertunnel.plan.profiles import NameRule

EVERY_NAME = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Servers, and the domains that they are asked about; the empty domain is every name."""

    servers: tuple[IPv4Address, ...]
    domains: tuple[str, ...]


def resolver_of(rules: tuple[NameRule, ...]) -> Resolver | None:
    """The servers of the first rule that names some, for all rules that name the same."""
    servers = next((rule.dns_servers for rule in rules if rule.dns_servers), ())
    if not servers:
        return None
    return Resolver(servers=servers, domains=tuple(domain_of(rule) for rule in rules if rule.dns_servers == servers))


def domain_of(rule: NameRule) -> str:
    """A rule's name without the dot of a suffix."""
    return rule.name.removeprefix(".")
