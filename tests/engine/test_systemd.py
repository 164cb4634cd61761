"""Hosts that systemd starts: what runs after `apply`, after a reboot, and after `remove`."""

import json
import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.engine.booted import SYSTEMD, Booted, switched_on

from evertunnel import documents
from evertunnel.control_plane import bundles
from evertunnel.control_plane.bundles import APPLIED, Bundle
from evertunnel.firewall import render
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not SYSTEMD.exists(), reason=f"needs {SYSTEMD}"),
]

EVERTUNNEL = str(Path(sys.executable).parent / "evertunnel")
EXAMPLES = Path(__file__).parents[2] / "examples"
PLAN, BUNDLE = "/etc/plan.toml", "/etc/inner1.bundle"
SEEN = "/run/table-before-network"
BEFORE_THE_NETWORK = f"nft list table inet evertunnel > {SEEN} 2>&1\n"
CARD = "ip link add {0} type veth peer name {0}-far\nip link set {0}-far up\nip link set {0} up\n"
VPN1_NETWORK = BEFORE_THE_NETWORK + "".join(
    (
        CARD.format("external") + "ip address add 203.0.113.10/28 dev external\n",
        CARD.format("internal") + "ip address add 10.0.0.1/24 dev internal\n",
        "ip route add default via 203.0.113.1\n",
    )
)
INNER1_NETWORK = BEFORE_THE_NETWORK + "".join(
    (
        CARD.format("inside") + "ip address add 10.0.0.1/24 dev inside\n",
        # A card that comes late, as real ones do.
        CARD.format("perimeter") + "(sleep 2; ip address add 10.0.1.1/24 dev perimeter) &\n",
    )
)
SERVICES = {"charon", "freeradius", "outbox", "policy", "publisher", "sessions", "signer"}
FIREWALL, ROUTES = "evertunnel-firewall", "evertunnel-routes"
OURS = (
    "/etc/systemd/system/*evertunnel* /etc/systemd/system/*/*evertunnel*"
    " /etc/evertunnel /run/evertunnel /var/lib/evertunnel /var/log/evertunnel"
)


@pytest.fixture(scope="module")
def vpn1(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """The host of the one-host plan, applied."""
    with switched_on("vpn1", tmp_path_factory.mktemp("systemd") / "vpn1", VPN1_NETWORK) as host:
        host.write(PLAN, (EXAMPLES / "one-host.toml").read_text())
        host.write("/etc/passphrase", "correct-horse-battery\n")
        words = ("--root-key", "/etc/root.key", "--passphrase-file", "/etc/passphrase")
        host.does(EVERTUNNEL, "ca", "create", PLAN, *words)
        host.does(EVERTUNNEL, "apply", PLAN)
        yield host


@pytest.fixture
def inner1(tmp_path: Path) -> Iterator[Booted]:
    """An inner firewall, with its bundle on its disk."""
    plan = documents.read(Plan, tomllib.loads((EXAMPLES / "contoso.toml").read_text()), name="plan")
    name = HostName("inner1")
    bundle = Bundle(schema=bundles.SCHEMA, host=name, firewall=render.desired(plan, name))
    with switched_on("inner1", tmp_path / "inner1", INNER1_NETWORK) as host:
        host.write(BUNDLE, documents.to_json(bundle))
        yield host


def test_everything_is_active_after_apply_and_a_second_apply_does_nothing(vpn1: Booted) -> None:
    assert {name: vpn1.is_active(f"evertunnel-{name}") for name in SERVICES} == dict.fromkeys(SERVICES, "active")
    assert vpn1.is_active(FIREWALL) == "active"
    assert vpn1.does(EVERTUNNEL, "apply", PLAN) == "0 action(s); everything verified\n"
    assert vpn1.does(EVERTUNNEL, "status").count(" runs\n") == len(SERVICES)
    assert "held    firewall at boot: loaded before the network" in vpn1.does(EVERTUNNEL, "verify")


def test_a_killed_service_comes_back_by_itself(vpn1: Booted) -> None:
    before = {name: vpn1.main_pid(name) for name in SERVICES}
    vpn1.does("kill", "-KILL", *before.values())

    assert eventually(lambda: all(vpn1.main_pid(name) not in {"0", pid} for name, pid in before.items()))
    assert eventually(lambda: vpn1.run(EVERTUNNEL, "verify").returncode == 0)


def test_the_start_of_charon_shuts_the_latch_which_sessions_opens(vpn1: Booted) -> None:
    vpn1.does("systemctl", "stop", "evertunnel-sessions")
    vpn1.does("systemctl", "restart", "evertunnel-charon")
    assert "elements" not in latch(vpn1)

    vpn1.does("systemctl", "start", "evertunnel-sessions")

    assert eventually(lambda: "500, 4500" in latch(vpn1))


def test_a_reboot_brings_the_table_before_the_network_and_then_all_the_rest(vpn1: Booted) -> None:
    vpn1.reboot()

    assert "chain reach_management" in vpn1.does("cat", SEEN)
    assert vpn1.does("cat", "/proc/sys/net/ipv4/ip_forward") == "1\n"
    assert "blackhole 10.99.0.0/24" in vpn1.does("ip", "route")
    assert eventually(lambda: "500, 4500" in latch(vpn1))
    assert {vpn1.is_active(f"evertunnel-{name}") for name in SERVICES} == {"active"}
    assert vpn1.does(EVERTUNNEL, "apply", PLAN) == "0 action(s); everything verified\n"
    assert "evertunnel" not in vpn1.does("systemctl", "--failed", "--plain", "--no-legend")


def test_a_boot_unit_that_was_switched_off_by_hand_is_previewed_and_healed(vpn1: Booted) -> None:
    vpn1.does("systemctl", "disable", FIREWALL)

    found = json.loads(vpn1.does(EVERTUNNEL, "preview", "--json"))

    assert [each["action"] for each in found["actions"]] == ["load at boot, before the network"]
    assert "FAILED  firewall at boot: not loaded at boot" in vpn1.run(EVERTUNNEL, "verify").stdout
    assert vpn1.does(EVERTUNNEL, "apply").endswith("1 action(s); everything verified\n")
    assert vpn1.is_active("evertunnel-charon") == "active"


def test_without_its_packet_filter_nothing_starts_and_nothing_is_forwarded(vpn1: Booted) -> None:
    bundle = vpn1.does("cat", str(APPLIED))
    vpn1.write(str(APPLIED), "{")

    vpn1.reboot()

    assert vpn1.is_active(FIREWALL) == "failed"
    assert {vpn1.is_active(f"evertunnel-{name}") for name in SERVICES} == {"inactive"}
    assert vpn1.does("cat", "/proc/sys/net/ipv4/ip_forward") == "0\n"

    vpn1.write(str(APPLIED), bundle)
    vpn1.reboot()

    assert vpn1.is_active(FIREWALL) == "active"
    assert eventually(lambda: "500, 4500" in latch(vpn1))


def test_remove_leaves_nothing(vpn1: Booted) -> None:
    vpn1.does(EVERTUNNEL, "remove", "--purge")

    assert "evertunnel" not in vpn1.does("systemctl", "list-units", "--all", "--plain", "--no-legend")
    assert vpn1.does("sh", "-c", f"ls -d {OURS} 2>/dev/null || true") == ""
    assert vpn1.does("nft", "list", "tables") == ""
    assert vpn1.does("sh", "-c", "ps -eo comm | grep -cE 'charon|freeradius|evertunnel' || true") == "0\n"


def test_a_firewall_alone_has_its_table_before_the_network_and_its_routes_once_there_is_a_way(inner1: Booted) -> None:
    assert eventually(lambda: "10.0.1.1/24" in inner1.does("ip", "address"))
    inner1.does(EVERTUNNEL, "apply", BUNDLE)
    assert inner1.is_active(FIREWALL) == "active"

    inner1.reboot()

    assert "chain forward" in inner1.does("cat", SEEN)
    assert inner1.does("cat", "/proc/sys/net/ipv4/conf/all/rp_filter") == "1\n"
    assert "10.99.0.0/24" not in inner1.does("ip", "route")
    assert eventually(lambda: "10.99.0.0/24 via 10.0.1.10 dev perimeter" in inner1.does("ip", "route"))
    assert eventually(lambda: inner1.is_active(ROUTES) == "active")
    assert inner1.does(EVERTUNNEL, "apply") == "0 action(s); everything verified\n"

    inner1.does(EVERTUNNEL, "remove", "--purge")
    inner1.reboot()

    assert inner1.does("sh", "-c", f"ls -d {OURS} 2>/dev/null || true") == ""
    assert inner1.does("nft", "list", "tables") == ""
    assert inner1.does("cat", "/proc/sys/net/ipv4/ip_forward") == "0\n"


def latch(host: Booted) -> str:
    return host.does("nft", "list", "set", "inet", "evertunnel", "latch")


def eventually(true: Callable[[], bool], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return true()
