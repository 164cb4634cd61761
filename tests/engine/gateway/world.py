"""charon at both ends, and the sessions service between."""

import contextlib
import http.server
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.engine.gateway.certificates import ARC, Authority, Issued
from tests.engine.gateway.radius import SECRET, Radius, socket_in

from evertunnel import documents
from evertunnel.drivers.vici import Vici
from evertunnel.drivers.vici_values import Sa
from evertunnel.errors import EngineError
from evertunnel.gateway.model import (
    Connections,
    CrlSource,
    DeviceConnection,
    Lifetimes,
    Limits,
    Orders,
    Pool,
    RadiusServer,
    SessionsSettings,
)
from evertunnel.gateway.refusals import Journal, Refusal
from evertunnel.gateway.render import CHARON, close_commands, strongswan_conf
from evertunnel.plan.gateway import Esp
from evertunnel.values import Fqdn, HostName, ObjectId, Secret


def eventually(true: Callable[[], object], seconds: float = 8.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return bool(true())


def space(name: str) -> str:
    """The network namespace of a host: its own in each process of the tests."""
    return f"et-e{os.getpid()}-{name}"


def run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


CLIENT_PLUGINS = "kernel-libipsec kernel-netlink socket-default vici"
CLIENT_CONF = """\
charon-systemd {{
  load_modular = no
  load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl kdf {plugins}
  retransmit_timeout = 0.5
  retransmit_base = 1.0
  retransmit_tries = 3
  filelog {{
    stderr {{
      default = 1
      flush_line = yes
    }}
  }}
  journal {{
    default = -1
  }}
  plugins {{
    vici {{
      socket = unix://{socket}
    }}
    kernel-netlink {{
      fwmark = 0x42
    }}
  }}
}}
"""

TABLE = """\
table inet evertunnel {
  set latch { type inet_service; }
  set admitted_management { type ipv4_addr; flags timeout; }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "pub" udp dport { 500, 4500 } udp dport != @latch drop
    iifname "ipsec*" drop
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    iifname "ipsec*" ip saddr @admitted_management counter accept
    oifname "ipsec*" ip daddr @admitted_management counter accept
  }
}
"""


class World:
    """A gateway with its inside, and laptops on the network outside."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = Authority()
        self.pool = "10.99.0.0/24"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.laptops: list[Laptop] = []
        self.crls = directory / "published"
        self.crls.mkdir()
        self.publish()

    # network

    def build(self) -> None:
        for name in ("net", "gw", "hq"):
            self.namespace(name)
        run("ip", "netns", "exec", space("net"), "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.attach("gw", "pub", "203.0.113.10/24", "203.0.113.1")
        run("ip", "-n", space("gw"), "link", "add", "lan", "type", "veth", "peer", "name", "eth0", "netns", space("hq"))
        self._up("gw", "lan", "10.0.0.1/24")
        self._up("hq", "eth0", "10.0.0.10/24")
        run("ip", "-n", space("hq"), "addr", "add", "10.0.0.20/24", "dev", "eth0")
        run("ip", "-n", space("hq"), "route", "add", "default", "via", "10.0.0.1")
        run(
            "ip",
            "netns",
            "exec",
            space("gw"),
            "sysctl",
            "-qw",
            "net.ipv4.ip_forward=1",
            "net.ipv4.conf.all.rp_filter=0",
        )
        self.nft(TABLE)
        self.radius = Radius(space("hq"))
        self.web = self._web()

    def namespace(self, name: str) -> None:
        run("ip", "netns", "add", space(name))
        run("ip", "-n", space(name), "link", "set", "lo", "up")

    def attach(self, name: str, interface: str, address: str, router: str) -> None:
        """A card toward the internet, which is one router."""
        peer = f"p-{name}"
        run(
            "ip",
            "-n",
            space("net"),
            "link",
            "add",
            peer,
            "type",
            "veth",
            "peer",
            "name",
            interface,
            "netns",
            space(name),
        )
        self._up("net", peer, f"{router}/{address.partition('/')[2]}")
        self._up(name, interface, address)
        run("ip", "-n", space(name), "route", "add", "default", "via", router)

    def _up(self, name: str, interface: str, address: str) -> None:
        run("ip", "-n", space(name), "addr", "add", address, "dev", interface)
        run("ip", "-n", space(name), "link", "set", interface, "up")

    def nft(self, commands: str) -> None:
        subprocess.run(["ip", "netns", "exec", space("gw"), "nft", "-f", "-"], input=commands.encode(), check=True)

    def admitted(self) -> set[str]:
        listed = json.loads(
            run(
                "ip",
                "netns",
                "exec",
                space("gw"),
                "nft",
                "-j",
                "list",
                "set",
                "inet",
                "evertunnel",
                "admitted_management",
            )
        )
        elements = listed["nftables"][1]["set"].get("elem", [])
        return {each["elem"]["val"] for each in elements}

    def is_open(self) -> bool:
        return "elements" in run(
            "ip", "netns", "exec", space("gw"), "nft", "list", "set", "inet", "evertunnel", "latch"
        )

    # gateway

    def start(self) -> None:
        self.start_charon()
        self.start_sessions()
        assert eventually(self.is_open), self.logs()

    def connections(self) -> Connections:
        device = DeviceConnection(
            address=ipaddress.IPv4Address("203.0.113.10"),
            identity=Fqdn("vpn.contoso.com"),
            peer_pattern="O=Contoso, CN=*, serialNumber=*",
            policy=ObjectId(f"{ARC}.1"),
            ike_proposals=("aes128gcm16-prfsha256-ecp256",),
            esp_proposals=("aes128gcm16",),
            lifetimes=Lifetimes(ike=3600, child=3600, dpd=2),
            encapsulation=True,
            pool=Pool(name="devices", network=ipaddress.IPv4Network(self.pool)),
        )
        gateway = self.authority.leaf("vpn.contoso.com", template=2)
        return Connections(
            schema=1,
            device=device,
            authorities=(self.authority.root.pem, self.authority.issuing.pem),
            certificate=gateway.pem,
            key=Secret(gateway.key_pem),
        )

    def settings(self) -> SessionsSettings:
        return SessionsSettings(
            schema=1,
            host=HostName("gateway1"),
            address=ipaddress.IPv4Address("10.0.0.1"),
            called=Fqdn("vpn.contoso.com"),
            radius=RadiusServer(
                address=ipaddress.IPv4Address("10.0.0.20"),
                port=1812,
                secret=Secret(SECRET),
                vendor=32473,
                timeout_seconds=1,
                tries=2,
            ),
            orders=Orders(source=ipaddress.IPv4Address("10.0.0.20"), port=3799, secret=Secret("orders")),
            reaches=("management",),
            pools=(ipaddress.IPv4Network(self.pool),),
            limits=Limits(lease=6, ask_again=2, grace=8),
            crls=CrlSource(urls=("http://10.0.0.20/root.crl", "http://10.0.0.20/issuing.crl"), fetch_seconds=30),
        )

    def configure(self) -> None:
        self.socket = self.directory / "gw.vici"
        self.log = self.directory / "gw-refusals.log"
        conf = strongswan_conf(Esp.LIBIPSEC, self.socket, self.log)
        (self.directory / "strongswan.conf").write_text(conf)
        (self.directory / "connections.json").write_text(documents.to_json(self.connections()))
        (self.directory / "sessions.json").write_text(documents.to_json(self.settings()))

    def start_charon(self) -> None:
        self.nft(close_commands(["management"]))
        run("install", "-m", "0600", "/dev/null", str(self.log))
        self.charon = self.spawn("gw", "charon", list(CHARON), STRONGSWAN_CONF=str(self.directory / "strongswan.conf"))

    def start_sessions(self) -> None:
        d = self.directory
        code = (
            "from pathlib import Path\nfrom evertunnel.drivers import logs\n"
            "from evertunnel.services.sessions import Places, main\nlogs.configure()\n"
            f"main(Places(connections=Path({str(d / 'connections.json')!r}), settings=Path({str(d / 'sessions.json')!r}),"  # noqa: E501 (one thing)
            f" socket=Path({str(self.socket)!r}), log=Path({str(self.log)!r}), state=Path({str(d / 'state')!r})))"
        )
        self.sessions = self.spawn("gw", "sessions", [sys.executable, "-c", code])

    def kill(self, process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
        process.send_signal(number)
        process.wait(10)

    def spawn(self, name: str, log: str, argv: list[str], **environment: str) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}-{log}.log").open("ab") as stream:
            process = subprocess.Popen(
                ["ip", "netns", "exec", space(name), *argv],
                stdout=stream,
                stderr=stream,
                env={**os.environ, **environment},
            )
        self.processes.append(process)
        return process

    def refusals(self) -> list[Refusal]:
        return list(Journal(self.directory / "state" / "refusals.jsonl").read())

    def reason_for(self, laptop: "Laptop") -> str:
        assert eventually(lambda: any(each.identity == laptop.identity for each in self.refusals())), self.logs()
        return next(each.reason for each in self.refusals() if each.identity == laptop.identity)

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text()[-6000:]}" for path in sorted(self.directory.glob("*.log"))
        )

    def publish(self, *revoked: Issued, number: int = 1) -> None:
        (self.crls / "root.crl").write_bytes(self.authority.crl(self.authority.root))
        (self.crls / "issuing.crl").write_bytes(self.authority.crl(self.authority.issuing, *revoked, number=number))

    def _web(self) -> http.server.HTTPServer:
        directory = self.crls

        class Handler(http.server.BaseHTTPRequestHandler):
            # A laptop whose tunnel is cut never says goodbye.
            timeout = 2

            def do_GET(self) -> None:
                body = (directory / self.path.lstrip("/")).read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        server = http.server.ThreadingHTTPServer(("10.0.0.20", 80), Handler, bind_and_activate=False)
        server.daemon_threads, server.block_on_close = True, False
        server.socket.close()
        server.socket = socket_in(space("hq"), socket.SOCK_STREAM, ("10.0.0.20", 80))
        server.server_activate()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    # laptops

    def laptop(self, name: str, certificate: Issued | None = None, **identity: str) -> "Laptop":
        made = Laptop(
            self, name, certificate or self.authority.leaf(f"{name}.corp.contoso.com"), len(self.laptops), **identity
        )
        self.laptops.append(made)
        return made

    def destroy(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        self.radius.close()
        self.web.shutdown()
        self.web.server_close()
        for name in ("net", "gw", "hq", *(laptop.namespace for laptop in self.laptops)):
            subprocess.run(["ip", "netns", "del", space(name)], check=False)


class Laptop:
    """A charon outside with one device certificate, driven by VICI."""

    def __init__(self, world: World, name: str, certificate: Issued, number: int, identity: str | None = None) -> None:
        self.world = world
        self.namespace = f"lt{number}"
        world.namespace(self.namespace)
        world.attach(self.namespace, "wifi", f"192.0.2.{4 * number + 2}/30", f"192.0.2.{4 * number + 1}")
        self.socket = world.directory / f"{self.namespace}.vici"
        conf = world.directory / f"{self.namespace}.conf"
        conf.write_text(
            CLIENT_CONF.format(socket=self.socket, plugins="kernel-libipsec kernel-netlink socket-default vici")
        )
        self.process = world.spawn(self.namespace, name, ["charon-systemd"], STRONGSWAN_CONF=str(conf))
        assert eventually(self.socket.exists)
        self.load(certificate, identity)

    def load(self, certificate: Issued, identity: str | None = None) -> None:
        self.certificate = certificate
        self.identity = identity or certificate.subject
        with self.vici() as vici:
            vici.load_authority(self.world.authority.root.pem)
            vici.load_authority(self.world.authority.issuing.pem)
            vici.load_key(certificate.key_pem)
            vici.load_conn("gw", {
                "version": "2", "proposals": ["aes128gcm16-prfsha256-ecp256"], "remote_addrs": ["203.0.113.10"], "encap": "yes",  # noqa: E501 (one thing)
                "vips": ["0.0.0.0"], "dpd_delay": "2s", "keyingtries": "1",
                "local": {"auth": "pubkey", "certs": [certificate.pem, self.world.authority.issuing.pem], "id": self.identity},  # noqa: E501 (one thing)
                "remote": {"auth": "pubkey", "id": "vpn.contoso.com"},
                "children": {"gw": {"remote_ts": ["0.0.0.0/0"], "reqid": "101", "esp_proposals": ["aes128gcm16"]}},
            })  # fmt: skip

    @contextlib.contextmanager
    def vici(self) -> Iterator[Vici]:
        vici = Vici(self.socket)
        try:
            yield vici
        finally:
            vici.close()

    def connect(self) -> None:
        with self.vici() as vici:
            vici.initiate("gw", "gw", seconds=5)
        (self.address,) = self.sas()[-1].own_addresses
        run(
            "ip",
            "-n",
            space(self.namespace),
            "route",
            "replace",
            "10.0.0.0/24",
            "dev",
            "ipsec0",
            "src",
            str(self.address),
        )

    def disconnect(self) -> None:
        with self.vici() as vici:
            for sa in vici.list_sas():
                vici.terminate(sa.ike_id)
        assert eventually(lambda: not self.sas())

    def is_refused(self) -> bool:
        try:
            self.connect()
        except EngineError:
            return True
        return False

    def sas(self) -> tuple[Sa, ...]:
        with self.vici() as vici:
            return vici.list_sas()

    def reaches_inside(self, source: str | None = None) -> bool:
        try:
            probe = socket_in(space(self.namespace), socket.SOCK_STREAM, (source or str(self.address), 0))
        except OSError:
            return False
        with probe:
            probe.settimeout(0.4)
            return probe.connect_ex(("10.0.0.20", 80)) == 0
