"""Brings a topology up as isolated hosts and real links, and takes it down."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from evertunnel.drivers.namespaces.cell import undisturbed, wire
from evertunnel.errors import EngineError, NotFound
from evertunnel.lab.hosts import Host
from evertunnel.lab.rundir import BASE, RunDirectory, Stamp, cleanup_stale, started
from evertunnel.lab.topology import ECHO, Card, Machine, Topology, of
from evertunnel.plan.model import Plan

SWITCH = "switch"
# New network namespaces inherit these from the machine; a rehearsal must not depend on how it is set.
FRESH = {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv6.conf.all.accept_dad": "0",  # our addresses are unique; waiting for that costs a second
    "net.ipv6.conf.default.accept_dad": "0",
}
ROUTER = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}
MASQUERADE = """\
table ip home {{
  chain postrouting {{ type nat hook postrouting priority srcnat; oifname "{interface}" masquerade; }}
}}
"""


class Lab:
    """A plan's hosts, up and linked; nothing of Evertunnel runs on them yet."""

    def __init__(self, plan: Plan, directory: RunDirectory, *, plan_name: str = "") -> None:
        self.plan = plan
        self.plan_name = plan_name
        self.topology: Topology = of(plan)
        self.directory = directory
        self._kept = False
        self.hosts = {name: self._host(machine) for name, machine in self.topology.machines.items()}
        self._switch = Host(SWITCH, directory.host(SWITCH))
        self._bridges = {network: f"br{index}" for index, network in enumerate(self.topology.segments)}

    def host(self, name: str) -> Host:
        """The host of that name."""
        if name not in self.hosts:
            raise NotFound(f"the lab has no host {name!r}; it has {', '.join(sorted(self.hosts))}")
        return self.hosts[name]

    def address(self, name: str) -> str:
        """A host's address: the internal one, where it has two."""
        return str(self.topology.address(name))

    def up(self) -> None:
        """Brings everything up."""
        sharing = [host for host in self.hosts.values() if host.shares_mounts_with]
        own = [self._switch, *(host for host in self.hosts.values() if not host.shares_mounts_with)]
        for group in (own, sharing):
            for host in group:
                host.launch()
            for host in group:
                host.ready()
        wire(self._switch.pid, [line for bridge in self._bridges.values() for line in _bridge(bridge)])
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(self._attach, self.hosts.values()))
        self._stamp()

    def down(self) -> None:
        """Ends every host and removes what they kept."""
        for host in (*self.hosts.values(), self._switch):
            host.kill()
        self.directory.remove()

    def unplug(self, name: str, interface: str) -> None:
        """Takes a card's cable out; `plug` puts it back."""
        wire(self._switch.pid, [f"link set {self._port(name, interface)} down"])

    def plug(self, name: str, interface: str) -> None:
        """Puts a card's cable back."""
        wire(self._switch.pid, [f"link set {self._port(name, interface)} up"])

    def _host(self, machine: Machine) -> Host:
        host = Host(machine.name, self.directory.host(machine.name), fqdn=machine.fqdn, names=machine.names)
        host.attach = self._attach_again
        return host

    def _attach_again(self, host: Host) -> None:
        for card in self.topology.machines[host.name].cards:
            with suppress(EngineError):  # mostly the kernel has taken the old port away with the old host's end
                wire(self._switch.pid, [f"link del {self._port(host.name, card.interface)}"])
        self._attach(host)
        self._stamp()

    def _attach(self, host: Host) -> None:
        machine = self.topology.machines[host.name]
        host.put({**FRESH, **(ROUTER if machine.forwards else {})})
        wire(self._switch.pid, [line for card in machine.cards for line in self._cable(host, card)])
        host.run(["ip", "-batch", "-"], stdin="\n".join(_addresses(machine)))
        if machine.masquerades:
            host.run(["nft", "-f", "-"], stdin=MASQUERADE.format(interface=machine.masquerades))
        if machine.pages:
            host.start_call("serve", pages=machine.pages, echoes=[ECHO])

    def _cable(self, host: Host, card: Card) -> tuple[str, ...]:
        port = self._port(host.name, card.interface)
        return (
            f"link add {port} type veth peer name {card.interface} address {_hardware(port)} netns {host.pid}",
            f"link set {port} master {self._bridges[card.network]} up",
        )

    def _port(self, name: str, interface: str) -> str:
        cards = [
            (machine.name, card.interface) for machine in self.topology.machines.values() for card in machine.cards
        ]
        return f"port{cards.index((name, interface))}"

    def keep(self) -> None:
        """Marks the lab as standing for people to look at: `evertunnel lab clean` may end it."""
        self._kept = True
        self._stamp()

    def _stamp(self) -> None:
        living = {host.name: (host.pid, started(host.pid)) for host in (*self.hosts.values(), self._switch) if host.pid}
        self.directory.stamp(Stamp(plan=self.plan_name, hosts=living, kept=self._kept))


@contextmanager
def rehearsing(
    plan: Plan, *, plan_name: str = "", base: Path = BASE, prepare: Callable[[Lab], None] = lambda _: None
) -> Iterator[Lab]:
    """A lab for a plan, up once it is prepared; everything of it is gone afterwards, whatever happened."""
    cleanup_stale(base)
    of(plan)  # refuses before anything is made
    directory = RunDirectory.create(base)
    lab = Lab(plan, directory, plan_name=plan_name)
    try:
        prepare(lab)
        lab.up()
        yield lab
    finally:
        with undisturbed():
            lab.down()


def _bridge(name: str) -> tuple[str, ...]:
    return (f"link add {name} type bridge mcast_snooping 0", f"link set {name} up")


def _addresses(machine: Machine) -> Iterator[str]:
    for card in machine.cards:
        yield f"addr add {card.address} dev {card.interface}"
        if card.address6 is not None:
            yield f"addr add {card.address6} dev {card.interface} nodad"
        yield f"link set {card.interface} up"
    for card in machine.cards:
        if card.next_hop is not None:
            yield f"route add default via {card.next_hop} dev {card.interface}"
        if card.next_hop6 is not None:
            yield f"route add ::/0 via {card.next_hop6} dev {card.interface}"
    for network, hop in machine.routes:
        yield f"route add {network} via {hop}"


def _hardware(port: str) -> str:
    """A card's own hardware address: it keeps it over a reboot, as real ones do."""
    number = int(port.removeprefix("port"))
    return f"02:00:5e:00:{number >> 8:02x}:{number & 0xFF:02x}"
