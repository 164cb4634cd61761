"""What the plan makes of each host's packet filter."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from evertunnel.drivers.host.values import Route, Sysctl
from evertunnel.firewall import edge, gateway, inner
from evertunnel.firewall.model import FORWARDING, State, Table
from evertunnel.plan.hosts import Mode, Role
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

# Loose on a gateway: a device's way back is the tunnel's interface, which no route names before the tunnel is up.
# What may come from where is the table's to say.
LOOSE, STRICT = "2", "1"


def desired(plan: Plan, host: HostName) -> State:
    """The packet filter of one host; the empty state where the plan asks for none."""
    roles = plan.hosts[host].roles
    if plan.hosts[host].mode is not Mode.MANAGED:
        return State()
    if Role.GATEWAY in roles:
        return _state(gateway.table(plan, plan.hosts[host]), LOOSE, _gateway_routes(plan))
    if Role.EDGE_FIREWALL in roles:
        return _state(edge.table(plan, plan.hosts[host]), STRICT, ())
    if Role.INNER_FIREWALL in roles:
        return _state(inner.table(plan, plan.hosts[host]), STRICT, _inner_routes(plan))
    return State()


def _state(table: Table, path_filter: str, routes: Iterable[Route]) -> State:
    sysctls = (Sysctl(name="net.ipv4.conf.all.rp_filter", value=path_filter), Sysctl(name=FORWARDING, value="1"))
    return State(table=table, sysctls=sysctls, routes=tuple(sorted(set(routes), key=str)))


def _pools(plan: Plan) -> list[IPv4Network]:
    return [pool.network for pool in plan.gateway.pools.values()]


def _gateway_routes(plan: Plan) -> list[Route]:
    """To the inside through the inner firewall; to a pool's address without a tunnel, nowhere."""
    routes = [Route(network=network) for network in _pools(plan)]
    for firewall in plan.hosts_with(Role.INNER_FIREWALL).values():
        if firewall.external and firewall.internal:
            via = firewall.external.address.ip
            routes += [Route(network=network, via=via) for network in _inside_networks(plan, via)]
    return routes


def _inside_networks(plan: Plan, beside: IPv4Address) -> set[IPv4Network]:
    """The networks behind the inner firewall: those of internal cards, but for the one shared with the gateway."""
    inside = [role for role in Role if role not in {Role.EDGE_FIREWALL, Role.GATEWAY}]
    hosts = [host for host in plan.hosts.values() if set(host.roles) & set(inside)]
    networks = {host.internal.address.network for host in hosts if host.internal}
    return {network for network in networks if beside not in network}


def _inner_routes(plan: Plan) -> list[Route]:
    """Back to the devices, through the gateway."""
    gateways = [host.internal.address.ip for host in plan.hosts_with(Role.GATEWAY).values() if host.internal]
    return [Route(network=network, via=address) for network in _pools(plan) for address in gateways[:1]]
