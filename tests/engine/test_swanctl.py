"""The configuration for swanctl on a laptop of Debian, as delivered: both tunnels before a real gateway and RADIUS."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.engine.eap.certificates import Authority, Leaf
from tests.engine.eap.gateway import ESP, IKE, NAME, OUTSIDE, Tunnels, built
from tests.engine.eap.laptop import FIXED, LAPTOP, ROUTER, attach, open_inside
from tests.engine.eap.world import ADDRESS, ALICE
from tests.unit.profiles.contoso import plan_with

from evertunnel.drivers.namespaces.cell import Completed
from evertunnel.lab.hosts import Host
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles import strongswan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.identity import Identity
from evertunnel.values import UserName

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not Path("/usr/sbin/charon-systemd").exists(), reason="needs charon-systemd"),
]

PLAN = plan_with(
    {
        "gateway.proposals": "custom",
        "gateway.ike_proposals": [IKE],
        "gateway.esp_proposals": [ESP],
        "device_tunnel.routes": [f"{ADDRESS}/32"],
        "user_tunnel.routes": [f"{ADDRESS}/32"],
    }
)
# The one thing that this laptop has otherwise: user-space ESP, because the kernel of a test host may know none.
LIBIPSEC = "kernel-libipsec {\n  load = yes\n}\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    with built(tmp_path_factory.mktemp("eap"), tmp_path_factory.mktemp("tunnels")) as made:
        yield made


@pytest.fixture(scope="module")
def inside(gateway: Tunnels) -> Iterator[None]:
    server = open_inside(gateway)
    try:
        yield
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def laptop(gateway: Tunnels, inside: None, tmp_path: Path) -> Iterator["Laptop"]:
    made = Laptop(gateway, Host("laptop1", tmp_path / "laptop", names={NAME: OUTSIDE}))
    made.host.attach = lambda host: attach(gateway, host.pid)
    made.host.boot()
    try:
        yield made
        made.leaves()
    finally:
        made.host.kill()


def test_both_tunnels_are_listed_with_who_they_are_for(laptop: "Laptop") -> None:
    loaded = laptop.loads(laptop.trust())

    listed = laptop.swanctl("--list-conns").stdout
    assert "failed" not in loaded.stdout + loaded.stderr
    assert "evertunnel-device: IKEv2" in listed
    assert "CN=laptop1.corp.contoso.com, serialNumber=" in listed
    assert "evertunnel-user: IKEv2" in listed
    assert f"eap_id: {ALICE}" in listed
    assert "aaa_id: core1.corp.contoso.com" in listed


def test_both_tunnels_carry_packets_by_their_own_routes_alone(laptop: "Laptop") -> None:
    laptop.loads(laptop.trust())

    assert eventually(lambda: len(laptop.routes()) == 2), laptop.log()
    device = laptop.address_of("device")
    assert laptop.address_of("user") == str(FIXED)
    # Where both carry the same network, the user tunnel is used.
    assert laptop.fetch() == str(FIXED)
    assert laptop.fetch(source=device) == device
    assert laptop.way("198.51.100.9") == "wan"

    laptop.swanctl("--terminate", "--ike", "evertunnel-user")

    assert eventually(lambda: len(laptop.routes()) == 1), laptop.log()
    assert laptop.fetch() == device


def test_routes_go_by_the_router_where_esp_is_the_kernels(laptop: "Laptop") -> None:
    laptop.host.write("/tmp/routes", strongswan.ROUTES)
    told = {"PLUTO_PEER": OUTSIDE, "PLUTO_INTERFACE": "wan", "PLUTO_MY_SOURCEIP4_1": LAPTOP}

    def call(verb: str) -> str:
        argv = ["env", *(f"{name}={value}" for name, value in told.items()), f"PLUTO_VERB={verb}"]
        laptop.host.run([*argv, "sh", "/tmp/routes", "20", f"{ADDRESS}/32"])
        return " ".join(laptop.host.run(["ip", "-4", "route", "show", str(ADDRESS)]).stdout.split())

    assert call("up-client") == f"{ADDRESS} via {ROUTER} dev wan src {LAPTOP} metric 20"
    assert call("up-host") == f"{ADDRESS} via {ROUTER} dev wan src {LAPTOP} metric 20"
    assert call("down-client") == ""
    assert call("down-client") == ""


def test_gateway_of_another_authority_is_not_believed(laptop: "Laptop", tmp_path: Path) -> None:
    root, issuing = Authority(directory=tmp_path / "another").authorities
    laptop.loads(Trust(root=root, issuing=issuing))

    tried = laptop.swanctl("--initiate", "--child", "device", "--timeout", "5", check=False)

    assert tried.returncode != 0
    assert f"no trusted RSA public key found for '{NAME}'" in tried.stdout
    assert laptop.routes() == []


@dataclass
class Laptop:
    """A host with strongSwan as Debian ships it, and with our files in /etc."""

    gateway: Tunnels
    host: Host

    def loads(self, trust: Trust) -> Completed:
        """Installs what is delivered, as its README says, and starts charon."""
        delivery = strongswan.build(PLAN, trust, Identity(user=UserName(ALICE)))
        for document in delivery.documents:
            self._put(str(document.path), document.content.decode())
        self._put("strongswan.d/charon/kernel-libipsec.conf", LIBIPSEC)
        leaves = self.gateway.world.leaves
        for name, leaf in {"device": leaves["device"], "user": leaves["alice"]}.items():
            self._put(f"swanctl/x509/evertunnel-{name}.pem", certificate_of(leaf))
            self._put(f"swanctl/private/evertunnel-{name}.pem", leaf.key_file.read_text())
        self.charon = self.host.start(["/usr/sbin/charon-systemd"])
        assert eventually(lambda: self.swanctl("--stats", check=False).returncode == 0), self.log()
        return self.swanctl("--load-all")

    def leaves(self) -> None:
        """Says goodbye, so that the gateway holds nothing of it; a tunnel that is only coming up cannot be ended."""
        assert eventually(self._has_left), self.log()

    def _has_left(self) -> bool:
        for name in ("user", "device"):
            self.swanctl("--terminate", "--ike", f"evertunnel-{name}", check=False)
        if self.swanctl("--list-sas", check=False).stdout:
            return False
        # What the laptop gave up in the middle of coming up, the gateway may hold for half a minute more.
        with self.gateway.vici(self.gateway.gateway) as charon:
            for sa in charon.list_sas():
                charon.terminate(sa.ike_id, force=True)
        return not self.gateway.sas()

    def trust(self) -> Trust:
        root, issuing = self.gateway.world.authority.authorities
        return Trust(root=root, issuing=issuing)

    def swanctl(self, *words: str, check: bool = True) -> Completed:
        return self.host.run(["swanctl", *words], check=check)

    def routes(self) -> list[str]:
        """How the tunnels lead to the inside host."""
        shown = self.host.run(["ip", "-4", "route", "show", str(ADDRESS)]).stdout
        return [line for line in shown.splitlines() if "dev ipsec0" in line]

    def way(self, to: str) -> str:
        """The interface by which a packet leaves."""
        words = self.host.run(["ip", "-4", "-o", "route", "get", to]).stdout.split()
        return words[words.index("dev") + 1]

    def address_of(self, kind: str) -> str:
        metric = str(strongswan.METRICS[Tunnel(kind)])
        (words,) = (line.split() for line in self.routes() if f"metric {metric}" in line)
        return words[words.index("src") + 1]

    def fetch(self, source: str | None = None) -> str:
        """Which address the inside host sees."""
        said = self.host.call("http", 5, address=str(ADDRESS), port=80, path="/", source=source, timeout=4.0)
        return said.split()[-1]

    def log(self) -> str:
        return self.charon.output()[-6000:]

    def _put(self, path: str, text: str) -> None:
        self.host.run(["mkdir", "-p", str(Path("/etc", path).parent)])
        self.host.write(f"/etc/{path}", text)


def certificate_of(leaf: Leaf) -> str:
    end = "-----END CERTIFICATE-----\n"
    return leaf.chain_file.read_text().partition(end)[0] + end


def eventually(true: Callable[[], object], seconds: float = 15.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if true():
            return True
        time.sleep(0.1)
    return bool(true())
