"""The agent's user tunnel beside its device tunnel: a real laptop before a real gateway and RADIUS."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.engine.eap.certificates import Leaf
from tests.engine.eap.gateway import NAME, OUTSIDE, Tunnels, built
from tests.engine.eap.laptop import DEVICES, FIXED, KEYS, attach, device_profile, open_inside, user_profile
from tests.engine.eap.world import ADDRESS, ALICE, BOB, CAROL, World

from evertunnel import documents
from evertunnel.drivers.host.services import SupervisorClient
from evertunnel.drivers.host.supervisor import Places
from evertunnel.lab.hosts import Host, Process

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not Path("/usr/sbin/charon-systemd").exists(), reason="needs charon-systemd"),
]

EVERTUNNEL = str(Path(sys.executable).parent / "evertunnel")
ELSEWHERE = "203.0.113.10"
# Runs on the laptop: how many private keys its charon holds.
KEYS_HELD = """
import socket, vici
with socket.socket(socket.AF_UNIX) as sock:
    sock.connect("/run/evertunnel/client.vici")
    print(len(vici.Session(sock).request("get-keys")["keys"]))
"""
CONNECT = """
import socket, sys
with socket.create_connection((sys.argv[1], 5985), 4, ("10.0.0.20", 0)) as sock:
    print(sock.getpeername()[0])
"""
LEAKS = """
table inet watch {
  counter leaks { }
  chain in { type filter hook prerouting priority -400; iifname "card" ip saddr 10.96.0.0/14 counter name leaks; }
}
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    with built(tmp_path_factory.mktemp("eap"), tmp_path_factory.mktemp("tunnels")) as made:
        yield made


@pytest.fixture(scope="module")
def site(gateway: Tunnels, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Site"]:
    names = {NAME: OUTSIDE}
    made = Site(gateway, Host("laptop1", tmp_path_factory.mktemp("laptop"), names=names))
    try:
        made.build()
        yield made
    finally:
        made.destroy()


@pytest.fixture
def laptop(site: "Site") -> Iterator["Site"]:
    """With its device tunnel up and nobody signed in."""
    site.types("sign-out")
    site.until("device", "up")
    yield site
    site.types("sign-out")


def test_both_tunnels_carry_packets_from_their_own_addresses(laptop: "Site") -> None:
    device = laptop.until("device", "up")
    assert laptop.fetch() == device["address"]

    said = laptop.signs_in(ALICE)
    user = laptop.until("user", "up")

    assert f"{ALICE} is signed in" in said
    assert user["address"] == str(FIXED)
    assert IPv4Address(str(device["address"])) in DEVICES
    assert laptop.fetch() == user["address"]
    assert laptop.fetch(source=device["address"]) == device["address"]
    assert {sa.connection.split("-")[1] for sa in laptop.gateway.sas()} == {"device", "user"}
    words = laptop.words()
    assert f"Device tunnel: Connected to {NAME} as laptop1; address {device['address']}; " in words
    assert f"User tunnel: Connected to {NAME} as {ALICE}; address {FIXED}; inside host 10.0.0.20 " in words


def test_sign_out_ends_the_user_tunnel_and_only_it(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")
    device = laptop.until("device", "up")

    laptop.types("sign-out")

    # The command returns when it is done.
    assert [sa.connection.split("-")[1] for sa in laptop.gateway.sas()] == ["device"]
    assert laptop.report("user") == {}
    assert laptop.keys_held() == 1
    assert "User tunnel: nobody is signed in." in laptop.words()
    routes = laptop.host.run(["ip", "-4", "route", "show", "proto", "77"]).stdout
    assert "metric 10" not in routes
    assert "metric 20" in routes
    assert laptop.fetch() == device["address"]
    assert laptop.until("device", "up")["since"] == pytest.approx(device["since"], abs=0.01)


def test_second_person_waits_for_the_first_to_sign_out(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")

    assert f"{ALICE} is signed in on this device" in laptop.signs_in(BOB, status=1)
    assert f"{BOB} is not signed in; {ALICE} is" in laptop.types("sign-out", BOB)
    assert laptop.until("user", "up")["name"] == ALICE

    laptop.types("sign-out", ALICE)
    laptop.signs_in(BOB)
    user = laptop.until("user", "up")
    assert user["name"] == BOB
    assert laptop.gateway.world.decided(BOB).decision.allow
    assert laptop.keys_held() == 2


def test_installed_profile_is_enough_and_signing_in_twice_changes_nothing(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.types("sign-out")

    laptop.types("sign-in", ALICE)
    user = laptop.until("user", "up")
    laptop.types("sign-in", ALICE)

    assert laptop.until("user", "up")["since"] == pytest.approx(user["since"], abs=0.01)


def test_key_of_somebody_else_is_refused_here(laptop: "Site") -> None:
    said = laptop.signs_in(ALICE, "bob", status=2)

    assert f"it names {BOB}, not {ALICE}" in said
    assert "User tunnel: nobody is signed in." in laptop.words()
    laptop.signs_in(ALICE)
    laptop.until("user", "up")


def test_key_of_somebody_else_that_was_planted_is_refused_inside(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")
    laptop.types("sign-out")

    laptop.plants(ALICE, "bob")
    laptop.until("user", "down")

    assert [sa.connection.split("-")[1] for sa in laptop.gateway.sas() if sa.children] == ["device"]


def test_person_whom_no_policy_lets_in_is_told_so_and_the_device_tunnel_stays(laptop: "Site") -> None:
    device = laptop.until("device", "up")

    laptop.signs_in(CAROL)
    laptop.until("user", "down", unless=lambda found: not found["reason"])

    assert "refused" in laptop.words().splitlines()[1]
    assert laptop.until("device", "up")["since"] == pytest.approx(device["since"], abs=0.01)
    assert laptop.report("device")["reason"] == ""


def test_agent_that_was_killed_finds_who_is_signed_in(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")

    laptop.kills("client")
    both = [laptop.until(kind, "up", unless=laptop.is_old()) for kind in ("device", "user")]

    assert laptop.fetch() == both[1]["address"] == str(FIXED)


def test_sign_out_while_the_agent_was_dead_is_followed_when_it_is_back(laptop: "Site") -> None:
    laptop.signs_in(BOB)
    laptop.until("user", "up")

    laptop.kills("client")
    laptop.host.run(["rm", "/run/evertunnel/client/signed-in.json"])
    laptop.until("device", "up", unless=laptop.is_old())
    laptop.types("sign-out")

    # The agent that came back is ending it by itself, so that the command may have nothing to wait for.
    laptop.until_gateway_has("device")
    assert laptop.keys_held() == 1


def test_charon_that_was_killed_brings_both_back(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")

    laptop.kills("client-charon")
    both = [laptop.until(kind, "up", unless=laptop.is_old()) for kind in ("device", "user")]

    assert laptop.fetch(source=both[0]["address"]) == both[0]["address"]
    assert laptop.fetch() == both[1]["address"]


def test_inside_host_opens_a_connection_to_the_device_beside_the_user_tunnel(laptop: "Site") -> None:
    device = laptop.until("device", "up")
    laptop.signs_in(ALICE)
    laptop.until("user", "up")

    assert laptop.connects_out(device["address"]) == device["address"]


def test_users_virtual_address_never_leaves_by_the_plain_card(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")
    before = laptop.leaks()

    outcome = laptop.host.call("tcp", 5, address=ELSEWHERE, port=80, source=str(FIXED), timeout=1.0)

    assert "answered" not in outcome
    assert laptop.leaks() == before
    laptop.host.run(["nft", "flush chain inet evertunnel client_user_out"])
    laptop.host.call("tcp", 5, address=ELSEWHERE, port=80, source=str(FIXED), timeout=0.5)
    assert laptop.leaks() > before


def test_session_that_the_policy_limits_is_authenticated_anew_by_itself(laptop: "Site") -> None:
    world = laptop.gateway.world
    with limited(world, seconds=60):
        laptop.signs_in(ALICE)
        laptop.until("user", "up")
        decided = world.decisions(ALICE)

        deadline = time.monotonic() + 60
        while world.decisions(ALICE) == decided:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        user = laptop.until("user", "up", unless=laptop.is_old())

    # Once, not again and again.
    assert world.decisions(ALICE) == decided + 1
    assert laptop.fetch() == user["address"]


def test_after_a_restart_nobody_is_signed_in(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")

    laptop.reboots()

    laptop.until("device", "up")
    assert "User tunnel: nobody is signed in." in laptop.words()
    laptop.types("sign-in", ALICE)
    laptop.until("user", "up")


def test_removed_client_leaves_keys_and_profiles_and_a_purged_one_nothing(laptop: "Site") -> None:
    laptop.signs_in(ALICE)
    laptop.until("user", "up")

    assert "keys and profiles stay" in laptop.types("remove")
    assert laptop.host.run(["ip", "route", "show", "proto", "77"]).stdout == ""
    assert "evertunnel" not in laptop.host.run(["nft", "list", "tables"]).stdout
    assert f"{KEYS}/users/{ALICE}/user.key" in laptop.host.run(["find", KEYS]).stdout

    laptop.types("remove", "--purge")
    assert laptop.host.run(["find", KEYS], check=False).stdout == ""
    laptop.install()
    laptop.until("device", "up")


@contextmanager
def limited(world: World, *, seconds: int) -> Iterator[None]:
    """The policy service with shorter sessions."""
    path = world.directory / "policy.json"
    before = path.read_text()
    path.write_text(before.replace('"session_seconds": 28800', f'"session_seconds": {seconds}'))
    assert path.read_text() != before
    world.end("policy")
    world.start_policy()
    try:
        yield
    finally:
        path.write_text(before)
        world.end("policy")
        world.start_policy()


@dataclass
class Site:
    gateway: Tunnels
    host: Host
    background: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    ended: list[Process] = field(default_factory=list)

    # ---------------------------------------------------------------------------------------------------- doing

    def until_gateway_has(self, *kinds: str) -> None:
        """Waits until the gateway has tunnels of these kinds and no others."""
        deadline, there = time.monotonic() + 10, [""]
        while there != list(kinds):
            assert time.monotonic() < deadline, there
            time.sleep(0.05)
            there = [sa.connection.split("-")[1] for sa in self.gateway.sas()]

    def types(self, *words: str, status: int = 0) -> str:
        done = self.host.run([EVERTUNNEL, "client", *words], check=False)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def signs_in(self, user: str, leaf: str = "", status: int = 0) -> str:
        held = self.leaf(leaf or user.partition("@")[0])
        self.host.run(["mkdir", "-p", f"{KEYS}/users/{user}"])
        self.host.write(f"{KEYS}/users/{user}/user.key", held.key_file.read_text(), 0o600)
        self.host.write("/tmp/profile", documents.to_json(user_profile(self.gateway.world.authority, user, held)))
        return self.types("sign-in", user, "--profile", "/tmp/profile", status=status)

    def plants(self, user: str, leaf: str) -> None:
        """Signs in past the checks of `sign-in`."""
        held = self.leaf(leaf)
        text = documents.to_json(user_profile(self.gateway.world.authority, user, held))
        self.host.write(f"{KEYS}/users/{user}/user.key", held.key_file.read_text(), 0o600)
        self.host.write(f"{KEYS}/users/{user}/profile.json", text, 0o600)
        state = {"user": user, "profile": hashlib.sha256(text.encode()).hexdigest()[:16]}
        self.host.write("/run/evertunnel/client/signed-in.json", json.dumps(state))

    def kills(self, service: str) -> None:
        socket = Path(f"/proc/{self.host.pid}/root{Places().socket}")
        self.host.run(["kill", "-9", str(SupervisorClient(Places(socket=socket)).observe()[service].pid)])

    def is_old(self) -> Callable[[dict[str, object]], object]:
        """Whether a report was written before now."""
        now = time.time()
        return lambda found: float(str(found["written_at"])) < now

    def reboots(self) -> None:
        if self.host.boot_process is not None:
            self.ended.append(self.host.boot_process)
        self.host.reboot()

    def connects_out(self, address: object) -> str:
        """Opens a connection from the inside host to the laptop."""
        serving = self.host.start_call("serve", pages={"5985": "laptop"}, echoes=[])
        try:
            time.sleep(0.3)
            argv = self.gateway.world.inside([sys.executable, "-c", CONNECT, str(address)])
            return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=10).stdout.strip()
        finally:
            serving.kill()
            serving.wait(5)

    def fetch(self, source: object = None) -> str:
        """Which address the inside host sees."""
        said = self.host.call("http", 5, address=str(ADDRESS), port=80, path="/", source=source, timeout=4.0)
        return said.split()[-1]

    # -------------------------------------------------------------------------------------------------- looking

    def keys_held(self) -> int:
        return int(self.host.run([sys.executable, "-c", KEYS_HELD]).stdout)

    def leaks(self) -> int:
        enter = ["ip", "netns", "exec", self.gateway.gateway]
        argv = [*enter, "nft", "-j", "list", "counters", "table", "inet", "watch"]
        listing = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
        return sum(each["counter"]["packets"] for each in listing["nftables"] if "counter" in each)

    def report(self, kind: str) -> dict[str, object]:
        name = {"device": "status", "user": "user-status"}[kind]
        done = self.host.run(["cat", f"/run/evertunnel/client/{name}.json"], check=False)
        return dict(json.loads(done.stdout or "{}"))

    def until(
        self, kind: str, *phases: str, unless: Callable[[dict[str, object]], object] = lambda _: False
    ) -> dict[str, object]:
        found: dict[str, object] = {}
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = self.report(kind)
            if found.get("phase") in phases and not unless(found):
                return found
            time.sleep(0.05)
        logs = self.host.run(["sh", "-c", "tail -n 60 /var/log/evertunnel/client*.log"], check=False).stdout
        pytest.fail(f"{kind} never {phases}: {found}\n{logs}")

    def words(self) -> str:
        return self.host.run([EVERTUNNEL, "client", "status"], check=False).stdout

    # --------------------------------------------------------------------------------------------------- details

    def leaf(self, name: str) -> Leaf:
        return self.gateway.world.leaves[name]

    def build(self) -> None:
        self.host.boot_command = (EVERTUNNEL, "supervise")
        self.host.attach = self._attach
        self.host.boot()
        enter = ["ip", "netns", "exec", self.gateway.gateway]
        subprocess.run([*enter, "nft", "-f", "-"], input=LEAKS, text=True, check=True)
        self.background.append(open_inside(self.gateway))
        self.install()

    def install(self) -> None:
        device = self.leaf("device")
        self.host.run(["mkdir", "-p", KEYS])
        self.host.write(f"{KEYS}/device.key", device.key_file.read_text(), 0o600)
        self.host.write("/tmp/profile", documents.to_json(device_profile(self.gateway.world.authority, device)))
        self.types("install", "/tmp/profile")
        self.until("device", "up")

    def destroy(self) -> None:
        self.host.kill()
        for process in self.background:
            process.kill()
            process.wait()
        for boot in (*self.ended, self.host.boot_process):
            if boot is not None:
                boot.wait(5)

    def _attach(self, host: Host) -> None:
        attach(self.gateway, host.pid)
