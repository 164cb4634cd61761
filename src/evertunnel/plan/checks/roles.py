"""Who does what: which roles need each other, which hosts and cards they need, and what is not there yet."""

from collections.abc import Iterator

from evertunnel.plan.findings import Finding, error, warning
from evertunnel.plan.hosts import Host, Mode, Role
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import is_private, only_host

# Which roles a role cannot do without, and why.
NEEDS: dict[Role, dict[Role, str]] = {
    Role.GATEWAY: {
        Role.RADIUS: "asks it whether a tunnel may pass",
        Role.CA: "has its certificate from it",
        Role.PUBLISHER: "fetches revocation lists from it",
    },
    Role.RADIUS: {Role.POLICY: "asks it for each decision"},
    Role.POLICY: {Role.DIRECTORY: "knows devices and groups from it"},
    Role.CA: {Role.DIRECTORY: "knows from it who may have a certificate", Role.PUBLISHER: "has its CRLs served by it"},
}
CORE = (Role.CA, Role.DIRECTORY, Role.RADIUS, Role.POLICY, Role.PUBLISHER)
PACKET_FILTERS = (Role.EDGE_FIREWALL, Role.INNER_FIREWALL, Role.GATEWAY)
ONLY_EXTERNAL = (Role.DNS, Role.SERVER)
ONLY_MANAGED = (*CORE, Role.GATEWAY)


def there_is_a_gateway(plan: Plan) -> Iterator[Finding]:
    """Refuses a plan without the host that everything else is for."""
    if not plan.hosts_with(Role.GATEWAY):
        yield error("hosts", "no host has the role gateway", 'Give a perimeter host roles = ["gateway"].')


def needed_roles_are_there(plan: Plan) -> Iterator[Finding]:
    """Refuses a plan that leaves out a role that another one needs."""
    for role, needs in NEEDS.items():
        for needed, why in needs.items():
            if plan.hosts_with(role) and not plan.hosts_with(needed):
                what = f"no host has the role {needed.value}, but the {role.value} {why}"
                yield error("hosts", what, f'Add "{needed.value}" to the roles of an inside host.')


def roles_have_one_host(plan: Plan) -> Iterator[Finding]:
    """Refuses several hosts for a role that we run on one host so far."""
    for role in (*PACKET_FILTERS, *CORE):
        names = list(plan.hosts_with(role))
        for name in names[1:]:
            what = f"{name} is a second {role.value} beside {names[0]}"
            yield error(
                f"hosts.{name}.roles", what, f"Leave the role {role.value} to one host; several are not there yet."
            )


def core_roles_share_a_host(plan: Plan) -> Iterator[Finding]:
    """Refuses to split the roles that share one store."""
    homes = {role: next(iter(plan.hosts_with(role))) for role in CORE if plan.hosts_with(role)}
    if len(set(homes.values())) > 1:
        where = ", ".join(f"{role.value} on {name}" for role, name in homes.items())
        yield error(
            "hosts",
            f"roles that share one store are split over hosts: {where}",
            "Put them on one host; splitting them needs PostgreSQL, which is not there yet.",
        )


def packet_filters_have_hosts_of_their_own(plan: Plan) -> Iterator[Finding]:
    """Refuses two of edge firewall, inner firewall and gateway on one host: each is the one nft table of its host."""
    for name, host in plan.hosts.items():
        both = [role.value for role in PACKET_FILTERS if role in host.roles]
        if len(both) > 1:
            yield error(f"hosts.{name}.roles", f"{' and '.join(both)} on one host", "Give each a host of its own.")


def gateway_is_apart_from_the_core(plan: Plan) -> Iterator[Finding]:
    """Warns of keys and records on the host that the internet reaches."""
    for name, host in plan.hosts_with(Role.GATEWAY).items():
        core = [role.value for role in CORE if role in host.roles]
        if core:
            what = f"the gateway, which the internet reaches, is {', '.join(core)} too"
            yield warning(f"hosts.{name}.roles", what, "Put those roles on an inside host.")


def hosts_have_roles(plan: Plan) -> Iterator[Finding]:
    """Refuses hosts that do nothing, and roles given twice."""
    for name, host in plan.hosts.items():
        if not host.roles:
            known = ", ".join(role.value for role in Role)
            yield error(
                f"hosts.{name}.roles", "the host has no role", f"Give it one of {known}, or leave the host out."
            )
        elif len(set(host.roles)) != len(host.roles):
            yield error(f"hosts.{name}.roles", "a role stands twice", "Give each role once.")


def modes_are_there(plan: Plan) -> Iterator[Finding]:
    """Refuses external roles that we cannot work with yet, and managed ones that we do not run yet."""
    for name, host in plan.hosts.items():
        absent = ONLY_MANAGED if host.mode is Mode.EXTERNAL else ONLY_EXTERNAL
        for role in host.roles:
            if role in absent:
                yield _not_yet(name, host.mode, role)


def hosts_have_the_cards_of_their_roles(plan: Plan) -> Iterator[Finding]:
    """Refuses a gateway or firewall without both cards, and other hosts without an internal one."""
    for name, host in plan.hosts.items():
        for side in _missing_cards(host):
            example = f'{side} = {{ interface = "eth0", address = "{_example(side)}" }}'
            yield error(
                f"hosts.{name}.{side}", f"{_roles(host)} needs an {side} card", f"Add {example}, with your values."
            )


def gateway_is_reachable(plan: Plan) -> Iterator[Finding]:
    """Refuses a gateway that no packet from the internet reaches."""
    gateway = only_host(plan, Role.GATEWAY)
    if gateway is None or gateway.external is None or not is_private(gateway.external.address.ip):
        return
    edge = only_host(plan, Role.EDGE_FIREWALL)
    path, address = f"hosts.{next(iter(plan.hosts_with(Role.GATEWAY)))}.external.address", gateway.external.address.ip
    if edge is None:
        what = f"{address} is private, and no edge firewall stands before it"
        yield error(path, what, "Give the gateway a public address, or declare the edge firewall.")
    elif edge.mode is Mode.MANAGED:
        what = f"{address} is private, and our edge firewall does not translate addresses yet"
        yield error(path, what, "Give the gateway a public address behind the edge firewall.")
    else:
        what = f"{address} is private: the edge firewall must translate UDP 500 and 4500 to it"
        yield warning(path, what, f"Let {plan.gateway.name} have the edge firewall's public address.")


def hosts_may_have_their_certificates(plan: Plan) -> Iterator[Finding]:
    """Warns of a gateway or RADIUS server in none of the groups that its template asks for."""
    templates = plan.certificates.templates
    for role, template, groups in (
        (Role.GATEWAY, "vpn_server", templates.vpn_server.groups),
        (Role.RADIUS, "nps_server", templates.nps_server.groups),
    ):
        for name, host in plan.hosts_with(role).items():
            if not set(groups) & set(host.groups):
                what = f"{name} is in none of the groups of template {template} and gets no certificate of it"
                yield warning(f"hosts.{name}.groups", what, f"Put it into one of {', '.join(groups) or 'them'}.")


def _not_yet(name: str, mode: Mode, role: Role) -> Finding:
    path = f"hosts.{name}.mode"
    if mode is Mode.EXTERNAL:
        what = f"an external {role.value} is not there yet"
        return error(path, what, f'Let Evertunnel run the {role.value}: mode = "managed".')
    what = f"Evertunnel does not run the role {role.value} yet"
    return error(path, what, 'Set mode = "external": its owner runs it.')


def _missing_cards(host: Host) -> list[str]:
    wanted = {"external", "internal"} if set(host.roles) & set(PACKET_FILTERS) else {"internal"}
    missing = {side for side, card in (("external", host.external), ("internal", host.internal)) if card is None}
    return sorted(wanted & missing)


def _roles(host: Host) -> str:
    return " and ".join(role.value for role in host.roles) or "a host"


def _example(side: str) -> str:
    return "203.0.113.10/28" if side == "external" else "10.0.1.10/24"


RULES = (
    there_is_a_gateway,
    needed_roles_are_there,
    hosts_have_roles,
    modes_are_there,
    roles_have_one_host,
    core_roles_share_a_host,
    packet_filters_have_hosts_of_their_own,
    gateway_is_apart_from_the_core,
    hosts_have_the_cards_of_their_roles,
    gateway_is_reachable,
    hosts_may_have_their_certificates,
)
