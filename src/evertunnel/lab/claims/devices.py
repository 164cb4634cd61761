"""The device tunnel itself: there before anyone signs in, reaching what it shall and nothing else."""

from collections.abc import Callable

from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Probe, Recorder, claim
from evertunnel.lab.hosts import Host
from evertunnel.lab.probes import ANSWERED, NO_WAY, fact
from evertunnel.lab.topology import LAPTOP1, LAPTOP2, PRINTER
from evertunnel.lab.world import World
from evertunnel.plan.hosts import Role

INTRANET_PORT = 80
QUICK = 0.3  # for what shall not be answered


@claim(
    "up-after-reboot",
    6,
    "A laptop's tunnel is up after a reboot, before anyone signs in.",
    uses=("laptop2",),
    needs=("gateway", "radius", "inner"),
)
def up_after_reboot(world: World, note: Recorder) -> None:
    laptop, target, port = world.host(LAPTOP2), world.management[0], world.reach.tcp[0]
    laptop.reboot()
    with note.control():
        # Until its agent has connected, the same probe must fail: the tunnel is what carries it.
        note(probes.tcp(laptop, target, port, NO_WAY, timeout=0.3))
    after = world.address(LAPTOP2)
    note(probes.tcp(laptop, target, port, source=after))
    note(probes.command(laptop, ("who",), "", read=lambda said: said.strip()))


@claim(
    "reach",
    6,
    "A device reaches each management host, on the ports of its reach and no other.",
    uses=("laptop1-routes",),
    needs=("gateway", "inner", "laptop1"),
)
def reach(world: World, note: Recorder) -> None:
    laptop = world.host(LAPTOP1)
    source = world.address(LAPTOP1)
    core = world.scenario.lab.address(world.scenario.core.name)
    for target in world.management:
        for port in world.reach.tcp:
            note(probes.tcp(laptop, target, port, source=source))
        note(probes.ping(laptop, target, ANSWERED if world.reach.icmp else NO_WAY, source=source))
    with _routes(world, (_intranet(world), core, _gateway_inside(world))):
        note.all(
            lambda: probes.tcp(laptop, _intranet(world), INTRANET_PORT, NO_WAY, source=source, timeout=QUICK),
            lambda: probes.udp(laptop, core, world.scenario.plan.radius.port, NO_WAY, source=source, timeout=QUICK),
            lambda: probes.tcp(laptop, world.management[0], 22, NO_WAY, source=source, timeout=QUICK),
            lambda: probes.ping(laptop, _gateway_inside(world), NO_WAY, source=source, timeout=QUICK),
        )
    with note.control():
        # The servers that could not be reached are there: an inside host reaches them.
        note(probes.tcp(world.host(PRINTER), _intranet(world), INTRANET_PORT))
        note(probes.ping(world.scenario.gateway, _gateway_inside(world)))


@claim(
    "not-each-other",
    6,
    "No device reaches another through the tunnel.",
    uses=("laptop1-routes", "laptop2-ports"),
    needs=("gateway", "inner", "laptop1", "laptop2"),
)
def not_each_other(world: World, note: Recorder) -> None:
    one, other = world.host(LAPTOP1), world.host(LAPTOP2)
    source, target = world.address(LAPTOP1), world.address(LAPTOP2)
    server = other.start_call("serve", pages={"5985": "laptop2\n"}, echoes=[])
    try:
        with _routes(world, (target,)):
            note.all(
                lambda: probes.tcp(one, target, 5985, NO_WAY, source=source, timeout=QUICK),
                lambda: probes.ping(one, target, NO_WAY, source=source, timeout=QUICK),
            )
        with note.control():
            note(probes.tcp(world.host(world.reach.hosts[0]), target, world.reach.manage_out[0]))
    finally:
        server.kill()


@claim(
    "manage-out",
    6,
    "A management host opens a connection to a device; no other inside host can.",
    uses=("laptop1-ports",),
    needs=("gateway", "inner", "laptop1"),
)
def manage_out(world: World, note: Recorder) -> None:
    laptop, address = world.host(LAPTOP1), world.address(LAPTOP1)
    port = world.reach.manage_out[0]
    manager = world.host(world.reach.hosts[0])
    server = laptop.start_call("serve", pages={str(port): "laptop1\n", "22": "laptop1\n"}, echoes=[])
    try:
        note.all(
            lambda: probes.tcp(world.host(PRINTER), address, port, NO_WAY, timeout=QUICK),
            lambda: probes.tcp(manager, address, 22, NO_WAY, timeout=QUICK),
            lambda: probes.tcp(world.scenario.core, address, port, NO_WAY, timeout=QUICK),
        )
        with note.control():
            note(probes.http(manager, address, port, expected="answered 200 laptop1"))
    finally:
        server.kill()


@claim(
    "elsewhere",
    6,
    "Traffic for elsewhere stays out of the tunnel, and the tunnel's address never leaves in clear.",
    uses=("laptop1-filter",),
    needs=("gateway", "inner", "laptop1"),
)
def elsewhere(world: World, note: Recorder) -> None:
    laptop, source = world.host(LAPTOP1), world.address(LAPTOP1)
    outside = str(world.scenario.lab.topology.machines["internet"].cards[-1].address.ip)
    note(_into_the_tunnel(laptop, outside, lambda: note(probes.ping(laptop, outside))))
    note(probes.ping(laptop, outside, NO_WAY, source=source, timeout=QUICK))
    note(probes.command(laptop, ("ip", "-4", "route", "get", outside), "wifi", read=_device))
    with note.control():
        note(probes.command(laptop, ("ip", "-4", "route", "get", world.management[0]), "ipsec0", read=_device))
        note(probes.ping(laptop, world.management[0], source=source))


REBOOT = up_after_reboot
LIGHT: tuple[Claim[World], ...] = (reach, manage_out, elsewhere, not_each_other)


class _routes:  # noqa: N801 (reads as a statement)
    """More routes into laptop1's tunnel than its agent has: a device that wants more than it was given."""

    def __init__(self, world: World, targets: tuple[str, ...]) -> None:
        self._laptop, self._targets = world.host(LAPTOP1), tuple(dict.fromkeys(targets))
        self._source = world.address(LAPTOP1)

    def __enter__(self) -> None:
        for target in self._targets:
            self._laptop.run(["ip", "route", "replace", f"{target}/32", "dev", "ipsec0", "src", self._source])

    def __exit__(self, *_: object) -> None:
        for target in self._targets:
            self._laptop.run(["ip", "route", "del", f"{target}/32"])


def _intranet(world: World) -> str:
    """An inside server that devices are not to reach."""
    servers = world.scenario.plan.hosts_with(Role.SERVER)
    return world.scenario.lab.address(next(name for name in servers if name not in world.reach.hosts))


def _gateway_inside(world: World) -> str:
    return world.scenario.lab.address(world.scenario.gateway.name)


def _into_the_tunnel(laptop: Host, address: str, act: Callable[[], object]) -> Probe:
    """How many packets for an address go into the tunnel meanwhile; the agent's own knocking inside does not count."""
    rule = f'oifname "ipsec*" ip daddr {address} counter;'
    table = f"table inet lab {{ chain seen {{ type filter hook postrouting priority -500; {rule} }}; }}"
    laptop.run(["nft", "-f", "-"], stdin=table)
    try:
        act()
        listed = laptop.run(["nft", "list", "table", "inet", "lab"]).stdout
    finally:
        laptop.run(["nft", "delete", "table", "inet", "lab"])
    count = listed.partition("packets ")[2].split()[0]
    return fact(laptop.name, f"nft: {rule}", expected="0 packets", observed=f"{count} packets")


def _device(said: str) -> str:
    words = said.split()
    return words[words.index("dev") + 1] if "dev" in words else said.strip()
