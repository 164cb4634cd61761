"""A real log-in signs a person in: login(1), PAM, systemd-logind, and a laptop's agent before a real gateway."""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.engine.booted import SYSTEMD, Booted, switched_on
from tests.engine.eap.gateway import NAME, OUTSIDE, Tunnels, built
from tests.engine.eap.laptop import FIXED, KEYS, attach, device_profile, open_inside, user_profile
from tests.engine.eap.world import ADDRESS, ALICE, BOB
from tests.engine.people import PAM_SYSTEMD, People, eventually

from evertunnel import documents

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not SYSTEMD.exists() or PAM_SYSTEMD is None, reason="needs systemd and libpam-systemd"),
    pytest.mark.skipif(not Path("/usr/sbin/charon-systemd").exists(), reason="needs charon-systemd"),
]

EVERTUNNEL = str(Path(sys.executable).parent / "evertunnel")
# logind waits for ten seconds after the last log-out; nobody here has that long.
LOGIND = "[Login]\nUserStopDelaySec=0\n"
# Runs on the laptop: which address the inside host sees.
FETCH = f"""
import urllib.request
print(urllib.request.urlopen("http://{ADDRESS}/", timeout=4).read().decode())
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    with built(tmp_path_factory.mktemp("eap"), tmp_path_factory.mktemp("tunnels")) as made:
        yield made


@pytest.fixture(scope="module")
def site(gateway: Tunnels, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Laptop"]:
    with switched_on("laptop1", tmp_path_factory.mktemp("laptop") / "disk", "true\n", people=True) as host:
        laptop = Laptop(gateway, host, People(host))
        inside = open_inside(gateway)
        try:
            laptop.build()
            yield laptop
        finally:
            inside.kill()
            inside.wait()


@pytest.fixture
def laptop(site: "Laptop") -> Iterator["Laptop"]:
    """With its device tunnel up, nobody logged in, and Alice and Bob signed in by their log-ins."""
    for user in (ALICE, BOB):
        site.host.does(EVERTUNNEL, "client", "at-login", user, "--account", user.partition("@")[0])
    site.until("device", "up")
    yield site
    assert eventually(lambda: all(map(site.is_over, ("alice", "bob"))))
    assert site.signed_in() == ""


def test_login_brings_up_the_user_tunnel_and_logout_ends_it_and_only_it(laptop: "Laptop") -> None:
    device = laptop.until("device", "up")

    laptop.people.log_in("alice", "console1")

    assert laptop.people.sessions() == ["alice"]
    assert laptop.host.is_active(laptop.people.manager("alice")) == "active"
    assert laptop.until("user", "up")["name"] == laptop.signed_in() == ALICE
    assert laptop.fetch() == str(FIXED)
    assert laptop.tunnels() == {"device", "user"}

    laptop.people.log_out("console1")

    assert eventually(lambda: laptop.tunnels() == {"device"})
    assert laptop.signed_in() == ""
    assert laptop.fetch() == device["address"]
    assert laptop.until("device", "up")["since"] == pytest.approx(device["since"], abs=0.01)


def test_two_sessions_of_one_account_count_once(laptop: "Laptop") -> None:
    laptop.people.log_in("alice", "console1")
    since = laptop.until("user", "up")["since"]
    laptop.people.log_in("alice", "console2")

    assert laptop.people.sessions() == ["alice", "alice"]
    laptop.people.log_out("console1")

    assert eventually(lambda: laptop.people.sessions() == ["alice"])
    assert laptop.fetch() == str(FIXED)
    assert laptop.until("user", "up")["since"] == pytest.approx(since, abs=0.01)

    laptop.people.log_out("console2")
    assert eventually(lambda: laptop.tunnels() == {"device"})


def test_sign_in_that_fails_keeps_nobody_from_logging_in(laptop: "Laptop") -> None:
    profile = f"{KEYS}/users/{ALICE}/profile.json"
    laptop.host.does("mv", profile, "/var/profile")

    laptop.people.log_in("alice", "console1")

    assert eventually(lambda: "has no profile on this device" in laptop.journal("alice"))
    assert laptop.host.is_active(laptop.people.manager("alice")) == "active"
    assert laptop.signed_in() == ""
    laptop.people.log_out("console1")
    assert eventually(lambda: laptop.is_over("alice"))

    laptop.host.does("mv", "/var/profile", profile)
    laptop.people.log_in("alice", "console1")
    laptop.until("user", "up")
    laptop.people.log_out("console1")


def test_nobody_waits_for_the_sign_in_of_their_login(laptop: "Laptop") -> None:
    laptop.host.does("systemctl", "kill", "--signal=STOP", "evertunnel-client")
    try:
        laptop.people.log_in("alice", "console1")
        assert laptop.host.is_active(laptop.unit("alice")) == "activating"
        # While that still waits for the agent, they leave.
        laptop.people.log_out("console1")
    finally:
        laptop.host.does("systemctl", "kill", "--signal=CONT", "evertunnel-client")

    assert eventually(lambda: laptop.host.is_active(laptop.unit("alice")) == "inactive")
    assert eventually(lambda: laptop.tunnels() == {"device"})


def test_who_leaves_at_once_is_signed_out_all_the_same(laptop: "Laptop") -> None:
    for _ in range(5):
        laptop.people.log_in("alice", "console1")
        laptop.people.log_out("console1")
        assert eventually(lambda: laptop.is_over("alice"))
        assert laptop.signed_in() == ""


def test_agent_that_starts_after_the_login_finds_who_is_signed_in(laptop: "Laptop") -> None:
    laptop.host.does("systemctl", "stop", "evertunnel-client")
    laptop.people.log_in("alice", "console1")
    assert eventually(lambda: laptop.signed_in() == ALICE)

    laptop.host.does("systemctl", "start", "evertunnel-client")
    laptop.until("user", "up")
    assert laptop.fetch() == str(FIXED)

    laptop.host.does("systemctl", "stop", "evertunnel-client")
    laptop.people.log_out("console1")
    assert eventually(lambda: laptop.signed_in() == "")
    laptop.host.does("systemctl", "start", "evertunnel-client")
    assert eventually(lambda: laptop.tunnels() == {"device"})


def test_who_logs_in_beside_somebody_is_not_signed_in_and_signs_nobody_out(laptop: "Laptop") -> None:
    laptop.people.log_in("alice", "console1")
    laptop.until("user", "up")

    laptop.people.log_in("bob", "console2")
    assert eventually(lambda: f"{ALICE} is signed in on this device" in laptop.journal("bob"))
    laptop.people.log_out("console2")

    assert eventually(lambda: laptop.host.is_active(laptop.unit("bob")) == "inactive")
    assert laptop.fetch() == str(FIXED)
    laptop.people.log_out("console1")


def test_number_that_is_somebody_elses_now_signs_nobody_in(laptop: "Laptop") -> None:
    laptop.host.does("usermod", "--login", "mallory", "alice")
    try:
        laptop.people.log_in("mallory", "console1")
        assert eventually(lambda: "no such user" in laptop.journal("mallory"))
        assert laptop.signed_in() == ""
        laptop.people.log_out("console1")
        assert eventually(lambda: laptop.people.is_gone("mallory"))

        # Nor out, whom somebody has signed in by hand.
        laptop.client("sign-in", ALICE)
        laptop.people.log_in("mallory", "console1")
        assert eventually(lambda: laptop.journal("mallory").count("no such user") == 2)
        laptop.people.log_out("console1")
        assert eventually(lambda: laptop.people.is_gone("mallory"))
        assert laptop.signed_in() == ALICE
    finally:
        laptop.client("sign-out")
        laptop.host.does("usermod", "--login", "alice", "mallory")


def test_who_is_logged_in_already_is_signed_in_at_once_and_out_when_log_ins_are_left_alone(laptop: "Laptop") -> None:
    laptop.client("at-login", ALICE, "--off")
    laptop.people.log_in("alice", "console1")
    assert laptop.signed_in() == ""

    laptop.client("at-login", ALICE, "--account", "alice")
    laptop.until("user", "up")
    assert laptop.fetch() == str(FIXED)

    laptop.client("at-login", ALICE, "--off")
    assert laptop.tunnels() == {"device"}
    laptop.people.log_out("console1")


def test_after_a_reboot_nobody_is_signed_in_until_somebody_logs_in(laptop: "Laptop") -> None:
    laptop.people.log_in("alice", "console1")
    laptop.until("user", "up")

    began = time.monotonic()
    laptop.host.reboot()
    # charon and the agent were still there to be told of the sign-out.
    assert time.monotonic() - began < 10
    attach(laptop.gateway, laptop.host.pid)
    assert laptop.signed_in() == ""
    laptop.people.log_in("alice", "console1")

    laptop.until("user", "up")
    assert laptop.fetch() == str(FIXED)
    laptop.people.log_out("console1")


def test_what_is_missing_is_said_and_nothing_is_written(laptop: "Laptop") -> None:
    laptop.client("at-login", ALICE, "--off")

    assert "no account 'alise'" in laptop.refused("at-login", ALICE, "--account", "alise")
    assert "no log-in on this device" in laptop.refused("at-login", ALICE, "--off")
    carol = "carol@corp.contoso.com"
    assert f"{carol} has no profile on this device" in laptop.refused("at-login", carol, "--account", "alice")

    assert laptop.units() == [laptop.unit("bob")]


def test_removed_client_takes_its_log_ins_along(laptop: "Laptop") -> None:
    laptop.people.log_in("alice", "console1")
    laptop.until("user", "up")

    laptop.client("remove")

    assert eventually(lambda: laptop.tunnels() == set())
    assert laptop.host.does("find", "/etc/systemd/system", "-name", "*evertunnel*") == ""
    assert laptop.host.does("systemctl", "list-units", "--failed", "--plain", "--no-legend", "evertunnel*") == ""
    laptop.people.log_out("console1")
    laptop.install()


@dataclass(frozen=True, slots=True)
class Laptop:
    gateway: Tunnels
    host: Booted
    people: People

    # ---------------------------------------------------------------------------------------------------- doing

    def client(self, *words: str) -> str:
        return self.host.does(EVERTUNNEL, "client", *words)

    def refused(self, *words: str) -> str:
        done = self.host.run(EVERTUNNEL, "client", *words)
        assert done.returncode == 2, done
        return done.stderr

    def fetch(self) -> str:
        """Which address the inside host sees."""
        return self.host.does(sys.executable, "-c", FETCH).strip()

    # -------------------------------------------------------------------------------------------------- looking

    def signed_in(self) -> str:
        """As the agent reads it; "" if it is nobody."""
        text = self.host.run("cat", "/run/evertunnel/client/signed-in.json").stdout
        return str(json.loads(text)["user"]) if text else ""

    def tunnels(self) -> set[str]:
        """As the gateway sees them."""
        return {sa.connection.split("-")[1] for sa in self.gateway.sas()}

    def until(self, kind: str, phase: str) -> dict[str, object]:
        name = {"device": "status", "user": "user-status"}[kind]
        path = f"/run/evertunnel/client/{name}.json"
        up = eventually(lambda: json.loads(self.host.run("cat", path).stdout or "{}").get("phase") == phase, 40)
        assert up, (self.host.run("cat", path).stdout, self.host.run("journalctl", "-n", "80", "--no-pager").stdout)
        return dict(json.loads(self.host.does("cat", path)))

    def is_over(self, account: str) -> bool:
        """Whether their log-in is, and what it started."""
        return self.people.is_gone(account) and self.host.is_active(self.unit(account)) == "inactive"

    def unit(self, account: str) -> str:
        return f"evertunnel-sign-in-{self.people.number(account)}.service"

    def units(self) -> list[str]:
        words = ("find", "/etc/systemd/system", "-type", "f", "-name", "evertunnel-sign-in*", "-printf", "%f\n")
        return sorted(self.host.does(*words).splitlines())

    def journal(self, account: str) -> str:
        return self.host.does("journalctl", "--no-pager", "--boot", f"--unit={self.unit(account)}")

    # -------------------------------------------------------------------------------------------------- details

    def build(self) -> None:
        attach(self.gateway, self.host.pid)
        self.host.does("mkdir", "-p", "/etc/systemd/logind.conf.d")
        self.host.write("/etc/systemd/logind.conf.d/test.conf", LOGIND)
        self.host.does("systemctl", "restart", "systemd-logind")
        self.host.does("sh", "-c", f"echo {OUTSIDE} {NAME} >> /etc/hosts")
        self.people.come("alice", "bob")
        self.install()
        for user in (ALICE, BOB):
            self._give(user)

    def install(self) -> None:
        self.host.does("mkdir", "-p", KEYS)
        device = self.gateway.world.leaves["device"]
        self.host.write(f"{KEYS}/device.key", device.key_file.read_text())
        self.host.write("/tmp/profile", documents.to_json(device_profile(self.gateway.world.authority, device)))
        self.client("install", "/tmp/profile")

    def _give(self, user: str) -> None:
        """What `request-user` and the first sign-in leave on a laptop."""
        held, directory = self.gateway.world.leaves[user.partition("@")[0]], f"{KEYS}/users/{user}"
        self.host.does("mkdir", "-p", directory)
        self.host.write(f"{directory}/user.key", held.key_file.read_text())
        self.host.write(
            f"{directory}/profile.json", documents.to_json(user_profile(self.gateway.world.authority, user, held))
        )
