"""The DNS records that the owner of an external DNS has to set."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address

from evertunnel.plan.hosts import Mode, Role
from evertunnel.plan.model import Plan
from evertunnel.values import Fqdn


class View(Enum):
    """Who sees a record: everybody, or the organisation's network alone."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """One address record."""

    zone: Fqdn
    view: View
    name: Fqdn
    address: IPv4Address

    def __str__(self) -> str:
        """Gives the line as a zone file has it.

        >>> zone, name = Fqdn("contoso.com"), Fqdn("vpn.contoso.com")
        >>> str(DnsRecord(zone=zone, view=View.PUBLIC, name=name, address=IPv4Address("203.0.113.10")))
        'vpn.contoso.com. IN A 203.0.113.10'
        """
        return f"{self.name}. IN A {self.address}"


def dns_records(plan: Plan) -> tuple[DnsRecord, ...]:
    """All records that the plan needs: the gateway for everybody, its hosts and the publisher for the inside."""
    return (*_gateway_names(plan), *_publication_name(plan), *_host_names(plan))


def _gateway_names(plan: Plan) -> Iterator[DnsRecord]:
    for gateway in plan.hosts_with(Role.GATEWAY).values():
        for name in dict.fromkeys((plan.gateway.name, *plan.gateway.extra_names)):
            view = View.PUBLIC if _zone(plan, name) == plan.organisation.public_domain else View.INTERNAL
            if gateway.external is not None:
                yield _record(plan, view, name, gateway.external.address.ip)


def _publication_name(plan: Plan) -> Iterator[DnsRecord]:
    for publisher in plan.hosts_with(Role.PUBLISHER).values():
        if publisher.internal is not None:
            yield _record(plan, View.INTERNAL, plan.certificates.publication_name, publisher.internal.address.ip)


def _host_names(plan: Plan) -> Iterator[DnsRecord]:
    for name, host in plan.hosts.items():
        if host.mode is Mode.MANAGED and host.internal is not None:
            full = Fqdn(f"{name}.{plan.organisation.domain}")
            yield _record(plan, View.INTERNAL, full, host.internal.address.ip)


def _record(plan: Plan, view: View, name: Fqdn, address: IPv4Address) -> DnsRecord:
    return DnsRecord(zone=_zone(plan, name), view=view, name=name, address=address)


def _zone(plan: Plan, name: Fqdn) -> Fqdn:
    """The longest of the plan's zones that holds the name."""
    zones = (plan.organisation.public_domain, plan.organisation.domain)
    return max((zone for zone in zones if name.is_within(zone)), key=len, default=plan.organisation.public_domain)
