"""FreeRADIUS and the policy service as the product configures them, on a host of their own; eapol_test asks."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from tests.engine.eap.certificates import DAY, Authority, Leaf

from evertunnel import documents
from evertunnel.access import Policy, Record
from evertunnel.control_plane.why import explain
from evertunnel.lab.radius_packet import RADCLIENT
from evertunnel.pki.templates import TemplateName
from evertunnel.plan.model import Plan
from evertunnel.radius.crl_names import crl_name
from evertunnel.radius.decisions import decisions_about
from evertunnel.radius.failures import failures_about
from evertunnel.radius.model import Crl, PolicySettings, RadiusClient, ServerIdentity, Tokens
from evertunnel.radius.render import freeradius_files
from evertunnel.store.migrate import migrate
from evertunnel.values import HostName, Secret

ADDRESS = IPv4Address("10.0.0.20")
GATEWAY = IPv4Address("10.0.0.1")
OTHER = IPv4Address("10.0.0.30")  # a RADIUS client that is no gateway of ours
SECRET = "gateway-secret-gateway-secret"
ALICE, BOB, CAROL = (f"{name}@corp.contoso.com" for name in ("alice", "bob", "carol"))
ROOT = Path(__file__).parents[3]
PORT = 17

POLICY_SERVICE = (
    "import asyncio, sys; from pathlib import Path; from evertunnel import documents;"
    "from evertunnel.drivers import logs; logs.configure();"
    "from evertunnel.services import policy; from evertunnel.radius.model import PolicySettings;"
    "asyncio.run(policy.serve(documents.from_json(PolicySettings, Path(sys.argv[1]).read_text(), name='x')))"
)
PLAN_OF_PEOPLE = """
[user_tunnel]
pool = "users"
reach = "management"

[gateway.pools.users]
network = "10.98.0.0/24"
identities = 100

[gateway.pools.staff]
network = "10.97.0.0/24"
identities = 100

[[network_policies]]
name = "staff"
access = "grant"
tunnel = "user"
user_groups = ["Staff"]
pool = "staff"

[[network_policies]]
name = "people"
access = "grant"
tunnel = "user"
user_groups = ["VPN Users"]
session_seconds = 28800
idle_seconds = 900
interim_seconds = 60
radius_class = "staff"
fixed_address = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What eapol_test saw: `attributes` of the last answer, by number, as it prints them."""

    text: str

    @property
    def is_accepted(self) -> bool:
        """Accepted, and both ends have the same keys."""
        return self.text.rstrip().endswith("SUCCESS") and "MPPE keys OK: 1  mismatch: 0" in self.text

    @property
    def is_rejected(self) -> bool:
        return self.codes[-1:] == ["Access-Reject"]

    @property
    def codes(self) -> list[str]:
        """The answers, without those that the conversation went on after."""
        found = re.findall(r"RADIUS message: code=\d+ \((Access-Accept|Access-Reject)\)", self.text)
        return [str(each) for each in found]

    @property
    def versions(self) -> list[str]:
        return re.findall(r"SSL: Using TLS version (\S+)", self.text)

    def attribute(self, number: int) -> list[str]:
        """Its values; "<length>" where eapol_test prints none."""
        answer = self.text.rpartition("Received RADIUS message")[2].partition("RADIUS packet matching")[0]
        found = re.findall(rf"Attribute {number} \([^)]*\) length=(\d+)\n(?:\s+Value: (.*))?", answer)
        return [value or f"<{int(length) - 2}>" for length, value in found]


@dataclass
class World:
    """The host, its two services, and the certificates that try to get in."""

    directory: Path
    authority: Authority = field(init=False)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    namespace: str = field(default_factory=lambda: f"et-eap-{os.getpid()}")

    def build(self) -> None:
        self.authority = Authority(directory=self.directory / "authority")
        self.authority.publish()
        self._make_leaves()
        self._make_store()
        for name in ("decisions", "ledger", "accounting", "crls", "radius"):
            (self.directory / name).mkdir()
        self._configure()
        subprocess.run(["ip", "netns", "add", self.namespace], check=True)
        for words in ("link set lo up", f"addr add {ADDRESS}/32 dev lo", f"addr add {OTHER}/32 dev lo"):
            subprocess.run(self.inside(["ip", *words.split()]), check=True)
        self.start_policy()
        _until(lambda: len(list((self.directory / "crls").iterdir())) == 2)
        self.start_freeradius()

    def destroy(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        subprocess.run(["ip", "netns", "del", self.namespace], check=False)

    def inside(self, argv: list[str]) -> list[str]:
        return ["ip", "netns", "exec", self.namespace, *argv]

    # ------------------------------------------------------------------------------------------------- services

    def start_policy(self) -> None:
        self._start("policy", [sys.executable, "-c", POLICY_SERVICE, str(self.directory / "policy.json")])
        _until(self._policy_listens)

    def start_freeradius(self) -> None:
        self._start("freeradius", ["freeradius", "-f", "-d", str(self.directory / "radius"), "-n", "radiusd"])
        _until(lambda: "Access-Accept" in self._radclient("status", []))

    def end(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait()

    def publish_and_restart(self, *revoked: Leaf) -> None:
        """New CRLs, handed on by the policy service; FreeRADIUS would read them by itself, but in minutes."""
        files = [self.directory / "crls" / crl_name(pem) for pem in self.authority.authorities]
        before = [path.read_bytes() for path in files]
        self.authority.publish(*revoked)
        _until(lambda: all(path.read_bytes() != old for path, old in zip(files, before, strict=True)))
        self.end("freeradius")
        self.start_freeradius()

    def soon(self, met: Callable[[], bool]) -> bool:
        """Whether it is so by the third try: FreeRADIUS waits for a second before it connects anew."""
        for _ in range(2):
            if met():
                return True
            time.sleep(1.1)
        return met()

    def soon_accepted(self, leaf: str, identity: str) -> bool:
        return self.soon(lambda: self.eap_tls(leaf, identity).is_accepted)

    # --------------------------------------------------------------------------------------------------- asking

    def eap_tls(
        self, leaf: str, identity: str, *, phase1: str = "tls_disable_tlsv1_3=1", more: tuple[str, ...] = ()
    ) -> Said:
        """EAP-TLS with a certificate, under a name; TLS 1.2 unless `phase1` says otherwise."""
        lines = {"eap": "TLS", "phase1": f'"{phase1}"', **self._identity(leaf, identity, "")}
        return self._eapol(lines, more=more)

    def peap(
        self, leaf: str, outer: str, inner: str, *, phase1: str = "tls_disable_tlsv1_3=1", more: tuple[str, ...] = ()
    ) -> Said:
        """PEAP with EAP-TLS inside."""
        outside = {"ca_cert": f'"{self.authority.root_file}"', "anonymous_identity": f'"{outer}"'}
        lines = {"eap": "PEAP", "phase1": f'"peaplabel=0 {phase1}"', "phase2": '"auth=TLS"', **outside}
        return self._eapol({**lines, **self._identity(leaf, inner, "2")}, more=more)

    def authorize(self, name: str, *, port: int = PORT, gateway: str = "gateway1", more: Iterable[str] = ()) -> str:
        """Authorize-Only about the live session of a user, as radclient prints the answer; "" for none."""
        attributes = [
            f"User-Name = '{name}'",
            "Service-Type = Authorize-Only",
            "Evertunnel-Tunnel = 'user'",
            f"NAS-Identifier = '{gateway}'",
            f"NAS-Port = {port}",
            "NAS-Port-Type = Virtual",
            *more,
        ]
        text = self._radclient("auth", attributes)
        return text.partition("Received ")[2]

    def change(self, sql: str, *values: str) -> None:
        with closing(sqlite3.connect(self.store)) as connection, connection:
            connection.execute(sql, values)

    def decided(self, name: str) -> Record:
        """The newest decision about a user."""
        return decisions_about(self.directory / "decisions", name, time.time() + 1)[0]

    def decisions(self, name: str) -> int:
        return len(decisions_about(self.directory / "decisions", name, time.time() + 1, limit=10_000))

    def failures(self, name: str) -> int:
        """How often FreeRADIUS itself refused who claimed a name."""
        found = failures_about(self.directory / "ledger", name, time.time() + 1, limit=10_000)
        return sum(each.times for each in found)

    def why(self, name: str) -> str:
        """The newest line that `evertunnel why` prints."""
        here, nowhere = self.directory, self.directory / "nowhere"
        found = explain(name, at=None, decided_in=nowhere, refused_in=nowhere, ledger=here / "ledger", settings=nowhere)
        return found.lines[-1]

    @property
    def store(self) -> Path:
        return self.directory / "store" / "store.db"

    # -------------------------------------------------------------------------------------------------- details

    def _eapol(self, lines: dict[str, str], *, seconds: str = "4", more: tuple[str, ...] = ()) -> Said:
        network = "".join(f"{name}={value}\n" for name, value in {"key_mgmt": "IEEE8021X", **lines}.items())
        path = self.directory / "eapol.conf"
        path.write_text(f"network={{\n{network}}}\n")
        argv = ["eapol_test", "-c", str(path), "-a", str(ADDRESS), "-s", SECRET, "-t", seconds]
        # NAS-Identifier, NAS-Port-Type Virtual, NAS-Port: as the gateway's charon sends them.
        argv += ["-N", "32:s:gateway1", "-N", "61:d:5", "-N", f"5:d:{PORT}", *more]
        done = subprocess.run(self.inside(argv), capture_output=True, text=True, timeout=30, check=False)
        return Said(text=done.stdout)

    def _identity(self, leaf: str, identity: str, suffix: str) -> dict[str, str]:
        held = self.leaves[leaf]
        return {
            "identity": f'"{identity}"',
            f"ca_cert{suffix}": f'"{self.authority.root_file}"',
            f"client_cert{suffix}": f'"{held.chain_file}"',
            f"private_key{suffix}": f'"{held.key_file}"',
        }

    def as_other(self, kind: str, attributes: list[str]) -> str:
        """What FreeRADIUS answers to a client that is no gateway of ours."""
        port = 1813 if kind == "acct" else 1812
        text = self._radclient(kind, [*attributes, f"Packet-Src-IP-Address = {OTHER}"], port=port)
        return text.partition("Received ")[2]

    def _radclient(self, kind: str, attributes: list[str], *, port: int = 1812) -> str:
        argv = [*RADCLIENT, "-t", "1", "-d", str(self.directory / "radius")]
        argv += ["-S", str(self.directory / "secret"), f"{ADDRESS}:{port}", kind]
        lines = ", ".join([*attributes, "Message-Authenticator = 0x00"])
        done = subprocess.run(self.inside(argv), input=lines, capture_output=True, text=True, timeout=10, check=False)
        return done.stdout + done.stderr

    def _start(self, name: str, argv: list[str]) -> None:
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(self.inside(argv), stdout=log, stderr=log)

    def _policy_listens(self) -> bool:
        code = (
            "import http.client; c = http.client.HTTPConnection('127.0.0.1', 812, timeout=2);"
            "c.request('GET', '/ready'); print(c.getresponse().status)"
        )
        argv = self.inside([sys.executable, "-S", "-c", code])
        return subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout == "401\n"

    def _make_leaves(self) -> None:
        strangers = Authority(directory=self.directory / "strangers")
        strangers.publish()
        user = TemplateName.USER
        self.leaves = {
            "alice": self.authority.leaf("alice", user, ALICE),
            "bob": self.authority.leaf("bob", user, BOB),
            "carol": self.authority.leaf("carol", user, CAROL),
            "expired": self.authority.leaf("expired", user, ALICE, age_days=40),
            "second": self.authority.leaf("second", user, ALICE),
            "mail": self.authority.leaf("mail", TemplateName.MAIL, ALICE),
            "device": self.authority.leaf("device", TemplateName.DEVICE, "laptop1.corp.contoso.com"),
            "stranger": strangers.leaf("stranger", user, ALICE),
        }

    def _make_store(self) -> None:
        migrate(self.store)
        with closing(sqlite3.connect(self.store)) as connection, connection:
            connection.executemany("INSERT INTO directory_group VALUES (?)", [("VPN Users",), ("Staff",)])
            connection.execute("INSERT INTO computer VALUES ('laptop1', 'device', 1, 0)")
            for name in (ALICE, BOB, CAROL):
                address = "10.98.0.77" if name == ALICE else None
                connection.execute(
                    "INSERT INTO directory_user (name, address, enabled, added) VALUES (?, ?, 1, 0)", (name, address)
                )
                if name != CAROL:
                    connection.execute("INSERT INTO membership VALUES (?, 'user', 'VPN Users')", (name,))
            for leaf in self.leaves.values():
                if leaf.name != "stranger":
                    connection.execute(
                        "INSERT INTO certificate VALUES (?, ?, ?, '', ?, ?, '', ?, NULL, NULL)", _row(leaf)
                    )

    def _configure(self) -> None:
        crls = tuple(
            Crl(source=self.authority.directory / f"{name}.crl", target=self.directory / "crls" / crl_name(pem))
            for name, pem in zip(("root", "issuing"), self.authority.authorities, strict=True)
        )
        settings = PolicySettings(
            tokens=Tokens.of(Secret("policy-token-policy-token")),
            policy=Policy.of(plan_of_people()),
            store=self.store,
            decisions=self.directory / "decisions",
            ledger=self.directory / "ledger",
            crls=crls,
            user_pool="users",
        )
        (self.directory / "policy.json").write_text(documents.to_json(settings))
        (self.directory / "secret").write_text(SECRET)
        server = self.authority.leaf("server", TemplateName.NPS_SERVER, "core1.corp.contoso.com")
        files = freeradius_files(
            address=ADDRESS,
            port=1812,
            vendor=32473,
            settings=settings,
            clients=tuple(
                RadiusClient(
                    name=HostName(name), address=address, secret=Secret(SECRET), authorize_only=name != "rras1"
                )
                for name, address in (("core1", ADDRESS), ("gateway1", GATEWAY), ("rras1", OTHER))
            ),
            server=ServerIdentity(
                certificate=server.chain_file.read_text().split("-----END CERTIFICATE-----\n")[0]
                + "-----END CERTIFICATE-----\n",
                key=Secret(server.key_file.read_text()),
                authorities=self.authority.authorities,
            ),
            spool=self.directory / "accounting",
        )
        for file in files:
            path = self.directory / "radius" / file.path.name
            path.touch(mode=0o600)
            path.write_text(file.content)


def plan_of_people() -> Plan:
    """The example plan, where it has no user tunnel of its own, with one and a policy for it."""
    document = tomllib.loads((ROOT / "examples" / "contoso.toml").read_text())
    people = tomllib.loads(PLAN_OF_PEOPLE)
    document["gateway"]["pools"] = {**document["gateway"]["pools"], **people["gateway"]["pools"]}
    document = {**document, "user_tunnel": people["user_tunnel"], "network_policies": people["network_policies"]}
    return documents.read(Plan, document, name="plan.toml")


def _row(leaf: Leaf) -> tuple[object, ...]:
    made = leaf.certificate
    principal = leaf.principal.removesuffix(".corp.contoso.com") if "@" not in leaf.principal else leaf.principal
    begun, ended = made.not_valid_before_utc.timestamp(), made.not_valid_after_utc.timestamp()
    return leaf.serial, leaf.template.value, principal, begun, ended, time.time() - DAY


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.1)
