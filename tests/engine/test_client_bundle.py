"""What `profile build --for linux` makes, on a laptop with certificates, before a real gateway and RADIUS."""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.engine.eap.certificates import Authority, Leaf
from tests.engine.eap.gateway import ESP, IKE, NAME, OUTSIDE, Tunnels, built
from tests.engine.eap.laptop import DEVICES, FIXED, KEYS, attach, open_inside
from tests.engine.eap.world import ADDRESS, ALICE, BOB
from tests.unit.profiles.contoso import plan_with

from evertunnel.lab.hosts import Host
from evertunnel.pki.templates import TemplateName
from evertunnel.profiles import linux
from evertunnel.profiles.delivery import Trust

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not Path("/usr/sbin/charon-systemd").exists(), reason="needs charon-systemd"),
]

EVERTUNNEL = str(Path(sys.executable).parent / "evertunnel")
LAPTOP1 = "laptop1.corp.contoso.com"
# The inside host is the one that answers here.
PLAN = plan_with(
    {
        "gateway.proposals": "custom",
        "gateway.ike_proposals": [IKE],
        "gateway.esp_proposals": [ESP],
        "reach.management.hosts": ["core1"],
        "reach.intranet.hosts": ["core1"],
    }
)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    with built(tmp_path_factory.mktemp("eap"), tmp_path_factory.mktemp("tunnels")) as made:
        server = open_inside(made)
        try:
            yield made
        finally:
            server.kill()
            server.wait()


@pytest.fixture
def laptop(gateway: Tunnels, tmp_path: Path) -> Iterator["Laptop"]:
    """With the delivered folder, and nothing else yet."""
    made = Laptop(gateway, Host("laptop1", tmp_path / "laptop", names={NAME: OUTSIDE}))
    made.host.boot_command = (EVERTUNNEL, "supervise")
    made.host.attach = lambda host: attach(gateway, host.pid)
    made.host.boot()
    root, issuing = gateway.world.authority.authorities
    for document in linux.build(PLAN, Trust(root=root, issuing=issuing)).documents:
        made.puts(f"/etc/{document.path}", document.content.decode())
    try:
        yield made
        made.types("remove", "--purge")
    finally:
        made.host.kill()
        if made.host.boot_process is not None:
            made.host.boot_process.wait(5)


def test_both_tunnels_come_up_from_the_profiles_for_all_and_carry_packets(laptop: "Laptop") -> None:
    leaves = laptop.gateway.world.leaves
    laptop.holds("device.key", leaves["device"])
    laptop.holds(f"users/{ALICE}/user.key", leaves["alice"])

    laptop.types("install", "/etc/agent/device-tunnel.profile", "--certificate", laptop.carries(leaves["device"]))
    device = laptop.until_up("status")
    assert laptop.fetch() == device
    assert device.startswith(str(DEVICES.network_address)[:-1])

    profile = ("--profile", "/etc/agent/user-tunnel.profile", "--certificate", laptop.carries(leaves["alice"]))
    laptop.types("sign-in", ALICE, *profile)
    assert laptop.until_up("user-status") == str(FIXED)
    assert laptop.fetch() == str(FIXED)

    # Another profile for all needs no certificate.
    shorter = laptop.host.read("/etc/agent/device-tunnel.profile").replace('"dpd_seconds": 2', '"dpd_seconds": 3')
    laptop.puts("/etc/agent/device-tunnel.profile", shorter)
    laptop.types("install", "/etc/agent/device-tunnel.profile")
    anew = time.time()
    assert '"dpd_seconds": 3' in laptop.host.read("/etc/evertunnel/client/profile.json")
    assert laptop.until_up("user-status", anew) == laptop.fetch()

    # The next time needs no file.
    laptop.types("sign-out")
    laptop.types("sign-in", ALICE)
    assert laptop.until_up("user-status") == str(FIXED)


def test_what_the_gateway_would_refuse_is_not_installed(laptop: "Laptop", tmp_path: Path) -> None:
    install = ("install", "/etc/agent/device-tunnel.profile", "--certificate")
    leaves = laptop.gateway.world.leaves
    another = Authority(directory=tmp_path / "another").leaf("another", TemplateName.DEVICE, LAPTOP1)

    laptop.holds("device.key", another)
    assert f"CN={LAPTOP1},O=Contoso is not signed by CN=Contoso Issuing CA" in laptop.types(
        *install, laptop.carries(another), status=2
    )
    laptop.holds("device.key", leaves["alice"])
    assert f"it names {ALICE}, which is no device" in laptop.types(*install, laptop.carries(leaves["alice"]), status=2)
    assert "does not belong to the key" in laptop.types(*install, laptop.carries(leaves["device"]), status=2)
    assert "--certificate FILE" in laptop.types(*install[:-1], status=2)
    assert laptop.host.run(["find", "/etc/evertunnel"], check=False).stdout == ""

    laptop.holds("device.key", leaves["device"])
    laptop.types(*install, laptop.carries(leaves["device"]))
    assert laptop.until_up("status") == laptop.fetch()


def test_certificate_that_is_not_a_persons_for_the_tunnel_signs_nobody_in(laptop: "Laptop") -> None:
    leaves = laptop.gateway.world.leaves
    sign_in = ("sign-in", ALICE, "--profile", "/etc/agent/user-tunnel.profile", "--certificate")
    laptop.holds("device.key", leaves["device"])
    laptop.types("install", "/etc/agent/device-tunnel.profile", "--certificate", laptop.carries(leaves["device"]))
    for name, told in (
        ("stranger", "is not signed by CN=Contoso Issuing CA"),
        ("mail", "lacks the policy"),
        ("bob", f"it names {BOB}, not {ALICE}"),
        ("expired", "valid from"),
    ):
        laptop.holds(f"users/{ALICE}/user.key", leaves[name])
        assert told in laptop.types(*sign_in, laptop.carries(leaves[name]), status=2)

    laptop.holds(f"users/{ALICE}/user.key", leaves["alice"])
    laptop.types(*sign_in, laptop.carries(leaves["alice"]))
    assert laptop.until_up("user-status") == str(FIXED)


@dataclass
class Laptop:
    """A device with our agent, and what was brought to it."""

    gateway: Tunnels
    host: Host

    def types(self, *words: str, status: int = 0) -> str:
        done = self.host.run([EVERTUNNEL, "client", *words], check=False)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def puts(self, path: str, text: str, mode: int = 0o644) -> None:
        self.host.run(["mkdir", "-p", str(Path(path).parent)])
        self.host.write(path, text, mode)

    def holds(self, key: str, leaf: Leaf) -> None:
        """Has the key of a certificate on it, as if it had been made there."""
        self.puts(f"{KEYS}/{key}", leaf.key_file.read_text(), 0o600)

    def carries(self, leaf: Leaf) -> str:
        """Where the certificate was put, with the issuing authority's below it."""
        path = f"/tmp/{leaf.name}.crt"
        self.puts(path, leaf.chain_file.read_text())
        return path

    def until_up(self, report: str, after: float = 0.0) -> str:
        """Waits for a tunnel to be reported up after a moment; its address."""
        found: dict[str, object] = {}
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            done = self.host.run(["cat", f"/run/evertunnel/client/{report}.json"], check=False)
            found = json.loads(done.stdout or "{}")
            if found.get("phase") == "up" and float(str(found["written_at"])) > after:
                return str(found["address"])
            time.sleep(0.05)
        logs = self.host.run(["sh", "-c", "tail -n 60 /var/log/evertunnel/client*.log"], check=False).stdout
        pytest.fail(f"{report} never up: {found}\n{logs}")

    def fetch(self) -> str:
        """Which address the inside host sees."""
        return self.host.call("http", 5, address=str(ADDRESS), port=80, path="/", source=None, timeout=4.0).split()[-1]
