"""The configuration for swanctl, as it is delivered: a real charon loads it, connects, and its packets arrive."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.engine.gateway.world import Laptop, World, eventually, run, space
from tests.unit.profiles.contoso import ALICE, plan_with

from evertunnel.profiles import strongswan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.identity import Identity

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

PLAN = plan_with(
    {
        "gateway.proposals": "custom",
        "gateway.ike_proposals": ["aes128gcm16-prfsha256-ecp256"],
        "gateway.esp_proposals": ["aes128gcm16"],
        "device_tunnel.routes": ["10.0.0.20/32"],
    }
)
PLUGINS = (
    "random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl kdf kernel-libipsec kernel-netlink"
    " socket-default eap-identity eap-tls updown vici"
)
STRONGSWAN_CONF = """\
charon-systemd {{
  load_modular = no
  load = {plugins}
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
  }}
}}
include {etc}/strongswan.d/*.conf
"""
# Those that swanctl looks into, and that the distribution makes.
FOLDERS = (
    "x509",
    "x509ca",
    "x509aa",
    "x509ac",
    "x509crl",
    "x509ocsp",
    "private",
    "pubkey",
    "rsa",
    "ecdsa",
    "bliss",
    "pkcs8",
    "pkcs12",
)
# The paths of the configuration are those of a host of its own.
AS_ON_A_HOST = 'mount --bind "$1/swanctl" /etc/swanctl && mount --bind "$1/hosts" /etc/hosts && exec charon-systemd'


def test_both_tunnels_are_listed_with_who_they_are_for(world: World, tmp_path: Path) -> None:
    host = Host(world, tmp_path / "etc")

    loaded = host.swanctl("--load-all")
    listed = host.swanctl("--list-conns").stdout

    assert "failed" not in loaded.stdout + loaded.stderr
    assert "evertunnel-device: IKEv2" in listed
    assert "evertunnel-user: IKEv2" in listed
    assert f"id: {ALICE}" in listed
    assert "aaa_id: core1.corp.contoso.com" in listed
    assert host.laptop.certificate.subject in listed


def test_device_tunnel_reaches_the_inside_by_its_own_routes_alone(world: World, tmp_path: Path) -> None:
    host = Host(world, tmp_path / "etc")

    host.swanctl("--load-all")

    assert eventually(host.laptop.sas), world.logs()
    assert eventually(lambda: host.routes("10.0.0.20")), world.logs()
    (host.laptop.address,) = host.laptop.sas()[-1].own_addresses
    assert eventually(host.laptop.reaches_inside), world.logs()
    assert host.way("10.0.0.20") == "ipsec0"
    assert host.way("198.51.100.1") == "wifi"

    host.swanctl("--terminate", "--ike", "evertunnel-device")

    assert eventually(lambda: not host.routes("10.0.0.20")), world.logs()


def test_configuration_with_another_authority_gets_no_tunnel(world: World, tmp_path: Path) -> None:
    host = Host(world, tmp_path / "etc")
    stranger = type(world.authority)(prefix="Another")
    for name in ("x509ca/evertunnel-issuing.pem", "x509ca/evertunnel-root.pem"):
        (host.etc / "swanctl" / name).write_text(stranger.issuing.pem if "issuing" in name else stranger.root.pem)

    host.swanctl("--load-all")
    tried = host.swanctl("--initiate", "--child", "device", "--timeout", "5", fails=True)

    assert tried.returncode != 0
    assert not host.routes("10.0.0.20")


class Host:
    """A laptop with strongSwan as its distribution ships it, and our configuration in /etc."""

    def __init__(self, world: World, etc: Path) -> None:
        self.etc = etc
        self.laptop: Laptop = world.laptop("laptop1")
        world.kill(self.laptop.process)
        self.laptop.socket = world.directory / "swanctl.vici"
        for folder in FOLDERS:
            (etc / "swanctl" / folder).mkdir(parents=True)
        trust = Trust(root=world.authority.root.pem, issuing=world.authority.issuing.pem)
        for document in strongswan.build(PLAN, trust, Identity(user=ALICE)).documents:
            self._write(str(document.path), document.content.decode())
        self._certificates(world)
        conf = STRONGSWAN_CONF.format(plugins=PLUGINS, socket=self.laptop.socket, etc=etc)
        self._write("strongswan.conf", conf)
        self._write("swanctl/swanctl.conf", "include conf.d/*.conf\n")
        self._write("hosts", "127.0.0.1 localhost\n203.0.113.10 vpn.contoso.com\n")
        argv = ["unshare", "--mount", "sh", "-c", AS_ON_A_HOST, "sh", str(etc)]
        world.spawn(self.laptop.namespace, "swanctl", argv, STRONGSWAN_CONF=str(etc / "strongswan.conf"))
        assert eventually(self.laptop.socket.exists), world.logs()

    def swanctl(self, *words: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
        argv = ["swanctl", *words, "--uri", f"unix://{self.laptop.socket}"]
        environment = {**os.environ, "SWANCTL_DIR": str(self.etc / "swanctl")}
        return subprocess.run(argv, check=not fails, capture_output=True, text=True, env=environment)

    def routes(self, to: str) -> list[str]:
        shown = run("ip", "-n", space(self.laptop.namespace), "-4", "route", "show", to)
        return [line.strip() for line in shown.splitlines()]

    def way(self, to: str) -> str:
        """The interface by which a packet leaves."""
        words = run("ip", "-n", space(self.laptop.namespace), "-4", "-o", "route", "get", to).split()
        return words[words.index("dev") + 1]

    def _certificates(self, world: World) -> None:
        people = world.authority.leaf("alice", template=4)
        for name, issued in {"device": self.laptop.certificate, "user": people}.items():
            self._write(f"swanctl/x509/evertunnel-{name}.pem", issued.pem)
            self._write(f"swanctl/private/evertunnel-{name}.pem", issued.key_pem)

    def _write(self, path: str, text: str) -> None:
        target = self.etc / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
