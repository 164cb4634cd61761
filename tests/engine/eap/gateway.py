"""A gateway's charon as the product configures it, between FreeRADIUS and a laptop's charon."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import vici
from tests.engine.eap.certificates import ARC, Leaf
from tests.engine.eap.world import ADDRESS, GATEWAY, SECRET, World

from evertunnel.drivers.vici import Vici
from evertunnel.drivers.vici_values import Sa
from evertunnel.errors import EngineError
from evertunnel.gateway import loading
from evertunnel.gateway.model import Connections, DeviceConnection, Lifetimes, Pool, RadiusServer
from evertunnel.gateway.render import eap_radius_conf, strongswan_conf
from evertunnel.pki.templates import TemplateName
from evertunnel.plan.gateway import Esp
from evertunnel.values import Fqdn, HostName, ObjectId, Secret

OUTSIDE, LAPTOP = "203.0.113.10", "203.0.113.20"
NAME = "vpn.contoso.com"
IKE, ESP = "aes128gcm16-prfsha256-ecp256", "aes128gcm16"

LAPTOP_PLUGINS = (
    "random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl kdf kernel-libipsec kernel-netlink socket-default"
    " eap-identity eap-tls vici"
)
LAPTOP_CONF = """\
charon-systemd {{
  load_modular = no
  load = {plugins}
  reuse_ikesa = no
  retransmit_timeout = 0.5
  retransmit_base = 1.0
  retransmit_tries = 8
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
    kernel-netlink {{
      fwmark = 0x42
    }}
    vici {{
      socket = unix://{socket}
    }}
  }}
}}
"""


@dataclass
class Tunnels:
    """Two charons, and the connections that the laptop has tried."""

    world: World
    directory: Path
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def gateway(self) -> str:
        return f"{self.world.namespace}-gw"

    @property
    def laptop(self) -> str:
        return f"{self.world.namespace}-lt"

    def build(self) -> None:
        for namespace in (self.gateway, self.laptop):
            _run("ip", "netns", "add", namespace)
            _run("ip", "-n", namespace, "link", "set", "lo", "up")
        self._wire((self.gateway, "pub", f"{OUTSIDE}/24"), (self.laptop, "wifi", f"{LAPTOP}/24"))
        self._wire((self.gateway, "lan", f"{GATEWAY}/24"), (self.world.namespace, "lan", "10.0.0.2/24"))
        _run("ip", "-n", self.gateway, "route", "add", str(ADDRESS), "via", "10.0.0.2")
        radius = self.directory / "eap-radius.conf"
        radius.write_text(eap_radius_conf(self._radius(), HostName("gateway1")))
        log = self.directory / "refusals.log"
        conf = strongswan_conf(Esp.LIBIPSEC, self._socket(self.gateway), log, radius)
        self._start(self.gateway, conf)
        self._start(self.laptop, LAPTOP_CONF.format(plugins=LAPTOP_PLUGINS, socket=self._socket(self.laptop)))
        with self.vici(self.gateway) as charon:
            loading.load(charon, self._connections())
            for name in ("root", "issuing"):
                charon.load_crl((self.world.authority.directory / f"{name}.crl").read_bytes())

    def destroy(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for namespace in (self.gateway, self.laptop):
            subprocess.run(["ip", "netns", "del", namespace], check=False)

    # --------------------------------------------------------------------------------------------------- trying

    def user(self, leaf: str, identity: str, **more: str) -> Sa | None:
        """The gateway's SA of a user tunnel by EAP-TLS; None when it did not come up."""
        held = self.world.leaves[leaf]
        local = {"auth": "eap-tls", "certs": _chain(held), "id": identity, "eap_id": identity, **more}
        return self._try(held, {**local, "aaa_id": "core1.corp.contoso.com"})

    def device(self, leaf: str, identity: str) -> Sa | None:
        """The same by the certificate alone, as the device tunnel."""
        held = self.world.leaves[leaf]
        return self._try(held, {"auth": "pubkey", "certs": _chain(held), "id": identity})

    def eap_id(self, sa: Sa) -> str:
        """Whom list-sas of the gateway shows as the EAP identity: it leaves out one that is the IKE identity, too."""
        with _session(self._socket(self.gateway)) as session:
            (shown,) = session.list_sas({"ike-id": str(sa.ike_id)})
        (section,) = shown.values()
        return str(section.get("remote-eap-id", section["remote-id"]).decode())

    def end_all(self) -> None:
        with self.vici(self.laptop) as charon:
            for sa in charon.list_sas():
                charon.terminate(sa.ike_id)
        deadline = time.monotonic() + 5
        while self.sas():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def sas(self) -> tuple[Sa, ...]:
        with self.vici(self.gateway) as charon:
            return charon.list_sas()

    @contextmanager
    def vici(self, namespace: str) -> Iterator[Vici]:
        charon = Vici(self._socket(namespace))
        try:
            yield charon
        finally:
            charon.close()

    # -------------------------------------------------------------------------------------------------- details

    def _try(self, held: Leaf, local: dict[str, object]) -> Sa | None:
        before = {sa.ike_id for sa in self.sas()}
        child = {"reqid": str(100 + len(before)), "remote_ts": ["0.0.0.0/0"], "esp_proposals": [ESP]}
        definition = {
            "version": "2",
            "proposals": [IKE],
            "remote_addrs": [OUTSIDE],
            "encap": "yes",
            "vips": ["0.0.0.0"],
            "keyingtries": "1",
            "unique": "never",
            "local": local,
            "remote": {"auth": "pubkey", "id": NAME},
            "children": {"tried": child},
        }
        # charon takes any certificate that fits the EAP identity: there shall be none but this.
        with _session(self._socket(self.laptop)) as session:
            session.clear_creds()
        with self.vici(self.laptop) as charon:
            for pem in self.world.authority.authorities:
                charon.load_authority(pem)
            charon.load_key(held.key_file.read_text())
            charon.load_conn("tried", definition)
            with suppress(EngineError):
                charon.initiate("tried", "tried", seconds=12)
        came = [sa for sa in self.sas() if sa.ike_id not in before and sa.children]
        return came[0] if came else None

    def _connections(self) -> Connections:
        server = self.world.authority.leaf("vpn", TemplateName.VPN_SERVER, NAME)
        device = DeviceConnection(
            address=IPv4Address(OUTSIDE),
            identity=Fqdn(NAME),
            peer_pattern="O=Contoso, CN=*, serialNumber=*",
            policy=ObjectId(f"{ARC}.1"),
            ike_proposals=(IKE,),
            esp_proposals=(ESP,),
            lifetimes=Lifetimes(ike=3600, child=3600, dpd=10),
            encapsulation=True,
            pool=Pool(name="devices", network=IPv4Network("10.99.0.0/24")),
        )
        return Connections(
            schema=1,
            device=device,
            authorities=self.world.authority.authorities,
            certificate=_chain(server)[0],
            key=Secret(server.key_file.read_text()),
            user_pools=(
                Pool(name="staff", network=IPv4Network("10.97.0.0/24")),
                Pool(name="users", network=IPv4Network("10.98.0.0/24")),
            ),
        )

    def _radius(self) -> RadiusServer:
        return RadiusServer(address=ADDRESS, port=1812, secret=Secret(SECRET), vendor=32473, timeout_seconds=1, tries=2)

    def _wire(self, one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
        _run(*f"ip -n {one[0]} link add {one[1]} type veth peer name {other[1]} netns {other[0]}".split())
        for namespace, interface, address in (one, other):
            _run("ip", "-n", namespace, "addr", "add", address, "dev", interface)
            _run("ip", "-n", namespace, "link", "set", interface, "up")

    def _start(self, namespace: str, conf: str) -> None:
        path = self.directory / f"{namespace}.conf"
        path.write_text(conf)
        argv = ["ip", "netns", "exec", namespace, "/usr/sbin/charon-systemd"]
        with (self.directory / f"{namespace}.log").open("ab") as log:
            environment = {**os.environ, "STRONGSWAN_CONF": str(path)}
            self.processes.append(subprocess.Popen(argv, stdout=log, stderr=log, env=environment))
        deadline = time.monotonic() + 10
        while not self._socket(namespace).exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _socket(self, namespace: str) -> Path:
        return self.directory / f"{namespace[-2:]}.vici"


@contextmanager
def built(world: Path, tunnels: Path) -> Iterator[Tunnels]:
    """The world and a gateway in it, each with a directory of its own; both are gone afterwards."""
    there = World(world)
    made = Tunnels(there, tunnels)
    try:
        there.build()
        made.build()
        yield made
    finally:
        made.destroy()
        there.destroy()


@contextmanager
def _session(path: Path) -> Iterator[vici.Session]:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(str(path))
        yield vici.Session(sock)


def subject(leaf: Leaf) -> str:
    """The certificate's subject, as charon writes it."""
    return f"O=Contoso, CN={leaf.principal}, serialNumber={leaf.serial}"


def _chain(leaf: Leaf) -> list[str]:
    end = "-----END CERTIFICATE-----\n"
    return [part + end for part in leaf.chain_file.read_text().split(end) if part.strip()]


def _run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
