"""The whole plan: one field per section, each section a file of its own."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from evertunnel.plan.certificates import Certificates
from evertunnel.plan.directory import Directory
from evertunnel.plan.firewall import Firewall
from evertunnel.plan.gateway import Gateway
from evertunnel.plan.hosts import Host, Role
from evertunnel.plan.limits import Limits
from evertunnel.plan.organisation import Organisation
from evertunnel.plan.policies import NetworkPolicy, in_force
from evertunnel.plan.profiles import Clients
from evertunnel.plan.radius import Radius
from evertunnel.plan.settings import setting
from evertunnel.plan.tunnels import DeviceTunnel, Reach, Tunnel, UserTunnel
from evertunnel.values import Fqdn, HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an administrator wishes; never written to."""

    schema: int = setting("Version of the plan's format.", minimum=1, maximum=1)
    organisation: Organisation = setting("Who the plan is for.")
    hosts: dict[HostName, Host] = setting("The hosts by name.")
    certificates: Certificates = setting("The certification authority.")
    directory: Directory = setting("Groups.")
    gateway: Gateway = setting("The VPN gateway.")
    radius: Radius = setting("The RADIUS server.", factory=Radius)
    firewall: Firewall = setting("Additions to the planned firewall rules.", factory=Firewall)
    reach: dict[str, Reach] = setting("What tunnels may reach, by name.")
    device_tunnel: DeviceTunnel = setting("The tunnel before sign-in.")
    user_tunnel: UserTunnel | None = setting("The tunnel after sign-in; left out: there is none.", default=None)
    network_policies: tuple[NetworkPolicy, ...] = setting(
        "Who may connect, from where and when; the first that matches decides.", factory=tuple
    )
    clients: Clients = setting("Which clients the profiles are made for.", factory=Clients)
    limits: Limits = setting("Time limits of admission.", factory=Limits)
    exceptions: tuple[str, ...] = setting("Named exceptions from static checks, like weak-proposals.", factory=tuple)

    def hosts_with(self, role: Role) -> dict[HostName, Host]:
        """The hosts that have a role, in the plan's order."""
        return {name: host for name, host in self.hosts.items() if role in host.roles}

    def inside_address(self, role: Role) -> IPv4Address:
        """The internal address of the one host with this role (`check` has made sure that there is one)."""
        (host,) = self.hosts_with(role).values()
        if host.internal is None:
            raise LookupError(f"no internal card on the host with role {role.value}")
        return host.internal.address.ip

    def outside_address(self, role: Role) -> IPv4Address:
        """The external address of the first host with this role (`check` has made sure that there is one)."""
        host = next(iter(self.hosts_with(role).values()))
        if host.external is None:
            raise LookupError(f"no external card on the host with role {role.value}")
        return host.external.address.ip

    def device_routes(self) -> tuple[IPv4Network, ...]:
        """What a device routes into its tunnel: one host route per management host, and the plan's further routes."""
        return (*self._hosts_of(self.device_tunnel.reach), *self.device_tunnel.routes)

    def user_routes(self) -> tuple[IPv4Network, ...]:
        """What a user tunnel gets: the same, for the reach of the user tunnel; nothing where there is none."""
        tunnel = self.user_tunnel
        return (*self._hosts_of(tunnel.reach), *tunnel.routes) if tunnel else ()

    def policies_in_force(self) -> tuple[NetworkPolicy, ...]:
        """The network policies in the order in which they are tried, with those that the tunnels' groups stand for."""
        return in_force(self.network_policies, self.device_tunnel, self.user_tunnel)

    def pools_with(self, reach: str) -> tuple[str, ...]:
        """The names of the pools of those who may be given a reach; none when nobody may."""
        user = self.user_tunnel
        names = {self.device_tunnel.pool for _ in self._granting(Tunnel.DEVICE, reach, self.device_tunnel.reach)}
        if user is not None:
            names |= {policy.pool or user.pool for policy in self._granting(Tunnel.USER, reach, user.reach)}
        return tuple(sorted(names))

    def aaa_name(self) -> Fqdn:
        """The name that the RADIUS server's certificate carries (`check` has made sure that there is one server)."""
        if self.user_tunnel is not None and self.user_tunnel.aaa_name is not None:
            return self.user_tunnel.aaa_name
        (host,) = self.hosts_with(Role.RADIUS)
        return Fqdn(f"{host}.{self.organisation.domain}")

    def _granting(self, tunnel: Tunnel, reach: str, usual: str) -> list[NetworkPolicy]:
        about = [policy for policy in self.policies_in_force() if policy.grants and policy.is_about(tunnel)]
        return [policy for policy in about if (policy.reach or usual) == reach]

    def _hosts_of(self, reach: str) -> tuple[IPv4Network, ...]:
        cards = (self.hosts[name].internal for name in self.reach[reach].hosts)
        return tuple(IPv4Network(nic.address.ip) for nic in cards if nic)
