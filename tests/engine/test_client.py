"""The agent and charon on a real device, against a real gateway without admission, in hosts of their own."""

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from evertunnel import documents
from evertunnel.drivers.namespaces.cell import wire
from evertunnel.lab.hosts import Host, Process
from evertunnel.profiles.device import DeviceProfile

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not Path("/usr/sbin/charon-systemd").exists(), reason="needs charon-systemd"),
]

EVERTUNNEL = str(Path(sys.executable).parent / "evertunnel")
GATEWAY, DEVICE, MANAGEMENT, ELSEWHERE = "198.51.100.1", "198.51.100.20", "10.0.0.10", "192.0.2.80"
LEAKS = """
table inet watch {
  counter leaks { }
  chain in { type filter hook prerouting priority -400; iifname "pub" ip saddr 10.99.0.0/24 counter name leaks; }
}
"""
FORWARD = """
table ip {name} {{
  chain forward {{ type filter hook forward priority 0; {rule} }}
}}
"""
GATEWAY_CONF = """
charon-systemd {
  load_modular = no
  load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl kdf kernel-libipsec kernel-netlink PLUGINS
  filelog { stderr { default = 1 } }
  journal { default = -1 }
  plugins { vici { socket = unix:///run/gw.vici } }
}
""".replace("PLUGINS", "socket-default vici")
# Runs on the gateway: what it is told over VICI is read from standard input.
LOADER = """
import json, socket, sys, time
import vici
for _ in range(200):
    try:
        sock = socket.socket(socket.AF_UNIX); sock.connect("/run/gw.vici"); break
    except OSError:
        time.sleep(0.02)
session = vici.Session(sock)
for command, message in json.load(sys.stdin):
    session.request(command, message)
"""


def test_comes_up_at_boot_and_reaches_the_management_host_from_its_virtual_address(world: "World") -> None:
    if world.laptop.boot_process is not None:
        world.background.append(world.laptop.boot_process)
    world.laptop.reboot()

    status = world.until("up")

    assert str(status["address"]).startswith("10.99.0.")
    seen = world.laptop.call("http", 5, address=MANAGEMENT, port=80, path="/", source=None, timeout=4.0)
    assert "management" in seen
    assert f"Connected to vpn.contoso.com as laptop1; address {status['address']}; management host" in world.words()
    assert f"src {status['address']}" in world.laptop.run(["ip", "route", "get", MANAGEMENT]).stdout


def test_elsewhere_stays_outside_the_tunnel(world: "World") -> None:
    world.until("up")

    route = world.laptop.run(["ip", "route", "get", ELSEWHERE]).stdout

    assert "dev wan" in route
    assert "answered" in world.laptop.call("tcp", 5, address=ELSEWHERE, port=80, source=None, timeout=4.0)
    assert world.leaks() == 0


def test_virtual_address_never_leaves_by_the_plain_card(world: "World") -> None:
    address, before = world.until("up")["address"], world.leaks()
    elsewhere = world.laptop.call("tcp", 5, address=ELSEWHERE, port=80, source=address, timeout=1.0)
    world.laptop.run(["ip", "address", "add", f"{address}/32", "dev", "lo"])
    try:
        world.kill_gateway()
        world.until("down", "connecting")
        outcome = world.laptop.call("tcp", 5, address=MANAGEMENT, port=80, source=address, timeout=1.0)
    finally:
        world.laptop.run(["ip", "address", "del", f"{address}/32", "dev", "lo"])

    assert "answered" not in elsewhere + outcome
    assert world.leaks() == before
    world.start_gateway()
    world.until("up")


def test_drop_rule_that_was_taken_away_is_put_back_and_it_is_what_held(world: "World") -> None:
    address, before = world.until("up")["address"], world.leaks()
    world.laptop.run(["nft", "flush chain inet evertunnel client_out"])
    world.laptop.call("tcp", 5, address=ELSEWHERE, port=80, source=address, timeout=0.5)

    deadline = time.monotonic() + 20
    while "saddr" not in world.laptop.run(["nft", "list", "chain", "inet", "evertunnel", "client_out"]).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    leaked = world.leaks()  # read once the rule stands: until then the first connection's own closing leaks too
    world.laptop.call("tcp", 5, address=ELSEWHERE, port=80, source=address, timeout=0.5)

    assert before < leaked
    assert world.leaks() == leaked


def test_reconnects_by_itself_after_the_gateway_was_killed(world: "World") -> None:
    world.until("up")

    world.kill_gateway()
    world.until("down", "connecting")
    world.start_gateway()

    assert world.until("up")["address"]


def test_reconnects_by_itself_after_the_devices_own_charon_was_killed(world: "World") -> None:
    before = world.until("up")
    world.laptop.run(["sh", "-c", "kill -9 $(pidof charon-systemd)"])

    status = world.until("up", unless=lambda found: found["since"] == pytest.approx(before["since"], abs=0.01))

    assert status["address"]


def test_silent_probe_keeps_the_tunnel(world: "World") -> None:
    before = world.until("up")
    world.gateway.run(["nft", "-f", "-"], stdin=FORWARD.format(name="mute", rule="policy drop;"))
    try:
        # The reach is cut behind the tunnel: IKE goes on, packets do not.
        status = world.until("up-unanswered")
        assert "is silent" in world.words()
    finally:
        world.gateway.run(["nft", "delete table ip mute"])

    assert status["address"] == before["address"]
    assert status["since"] == pytest.approx(before["since"], abs=0.01)
    assert world.until("up")["since"] == pytest.approx(before["since"], abs=0.01)


def test_refused_knock_counts_as_an_answer(world: "World") -> None:
    rule = FORWARD.format(name="shut", rule=f"ip daddr {MANAGEMENT} tcp dport 80 reject with tcp reset;")
    world.until("up")
    world.gateway.run(["nft", "-f", "-"], stdin=rule)
    try:
        status = world.until("up", unless=lambda found: not found["refused"])
    finally:
        world.gateway.run(["nft", "delete table ip shut"])

    assert status["refused"]
    assert "refused port 80" in world.words()


def test_removed_client_leaves_nothing_but_key_and_profile_and_comes_back_from_them(world: "World") -> None:
    world.until("up")
    key = world.laptop.read("/var/lib/evertunnel/client/device.key")

    said = world.laptop.run([EVERTUNNEL, "client", "remove"]).stdout

    assert "keys and profiles stay" in said
    assert world.laptop.run(["ip", "route", "show", "proto", "77"]).stdout == ""
    assert "ipsec" not in world.laptop.run(["ip", "-brief", "link"]).stdout
    assert "evertunnel" not in world.laptop.run(["nft", "list", "tables"]).stdout
    assert world.laptop.run(["pidof", "charon-systemd"], check=False).stdout == ""
    assert world.laptop.run(["find", "/etc/evertunnel/client", "/etc/evertunnel/services"], check=False).stdout in {
        "",
        "/etc/evertunnel/services\n",
    }
    assert world.laptop.run([EVERTUNNEL, "client", "remove"], check=False).stderr.strip() == (
        "no client is installed on this device"
    )

    world.laptop.run([EVERTUNNEL, "client", "install", "/var/lib/evertunnel/client/profile.json"])
    world.until("up")
    assert world.laptop.read("/var/lib/evertunnel/client/device.key") == key


def test_purged_client_leaves_no_key(world: "World") -> None:
    said = world.laptop.run([EVERTUNNEL, "client", "remove", "--purge"]).stdout

    assert "nothing of the client is left" in said
    assert world.laptop.run(["find", "/var/lib/evertunnel/client"], check=False).stdout == ""


@dataclass
class World:
    laptop: Host
    gateway: Host
    management: Host
    certificates: "Certificates"
    background: list[Process] = field(default_factory=list)
    charons: list[Process] = field(default_factory=list)

    def start_gateway(self) -> None:
        self.charons.append(self.gateway.start(["charon-systemd"], environment={"STRONGSWAN_CONF": "/etc/gw.conf"}))
        messages = json.dumps(gateway_messages(self.certificates))
        self.gateway.run([sys.executable, "-c", LOADER], stdin=messages)

    def kill_gateway(self) -> None:
        self.charons[-1].kill()
        self.charons[-1].wait(5)

    def until(self, *phases: str, unless: Callable[[dict[str, object]], object] = lambda _: False) -> dict[str, object]:
        found: dict[str, object] = {}
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            done = self.laptop.run(["cat", "/run/evertunnel/client/status.json"], check=False)
            found = json.loads(done.stdout or "{}")
            if found.get("phase") in phases and not unless(found):
                return found
            time.sleep(0.05)
        logs = self.laptop.run(["sh", "-c", "tail -n 30 /var/log/evertunnel/client*.log"], check=False).stdout
        pytest.fail(f"never {phases}: {found}\n{logs}")

    def words(self) -> str:
        return self.laptop.run([EVERTUNNEL, "client", "status"], check=False).stdout.strip()

    def leaks(self) -> int:
        listing = json.loads(self.gateway.run(["nft", "-j", "list", "counters", "table", "inet", "watch"]).stdout)
        return sum(each["counter"]["packets"] for each in listing["nftables"] if "counter" in each)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp("hosts")
    names = {"vpn.contoso.com": GATEWAY}
    laptop, gateway, management = (Host(name, base / name, names=names) for name in ("laptop1", "gateway1", "mgmt1"))
    certificates = Certificates()
    world = World(laptop, gateway, management, certificates)
    try:
        world.gateway.boot()
        world.management.boot()
        world.laptop.boot_command = (EVERTUNNEL, "supervise")
        world.laptop.attach = lambda laptop: attach(laptop, world.gateway)
        build(world)
        world.laptop.boot()
        request = world.laptop.run([EVERTUNNEL, "client", "request", "laptop1", "--domain", "corp.contoso.com"]).stdout
        world.laptop.write(
            "/etc/laptop1.profile", documents.to_json(profile_of(certificates, certificates.device(request)))
        )
        world.laptop.run([EVERTUNNEL, "client", "install", "/etc/laptop1.profile"])
        yield world
    finally:
        for host in (laptop, gateway, management):
            host.kill()
        for process in (*world.background, *world.charons, world.laptop.boot_process):
            if process is not None:
                process.wait(5)


def attach(laptop: Host, gateway: Host) -> None:
    # The power cut took the laptop's end of the cable along, but the kernel may still be about it.
    gateway.run(["ip", "link", "del", "pub"], check=False)
    wire(
        gateway.pid,
        [
            f"link add pub type veth peer name wan netns {laptop.pid}",
            f"address add {GATEWAY}/24 dev pub",
            "link set pub up",
        ],
    )
    wire(
        laptop.pid,
        [f"address add {DEVICE}/24 dev wan", "link set wan up", "link set lo up", f"route add default via {GATEWAY}"],
    )


def build(world: World) -> None:
    gateway, management = world.gateway, world.management
    wire(
        gateway.pid,
        [f"link add lan type veth peer name eth0 netns {management.pid}", "address add 10.0.0.1/24 dev lan"],
    )
    wire(gateway.pid, ["link set lan up", "link set lo up", f"address add {ELSEWHERE}/32 dev lo"])
    wire(
        management.pid, [f"address add {MANAGEMENT}/24 dev eth0", "link set eth0 up", "route add default via 10.0.0.1"]
    )
    gateway.put({"net.ipv4.ip_forward": "1"})
    gateway.run(["nft", "-f", "-"], stdin=LEAKS)
    gateway.write("/etc/gw.conf", GATEWAY_CONF)
    world.background.append(gateway.start_call("serve", pages={"80": "elsewhere"}, echoes=[]))
    world.background.append(management.start_call("serve", pages={"80": "management"}, echoes=[]))
    world.start_gateway()


def profile_of(certificates: "Certificates", certificate: str) -> DeviceProfile:
    return documents.read(
        DeviceProfile,
        {
            "schema": 1,
            "device": "laptop1",
            "domain": "corp.contoso.com",
            "gateway": "vpn.contoso.com",
            "ike_proposals": ["aes128gcm16-prfsha256-modp2048"],
            "esp_proposals": ["aes128gcm16-ecp256"],
            "authorities": [certificates.root_pem, certificates.issuing_pem],
            "certificate": certificate,
            "pool": "10.99.0.0/24",
            "routes": [f"{MANAGEMENT}/32"],
            "probes": [{"address": MANAGEMENT, "port": 80}],
        },
        name="test profile",
    )


def gateway_messages(certificates: "Certificates") -> list[tuple[str, dict[str, object]]]:
    local = {"auth": "pubkey", "certs": [certificates.gateway_pem], "id": "vpn.contoso.com"}
    remote = {"auth": "pubkey", "id": "O=Contoso, CN=*, serialNumber=*", "cacerts": [certificates.issuing_pem]}
    child = {
        "local_ts": ["0.0.0.0/0"],
        "remote_ts": ["dynamic"],
        "esp_proposals": ["aes128gcm16-ecp256"],
        "rekey_time": "0",
        "life_time": "1h",
    }
    device = {
        "version": "2",
        "proposals": ["aes128gcm16-prfsha256-modp2048"],
        "pools": ["devices"],
        "encap": "yes",
        "send_cert": "always",
        "local": local,
        "remote": remote,
        "children": {"device": child},
    }
    return [
        ("load-cert", {"type": "X509", "flag": "CA", "data": certificates.root_pem}),
        ("load-cert", {"type": "X509", "flag": "CA", "data": certificates.issuing_pem}),
        ("load-key", {"type": "any", "data": certificates.gateway_key_pem}),
        ("load-pool", {"devices": {"addrs": "10.99.0.0/24"}}),
        ("load-conn", {"device": device}),
    ]


class Certificates:
    """A root, an issuing authority, a gateway, and whatever devices ask."""

    def __init__(self) -> None:
        root_key, self._issuing_key, gateway_key = (rsa.generate_private_key(65537, 2048) for _ in range(3))
        root = _certificate("Contoso Root CA", root_key.public_key(), None, root_key, is_ca=True)
        self._issuing = _certificate(
            "Contoso Issuing CA", self._issuing_key.public_key(), root.subject, root_key, is_ca=True
        )
        gateway = self._leaf("vpn.contoso.com", gateway_key.public_key())
        self.root_pem, self.issuing_pem, self.gateway_pem = (_pem(each) for each in (root, self._issuing, gateway))
        self.gateway_key_pem = gateway_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def device(self, csr: str) -> str:
        request = x509.load_pem_x509_csr(csr.encode())
        key = request.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        return _pem(self._leaf("laptop1.corp.contoso.com", key))

    def _leaf(self, name: str, key: rsa.RSAPublicKey) -> x509.Certificate:
        return _certificate(name, key, self._issuing.subject, self._issuing_key, is_ca=False)


def _certificate(
    name: str, key: rsa.RSAPublicKey, issuer: x509.Name | None, issuer_key: rsa.RSAPrivateKey, *, is_ca: bool
) -> x509.Certificate:
    serial, now = x509.random_serial_number(), dt.datetime.now(dt.UTC)
    parts = [(NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, name)]
    parts += [] if is_ca else [(NameOID.SERIAL_NUMBER, f"{serial:x}")]
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])
    return (
        x509.CertificateBuilder(
            issuer or subject, subject, key, serial, now - dt.timedelta(hours=1), now + dt.timedelta(days=9)
        )
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
