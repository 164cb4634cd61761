"""What the plan itself puts into the directory."""

from evertunnel.directory.model import PlannedHost, State
from evertunnel.plan.model import Plan


def desired(plan: Plan) -> State:
    """The plan's groups, and its hosts with the groups that it gives them."""
    hosts = tuple(
        PlannedHost(name=name, groups=tuple(sorted(set(host.groups)))) for name, host in sorted(plan.hosts.items())
    )
    named = {group for host in hosts for group in host.groups}
    return State(store_is_current=True, groups=tuple(sorted(named | set(plan.directory.groups))), hosts=hosts)
