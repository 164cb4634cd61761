"""The three tables in real namespaces, judged by packets; each refusal has a control that passes."""

import os
import socket
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from ctypes import CDLL, get_errno
from dataclasses import replace
from pathlib import Path
from subprocess import run
from typing import TypeVar

import pytest

from evertunnel import documents, reconcile
from evertunnel.drivers.host.boot import SupervisorBoot
from evertunnel.drivers.host.files import Files
from evertunnel.drivers.host.network import Network
from evertunnel.drivers.nft import Nft
from evertunnel.errors import EngineRejected
from evertunnel.firewall import FirewallEngine, State, desired
from evertunnel.firewall.model import Chain, Rule
from evertunnel.plan.model import Plan
from evertunnel.reconcile import Part
from evertunnel.values import HostName

pytestmark = pytest.mark.engine
T = TypeVar("T")
PLAN = Path(__file__).parents[2] / "examples" / "contoso.toml"
NET = 0x40000000  # CLONE_NEWNET
DEVICE, MANAGEMENT, INTRANET, GATEWAY = "10.99.0.5", "10.0.0.10", "10.0.0.30", "203.0.113.10"
POLICY = "10.0.0.20"


def test_second_apply_does_nothing(gateway: "Host") -> None:
    assert gateway.call(lambda: reconcile.preview([gateway.part])) == ()
    assert gateway.call(lambda: reconcile.apply([gateway.part])).steps == ()


def test_unadmitted_device_reaches_nothing_and_admitted_one_its_reach(
    gateway: "Host", device: "Space", inside: "Space"
) -> None:
    refused = device.reaches(inside, MANAGEMENT, 80, source=DEVICE)

    gateway.admit(DEVICE)

    assert not refused
    assert device.reaches(inside, MANAGEMENT, 80, source=DEVICE)
    assert not device.reaches(inside, MANAGEMENT, 443, source=DEVICE)
    assert not device.reaches(inside, INTRANET, 80, source=DEVICE)


def test_admitted_device_does_not_reach_the_gateway_itself(gateway: "Host", device: "Space") -> None:
    gateway.admit(DEVICE)

    assert not device.reaches(gateway, "10.0.1.10", 80, source=DEVICE)


def test_policy_host_alone_tells_the_gateway_something(gateway: "Host", inside: "Space") -> None:
    """On the port of dynamic authorisation alone, and only what it was told is answered."""
    near = "10.0.1.10"
    with closing(gateway.udp(near, 3799)) as listener:
        for source, expected in ((POLICY, True), (MANAGEMENT, False), (INTRANET, False)):
            with closing(inside.udp(source, 0)) as teller:
                assert passes_datagram(teller, listener, (near, 3799)) is expected
                assert passes_datagram(listener, teller, teller.getsockname()) is expected
        with closing(inside.udp(POLICY, 5000)) as unasked:
            assert not passes_datagram(listener, unasked, (POLICY, 5000))
    with closing(gateway.udp(near, 3798)) as other, closing(inside.udp(POLICY, 0)) as teller:
        assert not passes_datagram(teller, other, (near, 3798))


def test_gateway_asks_and_accounts_and_says_nothing_else(gateway: "Host", inside: "Space") -> None:
    for port, expected in ((1812, True), (1813, True), (1814, False)):
        with closing(inside.udp(POLICY, port)) as radius, closing(gateway.udp("10.0.1.10", 0)) as client:
            assert passes_datagram(client, radius, (POLICY, port)) is expected
            if expected:
                assert passes_datagram(radius, client, client.getsockname())


def test_running_connection_stops_when_the_lease_expires(gateway: "Host", device: "Space", inside: "Space") -> None:
    gateway.admit(DEVICE, seconds=1.0)
    near, far = device.connection(inside, MANAGEMENT, 80, source=DEVICE)
    with closing(near), closing(far):
        assert passes(near, far)
        time.sleep(1.3)
        assert not passes(near, far)
        gateway.admit(DEVICE)
        assert far.recv(64) == b"hello"  # what TCP had to keep back arrives


def test_only_hosts_of_the_reach_open_the_manage_out_port(gateway: "Host", device: "Space", inside: "Space") -> None:
    before = inside.reaches(device, DEVICE, 5985, source=MANAGEMENT)

    gateway.admit(DEVICE)

    assert not before
    assert inside.reaches(device, DEVICE, 5985, source=MANAGEMENT)
    assert not inside.reaches(device, DEVICE, 22, source=MANAGEMENT)
    assert not inside.reaches(device, DEVICE, 5985, source=INTRANET)


def test_emptied_latch_stops_a_flow_that_conntrack_knows(gateway: "Host", outside: "Space") -> None:
    with closing(gateway.udp(GATEWAY, 4500)) as charon, closing(outside.udp("203.0.113.1", 4500)) as peer:
        assert not passes_datagram(peer, charon, (GATEWAY, 4500))
        gateway.nft("add element inet evertunnel latch { 500, 4500 }")
        assert passes_datagram(peer, charon, (GATEWAY, 4500))
        assert passes_datagram(charon, peer, ("203.0.113.1", 4500))

        gateway.nft("flush set inet evertunnel latch")

        assert not passes_datagram(peer, charon, (GATEWAY, 4500))


def test_apply_keeps_admitted_addresses_and_the_latch(gateway: "Host") -> None:
    gateway.admit(DEVICE)
    gateway.nft("add element inet evertunnel latch { 500 }")
    gateway.nft("flush chain inet evertunnel forward")

    gateway.call(lambda: reconcile.apply([gateway.part]))

    assert [each.value for each in gateway.call(lambda: Nft().elements("admitted_management"))] == [DEVICE]
    assert [each.value for each in gateway.call(lambda: Nft().elements("latch"))] == ["500"]


@pytest.mark.parametrize(
    ("drift", "shown"),
    [
        ("flush chain inet evertunnel input", "input: add"),
        ("add rule inet evertunnel forward accept", "forward: remove"),
        ("insert rule inet evertunnel input tcp dport 22 accept", "input: remove"),
        ("add chain inet evertunnel backdoor { type filter hook input priority -5; }", "remove chain backdoor"),
        ("add chain inet evertunnel input { policy accept; }", "mend chain input"),
        ("add set inet evertunnel more { type ipv4_addr; }", "remove set more"),
        ("delete table inet evertunnel", "make chain forward"),
    ],
)
def test_drift_is_shown_and_healed(gateway: "Host", drift: str, shown: str) -> None:
    gateway.nft(drift)

    preview = gateway.call(lambda: reconcile.preview([gateway.part]))
    gateway.call(lambda: reconcile.apply([gateway.part]))

    assert any(shown in str(step) for step in preview), preview
    assert gateway.call(lambda: reconcile.preview([gateway.part])) == ()


def test_changed_setting_and_lost_route_are_healed(gateway: "Host") -> None:
    gateway.ip("route del 10.0.0.0/24")
    gateway.write("/proc/sys/net/ipv4/ip_forward", "0")

    preview = gateway.call(lambda: reconcile.preview([gateway.part]))
    gateway.call(lambda: reconcile.apply([gateway.part]))

    assert [step.action for step in preview] == ["add route 10.0.0.0/24 via 10.0.1.1", "set net.ipv4.ip_forward = 1"]
    assert gateway.call(lambda: reconcile.preview([gateway.part])) == ()


def test_refused_table_leaves_what_was_there(gateway: "Host") -> None:
    good = gateway.part.desired
    assert good.table is not None
    broken = Chain(name="broken", rules=(Rule(text="tcp dport nonsense accept"),))
    bad = replace(good, table=replace(good.table, chains=(*good.table.chains, broken)))

    with pytest.raises(EngineRejected, match="Could not resolve service"):
        gateway.call(lambda: reconcile.apply([Part(engine=gateway.part.engine, desired=bad, previous=good)]))

    assert gateway.call(lambda: reconcile.preview([gateway.part])) == ()


def test_remove_leaves_nothing_and_gives_settings_back(gateway: "Host") -> None:
    gateway.call(lambda: reconcile.remove([gateway.part.engine]))

    assert gateway.call(lambda: Nft().table("inet", "evertunnel")) == []
    assert gateway.call(Network().routes) == ()
    assert gateway.call(lambda: Network().sysctl("net.ipv4.ip_forward")) == "0"
    assert not gateway.record.exists()


def test_pool_addresses_without_a_tunnel_go_nowhere(gateway: "Host") -> None:
    found = gateway.call(lambda: run(["ip", "route", "get", "10.99.0.77"], capture_output=True, text=True, check=False))

    assert found.returncode != 0


def test_edge_lets_ike_alone_through(edge: "Host", outside: "Space", inside: "Space") -> None:
    for port, expected in ((500, True), (4500, True), (1701, False), (53, False)):
        with closing(inside.udp(GATEWAY, port)) as server, closing(outside.udp("198.51.100.7", 0)) as client:
            assert passes_datagram(client, server, (GATEWAY, port)) is expected
            if expected:
                assert passes_datagram(server, client, client.getsockname())
    for port in (443, 1723):
        assert not outside.reaches(inside, GATEWAY, port, source="198.51.100.7")


def test_edge_lets_nothing_out_by_itself(edge: "Host", outside: "Space", inside: "Space") -> None:
    assert not inside.reaches(outside, "198.51.100.7", 80, source=GATEWAY)
    edge.nft("insert rule inet evertunnel forward accept")
    assert inside.reaches(outside, "198.51.100.7", 80, source=GATEWAY)


def test_inner_lets_radius_and_reach_through_and_nothing_else(inner: "Host", outside: "Space", inside: "Space") -> None:
    gateway = "10.0.1.10"
    for port, expected in ((1812, True), (1813, True), (1811, False), (1814, False)):
        with closing(inside.udp(POLICY, port)) as radius, closing(outside.udp(gateway, 0)) as client:
            assert passes_datagram(client, radius, (POLICY, port)) is expected
            if expected:
                assert passes_datagram(radius, client, client.getsockname())
        with closing(inside.udp(POLICY, port)) as radius, closing(outside.udp(DEVICE, 0)) as client:
            assert not passes_datagram(client, radius, (POLICY, port))
    assert outside.reaches(inside, "10.0.0.20", 80, source=gateway)
    assert not outside.reaches(inside, "10.0.0.20", 22, source=gateway)
    assert outside.reaches(inside, MANAGEMENT, 80, source=DEVICE)
    assert not outside.reaches(inside, INTRANET, 80, source=DEVICE)
    assert not outside.reaches(inside, "10.0.0.20", 80, source=DEVICE)
    assert inside.reaches(outside, DEVICE, 5985, source=MANAGEMENT)
    assert not inside.reaches(outside, gateway, 5985, source=MANAGEMENT)


def test_inner_lets_the_policy_host_tell_the_gateway_something(
    inner: "Host", outside: "Space", inside: "Space"
) -> None:
    gateway = "10.0.1.10"
    for source, port, expected in (
        (POLICY, 3799, True),
        (POLICY, 3798, False),
        (INTRANET, 3799, False),
        (MANAGEMENT, 3799, False),
    ):
        with closing(outside.udp(gateway, port)) as listener, closing(inside.udp(source, 0)) as teller:
            assert passes_datagram(teller, listener, (gateway, port)) is expected
            assert passes_datagram(listener, teller, teller.getsockname()) is expected
    with closing(outside.udp(DEVICE, 3799)) as listener, closing(inside.udp(POLICY, 0)) as teller:
        assert not passes_datagram(teller, listener, (DEVICE, 3799))


class Space:
    """A network namespace; what is called in it runs on a thread that has entered it."""

    def __init__(self, name: str) -> None:
        self.name = f"et-fw{os.getpid()}-{name}"
        run(["ip", "netns", "add", self.name], check=True)
        self._thread = ThreadPoolExecutor(max_workers=1)
        self.call(self._enter)
        self.ip("link set lo up")

    def close(self) -> None:
        self._thread.shutdown()
        run(["ip", "netns", "del", self.name], check=True)

    def call(self, what: Callable[[], T]) -> T:
        return self._thread.submit(what).result()

    def ip(self, words: str) -> None:
        run(["ip", "-n", self.name, *words.split()], check=True)

    def write(self, path: str, text: str) -> None:
        self.call(lambda: Path(path).write_text(text))

    def wire(self, card: str, address: str, other: "Space", other_card: str, other_address: str) -> None:
        run(
            ["ip", "link", "add", card, "netns", self.name, "type", "veth", "peer", other_card, "netns", other.name],
            check=True,
        )
        for space, link, its in ((self, card, address), (other, other_card, other_address)):
            space.ip(f"addr add {its} dev {link}")
            space.ip(f"link set {link} up")

    def udp(self, address: str, port: int) -> socket.socket:
        made = self.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        made.bind((address, port))
        made.settimeout(0.25)
        return made

    def connection(self, to: "Space", address: str, port: int, *, source: str) -> tuple[socket.socket, socket.socket]:
        with closing(to.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address, port))
            server.listen()
            server.settimeout(0.25)
            near = self.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            near.bind((source, 0))
            near.settimeout(0.25)
            try:
                near.connect((address, port))
                return near, server.accept()[0]
            except OSError:
                near.close()
                raise

    def reaches(self, to: "Space", address: str, port: int, *, source: str) -> bool:
        try:
            near, far = self.connection(to, address, port, source=source)
        except OSError:
            return False
        near.close()
        far.close()
        return True

    def _enter(self) -> None:
        with Path(f"/run/netns/{self.name}").open() as file:
            assert CDLL(None, use_errno=True).setns(file.fileno(), NET) == 0, get_errno()


class Host(Space):
    """A namespace with a firewall of ours."""

    part: Part[State]
    record: Path

    def manage(self, name: str, record: Path) -> None:
        self.record = record
        plan = documents.read(Plan, tomllib.loads(PLAN.read_text()), name="plan")
        engine = self.call(lambda: FirewallEngine(Nft(), Network(), Files(), SupervisorBoot(), record))
        self.part = Part(engine=engine, desired=desired(plan, HostName(name)))
        self.call(lambda: reconcile.apply([self.part]))

    def nft(self, command: str) -> None:
        self.call(lambda: Nft().run(command))

    def admit(self, address: str, seconds: float = 15.0) -> None:
        self.nft(f"add element inet evertunnel admitted_management {{ {address} timeout {int(seconds)}s }}")


def passes(near: socket.socket, far: socket.socket) -> bool:
    near.sendall(b"hello")
    far.settimeout(0.25)
    try:
        return far.recv(64) == b"hello"
    except TimeoutError:
        far.settimeout(5)
        return False


def passes_datagram(sender: socket.socket, receiver: socket.socket, address: tuple[str, int]) -> bool:
    try:
        sender.sendto(b"hello", address)
        return receiver.recv(64) == b"hello"
    except (TimeoutError, PermissionError):
        return False


@pytest.fixture
def spaces() -> Iterator[Callable[[Space], Space]]:
    made: list[Space] = []

    def keep(space: Space) -> Space:
        made.append(space)
        return space

    yield keep
    for space in made:
        space.close()


@pytest.fixture
def device(spaces: Callable[[Space], Space]) -> Space:
    return spaces(Space("device"))


@pytest.fixture
def outside(spaces: Callable[[Space], Space]) -> Space:
    return spaces(Space("outside"))


@pytest.fixture
def inside(spaces: Callable[[Space], Space]) -> Space:
    return spaces(Space("inside"))


@pytest.fixture
def gateway(spaces: Callable[[Space], Space], device: Space, outside: Space, inside: Space, tmp_path: Path) -> Host:
    host = Host("gateway")
    spaces(host)
    host.wire("external", "203.0.113.10/28", outside, "perimeter", "203.0.113.1/28")
    host.wire("internal", "10.0.1.10/24", inside, "perimeter", "10.0.1.1/24")
    host.wire("ipsec0", "169.254.0.1/30", device, "tunnel", "169.254.0.2/30")
    host.ip("route add default via 203.0.113.1")
    host.ip(f"route add {DEVICE} dev ipsec0")
    for address in (MANAGEMENT, INTRANET, POLICY):
        inside.ip(f"addr add {address}/32 dev lo")
    inside.ip("route add default via 10.0.1.10")
    device.ip(f"addr add {DEVICE}/32 dev lo")
    device.ip("route add default dev tunnel via 169.254.0.1")
    # The tunnel is no Ethernet: both ends answer for whatever is behind them.
    device.write("/proc/sys/net/ipv4/conf/tunnel/proxy_arp", "1")
    host.manage("gateway1", tmp_path / "record.json")
    return host


@pytest.fixture
def edge(spaces: Callable[[Space], Space], outside: Space, inside: Space, tmp_path: Path) -> Host:
    host = Host("edge")
    spaces(host)
    host.wire("internet", "192.0.2.2/29", outside, "wire", "192.0.2.1/29")
    host.wire("perimeter", "203.0.113.1/28", inside, "external", "203.0.113.10/28")
    outside.ip("addr add 198.51.100.7/32 dev lo")
    outside.ip("route add 203.0.113.0/28 via 192.0.2.2")
    inside.ip("route add default via 203.0.113.1")
    host.ip("route add default via 192.0.2.1")
    host.manage("edge1", tmp_path / "record.json")
    return host


@pytest.fixture
def inner(spaces: Callable[[Space], Space], outside: Space, inside: Space, tmp_path: Path) -> Host:
    host = Host("inner")
    spaces(host)
    host.wire("perimeter", "10.0.1.1/24", outside, "internal", "10.0.1.10/24")
    host.wire("inside", "10.0.0.1/24", inside, "inside", "10.0.0.10/24")
    for address in ("10.0.0.20", INTRANET):
        inside.ip(f"addr add {address}/24 dev inside")
    inside.ip("route add default via 10.0.0.1")
    outside.ip(f"addr add {DEVICE}/32 dev lo")
    outside.ip("route add 10.0.0.0/24 via 10.0.1.1")
    host.manage("inner1", tmp_path / "record.json")
    return host
