"""The real FreeRADIUS before the real policy service, on a host of its own."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.drivers.freeradius import Freeradius
from evertunnel.lab.radius_packet import RADCLIENT, authorize_only
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.radius.decisions import decisions_about
from evertunnel.radius.model import CONFDIR, PolicySettings, RadiusClient, RadiusFacts, Tokens
from evertunnel.radius.render import desired, freeradius_files
from evertunnel.reconcile.files import File
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName, HostName, Secret

pytestmark = pytest.mark.engine

ACCESS_ACCEPT = 2
TRIES = 3
ADDRESS, OTHER = IPv4Address("10.0.0.20"), IPv4Address("10.0.0.30")
SECRET = "gateway-secret-gateway-secret"
TOKENS = Tokens.of(Secret("policy-token-policy-token"))
DAY = 86_400.0
NAMESPACE = f"et-c-{os.getpid()}"

IMPOSTOR = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Impostor(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        seen = self.headers["authorization"].removeprefix("Bearer ")
        body = sys.argv[2].replace("SEEN", seen).encode()
        self.send_response(int(sys.argv[1])); self.send_header("content-length", str(len(body)))
        self.send_header("content-type", sys.argv[3]); self.end_headers(); self.wfile.write(body)
HTTPServer(("127.0.0.1", 812), Impostor).serve_forever()
"""


def test_known_device_is_accepted_with_its_reach(radius: "Host") -> None:
    answer = radius.ask("laptop1", "1a")

    assert answer.code == "Access-Accept"
    assert 'User-Name = "laptop1"' in answer.text
    assert 'Filter-Id = "management"' in answer.text
    assert 86_000 < answer.number("Session-Timeout") <= 86_400
    assert "Class = 0x" in answer.text
    assert "Message-Authenticator" in answer.text
    assert TOKENS.answers.reveal() not in answer.text


@pytest.mark.parametrize(
    ("device", "serial", "said"),
    [
        ("stranger", "ff", "285 "),
        ("laptop2", "2a", "289 "),
        ("laptop3", "3a", "288 "),
        ("laptop4", "4a", "288 "),
        ("laptop5", "5a", "283 "),
        ("laptop6", "6a", "34 "),
        ("laptop7", "7a", "48 "),
        ("laptop8", "8a", "8 "),
        ("gateway1", "9a", "65 "),
        ("laptop1", "2a", "289 "),
        ("laptop2", "1a", "16 "),
        ("laptop1", "' OR 1=1 --", "285 "),
    ],
)
def test_refusal_gives_its_reason(radius: "Host", device: str, serial: str, said: str) -> None:
    answer = radius.ask(device, serial)

    assert answer.code == "Access-Reject"
    assert f'Reply-Message = "{said}' in answer.text
    assert "Message-Authenticator" in answer.text
    assert radius.ask("laptop1", "1a").code == "Access-Accept"


def test_user_tunnel_is_refused(radius: "Host") -> None:
    assert radius.ask("laptop1", "1a", tunnel="user").code == "Access-Reject"


@pytest.mark.parametrize("line", ['Service-Type = "Login-User"', 'User-Password = "x"'])
def test_what_is_not_authorize_only_is_rejected(radius: "Host", line: str) -> None:
    attributes = [each for each in _attributes("laptop1", "1a", "device") if not each.startswith("Service-Type")]

    assert radius.send([*attributes, line]).code == "Access-Reject"
    assert radius.send([*attributes, "Service-Type = Authorize-Only"]).code == "Access-Accept"


def test_request_without_message_authenticator_gets_no_answer(radius: "Host") -> None:
    identity = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=1a"
    ours = {1: "1a", 2: "device"}

    # Octet by octet: radclient 3.2.7 adds a Message-Authenticator of its own.
    assert radius.send_octets(authorize_only(identity, 32473, ours, None)) == ""
    assert radius.send_octets(authorize_only(identity, 32473, ours, SECRET)) == str(ACCESS_ACCEPT)


def test_wrong_secret_gets_no_answer(radius: "Host") -> None:
    assert radius.send(_attributes("laptop1", "1a", "device"), secret="another-secret-another", tries=1).code == ""
    assert radius.ask("laptop1", "1a").code == "Access-Accept"


@pytest.mark.parametrize(
    "name", ["%{exec:/usr/bin/touch /tmp/x}", '"}, "x": {"', "\\\\", "%{%{Service-Type}}", "'; --"]
)
def test_nothing_that_a_client_sends_is_expanded(radius: "Host", name: str) -> None:
    quoted = name.replace("'", "\\'")
    attributes = [each for each in _attributes("x", "1a", "device") if not each.startswith("User-Name")]

    answer = radius.send([*attributes, f"User-Name = '{quoted}'"])

    assert answer.code == "Access-Reject"
    assert 'Reply-Message = "16 ' in answer.text


def test_attribute_sent_twice_gets_no_answer(radius: "Host") -> None:
    attributes = _attributes("laptop1", "1a", "device")

    assert radius.send([*attributes, 'Evertunnel-Serial += "2a"'], tries=1).code == ""
    assert radius.send(attributes).code == "Access-Accept"


@pytest.mark.parametrize("left_out", ["Evertunnel-Serial", "Evertunnel-Tunnel", "User-Name"])
def test_incomplete_question_gets_no_answer(radius: "Host", left_out: str) -> None:
    attributes = _attributes("laptop1", "1a", "device")

    assert radius.send([each for each in attributes if not each.startswith(left_out)], tries=1).code == ""
    assert radius.send(attributes).code == "Access-Accept"


def test_status_server_is_answered(radius: "Host") -> None:
    answer = radius.send([], kind="status")

    assert answer.code == "Access-Accept"
    assert "Message-Authenticator" in answer.text


def test_killed_policy_service_means_no_answer_until_it_is_back(radius: "Host") -> None:
    radius.end_policy(signal.SIGKILL)
    assert radius.ask("laptop1", "1a", tries=1).code == ""
    assert radius.send([], kind="status").code == "Access-Accept"

    radius.start_policy()
    assert radius.ask("laptop1", "1a").code == "Access-Accept"


def test_frozen_policy_service_means_no_answer(radius: "Host") -> None:
    radius.policy.send_signal(signal.SIGSTOP)
    try:
        assert radius.ask("laptop1", "1a", tries=1).code == ""
    finally:
        radius.policy.send_signal(signal.SIGCONT)
    assert radius.ask("laptop1", "1a").code == "Access-Accept"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        ("200", "SEEN allow laptop1 management 3600 0123456789abcdef0123456789abcdef - - - - -", "text/plain"),
        ("200", "SEEN refuse 289 Go away.", "text/plain"),
        ("401", "no", "text/plain"),
        ("404", "", "text/plain"),
        ("204", "", "text/plain"),
        ("200", '{"control:Auth-Type": "Accept", "reply:User-Name": "%{exec:/usr/bin/id}"}', "application/json"),
        ("401", '{"control:Auth-Type": "Accept", "reply:REST-HTTP-Body": "x"}', "application/json"),
    ],
)
def test_impostor_on_the_policy_port_means_no_answer(radius: "Host", status: str, body: str, kind: str) -> None:
    radius.end_policy(signal.SIGKILL)
    try:
        with radius.running([sys.executable, "-c", IMPOSTOR, status, body, kind]):
            assert radius.ask("laptop1", "1a", tries=1).code == ""
    finally:
        radius.start_policy()
    assert radius.ask("laptop1", "1a").code == "Access-Accept"


def test_impostor_that_knows_the_token_is_believed(radius: "Host") -> None:
    # The control of the test above: the same impostor with the right token.
    radius.end_policy(signal.SIGKILL)
    line = f"{TOKENS.answers.reveal()} allow laptop1 management 3600 0123456789abcdef0123456789abcdef - - - - -"
    try:
        with radius.running([sys.executable, "-c", IMPOSTOR, "200", line, "text/plain"]):
            assert radius.ask("stranger", "ff").code == "Access-Accept"
    finally:
        radius.start_policy()


def test_policy_service_tells_strangers_nothing(radius: "Host") -> None:
    assert radius.post("") == "401:"
    assert radius.post("Bearer wrong") == "401:"
    assert radius.post(f"Bearer {TOKENS.asks.reveal()}") == "400:"


def test_store_away_means_no_answer(radius: "Host") -> None:
    away = radius.store.with_suffix(".away")
    radius.store.rename(away)
    try:
        assert radius.ask("laptop1", "1a", tries=1).code == ""
    finally:
        away.rename(radius.store)
    assert radius.ask("laptop1", "1a").code == "Access-Accept"


def test_client_that_is_no_gateway_of_ours_gets_no_answer_for_a_serial(radius: "Host") -> None:
    attributes = _attributes("laptop1", "1a", "device")

    answer = radius.send([*attributes, f"Packet-Src-IP-Address = {OTHER}"])

    assert answer.code == "Access-Reject"
    assert "66 Authorize-Only is answered to this organisation's own gateways alone." in answer.text
    assert radius.send([*attributes, f"Packet-Src-IP-Address = {ADDRESS}"]).code == "Access-Accept"


def test_disabled_device_is_refused_at_the_next_asking(radius: "Host") -> None:
    radius.change("UPDATE computer SET enabled = 0 WHERE name = 'laptop1'")
    try:
        assert radius.ask("laptop1", "1a").code == "Access-Reject"
    finally:
        radius.change("UPDATE computer SET enabled = 1 WHERE name = 'laptop1'")
    assert radius.ask("laptop1", "1a").code == "Access-Accept"


def test_no_answered_decision_is_lost_by_a_kill(radius: "Host") -> None:
    answered = []
    for _ in range(4):
        answered += [radius.ask("laptop1", "1a").decision for _ in range(5)]
        radius.end_policy(signal.SIGKILL)
        radius.start_policy()

    kept = {record.id for record in decisions_about(radius.decisions, "laptop1", time.time(), limit=1000)}

    assert len(answered) == 20
    assert set(answered) <= kept


def test_secrets_are_in_no_argument_list(radius: "Host") -> None:
    arguments = [Path(f"/proc/{process.pid}/cmdline").read_text() for process in (radius.policy, radius.freeradius)]

    assert not [text for text in arguments if SECRET in text or TOKENS.asks.reveal() in text]


def test_configuration_that_freeradius_would_not_take_is_found_before() -> None:
    files = {file.path.name: file.content for file in _files(PolicySettings(tokens=TOKENS, policy=_policy()))}

    Freeradius().check(files)
    with pytest.raises(Exception, match="Unknown action"):
        Freeradius().check({**files, "site.conf": files["site.conf"].replace("ok = 1", "nonsense = {")})


def test_host_that_is_its_own_gateway_has_a_configuration_that_freeradius_takes() -> None:
    text = (Path(__file__).parents[2] / "examples" / "contoso.toml").read_text()
    plan = documents.read(Plan, tomllib.loads(text), name="contoso.toml")
    client = RadiusClient(name=HostName("core1"), address=plan.inside_address(Role.RADIUS), secret=Secret(SECRET))
    facts = RadiusFacts(clients=(client,), policy_token=Secret("policy-token-policy-token"))

    files = desired(plan, HostName("core1"), facts).local.files

    Freeradius().check({file.path.name: file.content for file in files if file.path.parent == CONFDIR})


@dataclass
class Answer:
    text: str

    @property
    def code(self) -> str:
        received = [line for line in self.text.splitlines() if line.startswith("Received ")]
        return received[-1].split()[1] if received else ""

    def number(self, name: str) -> int:
        return int(self.text.split(f"{name} = ")[1].split()[0])

    @property
    def decision(self) -> str:
        return bytes.fromhex(self.text.split("Class = 0x")[1].split()[0]).decode()


@dataclass
class Host:
    directory: Path
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def policy(self) -> "subprocess.Popen[bytes]":
        return self.processes["policy"]

    @property
    def freeradius(self) -> "subprocess.Popen[bytes]":
        return self.processes["freeradius"]

    @property
    def store(self) -> Path:
        return self.directory / "store" / "store.db"

    @property
    def decisions(self) -> Path:
        return self.directory / "decisions"

    def inside(self, argv: list[str]) -> list[str]:
        return ["ip", "netns", "exec", NAMESPACE, *argv]

    def start_policy(self) -> None:
        code = (
            "import asyncio, sys; from pathlib import Path; from evertunnel import documents;"
            "from evertunnel.drivers import logs; logs.configure();"
            "from evertunnel.services import policy; from evertunnel.radius.model import PolicySettings;"
            "asyncio.run(policy.serve(documents.from_json(PolicySettings, Path(sys.argv[1]).read_text(), name='x')))"
        )
        argv = self.inside([sys.executable, "-c", code, str(self.directory / "policy.json")])
        with (self.directory / "policy.log").open("ab") as log:
            self.processes["policy"] = subprocess.Popen(argv, stdout=log, stderr=log)
        _until(self.policy_listens)

    def policy_listens(self) -> bool:
        return self.post("") == "401:"

    def start_freeradius(self) -> None:
        argv = self.inside(["freeradius", "-f", "-d", str(self.directory), "-n", "radiusd"])
        with (self.directory / "freeradius.log").open("ab") as log:
            self.processes["freeradius"] = subprocess.Popen(argv, stdout=log, stderr=log)
        _until(lambda: self.send([], kind="status").code == "Access-Accept")

    def end_policy(self, number: int) -> None:
        self.policy.send_signal(number)
        self.policy.wait()

    def end(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def ask(self, device: str, serial: str, *, tunnel: str = "device", tries: int = TRIES) -> Answer:
        return self.send(_attributes(device, serial, tunnel), tries=tries)

    def send_octets(self, packet: bytes) -> str:
        """The code of what comes back to one datagram; nothing, when nothing comes."""
        code = (
            "import socket, sys\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "s.settimeout(1.6)\n"
            "s.sendto(bytes.fromhex(sys.argv[1]), (sys.argv[2], 1812))\n"
            "print(s.recv(4096)[0], end='')\n"
        )
        argv = self.inside([sys.executable, "-S", "-c", code, packet.hex(), str(ADDRESS)])
        return subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout

    def send(self, attributes: list[str], *, kind: str = "auth", secret: str = SECRET, tries: int = TRIES) -> Answer:
        """What is answered; as a gateway does, it asks anew where nothing came, because that is no refusal."""
        answer = self._send(attributes, kind, secret)
        for _ in range(tries - 1):
            if answer.code:
                break
            time.sleep(1.1)  # FreeRADIUS waits that long before it connects anew
            answer = self._send(attributes, kind, secret)
        return answer

    def _send(self, attributes: list[str], kind: str, secret: str) -> Answer:
        lines = [*attributes, "Message-Authenticator = 0x00"]
        argv = [*RADCLIENT, "-t", "1", "-d", str(self.directory)]
        argv += ["-S", str(self.directory / f"{'right' if secret == SECRET else 'wrong'}.secret")]
        argv += [f"{ADDRESS}:1812", kind]
        done = subprocess.run(
            self.inside(argv), input=", ".join(lines), capture_output=True, text=True, timeout=10, check=False
        )
        return Answer(done.stdout + done.stderr)

    def post(self, authorization: str) -> str:
        code = (
            "import sys, http.client\n"
            "c = http.client.HTTPConnection('127.0.0.1', 812, timeout=2)\n"
            "try:\n"
            "    c.request('POST', '/authorize-only', b'{}', {'Authorization': sys.argv[1]} if sys.argv[1] else {})\n"
            "    r = c.getresponse(); print(r.status, r.read().decode(), sep=':', end='')\n"
            "except OSError: print('away', end='')\n"
        )
        argv = self.inside([sys.executable, "-S", "-c", code, authorization])
        return subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.store)) as connection, connection:
            connection.execute(sql)

    @contextmanager
    def running(self, argv: list[str]) -> Iterator[None]:
        process = subprocess.Popen(self.inside(argv), stderr=subprocess.DEVNULL)
        try:
            _until(lambda: self.post("Bearer x") != "away")
            yield
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def radius(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    directory = tmp_path_factory.mktemp("radius")
    host = Host(directory)
    _make_store(host.store)
    host.decisions.mkdir()
    settings = PolicySettings(
        tokens=TOKENS, policy=_policy(), store=host.store, decisions=host.decisions, ledger=directory / "ledger"
    )
    settings.ledger.mkdir()
    (directory / "spool").mkdir()
    (directory / "policy.json").write_text(documents.to_json(settings))
    for file in _files(settings):
        (directory / file.path.name).write_text(file.content)
    (directory / "right.secret").write_text(SECRET)
    (directory / "wrong.secret").write_text("another-secret-another")
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    try:
        for words in ("link set lo up", f"addr add {ADDRESS}/32 dev lo", f"addr add {OTHER}/32 dev lo"):
            subprocess.run(host.inside(["ip", *words.split()]), check=True)
        host.start_policy()
        host.start_freeradius()
        yield host
    finally:
        host.end()
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)


def _policy() -> Policy:
    return Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")


def _files(settings: PolicySettings) -> tuple[File, ...]:
    gateway = RadiusClient(name=HostName("gateway1"), address=ADDRESS, secret=Secret(SECRET), authorize_only=True)
    other = RadiusClient(name=HostName("rras1"), address=OTHER, secret=Secret(SECRET))
    return freeradius_files(
        address=ADDRESS,
        port=1812,
        vendor=32473,
        settings=settings,
        clients=(gateway, other),
        spool=settings.decisions.with_name("spool"),
    )


def _attributes(device: str, serial: str, tunnel: str) -> list[str]:
    name = f"O=Contoso, CN={device}.corp.contoso.com, serialNumber={serial}"
    quoted = serial.replace("'", "\\'")
    return [
        "Service-Type = Authorize-Only",
        f"User-Name = '{name.replace(chr(39), chr(92) + chr(39))}'",
        f"Evertunnel-Serial = '{quoted}'",
        f"Evertunnel-Tunnel = '{tunnel}'",
        "NAS-Identifier = 'gateway1'",
        "NAS-IP-Address = 10.0.1.10",
        "NAS-Port-Type = Virtual",
        "Calling-Station-Id = '198.51.100.20'",
        "Framed-IP-Address = 10.99.0.5",
        "Acct-Session-Id = 'a-1'",
    ]


def _make_store(path: Path) -> None:
    now = time.time()
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO directory_group VALUES (?)", [("Laptops",), ("Others",), ("VPN Devices",)])
        for number in range(1, 8):
            connection.execute("INSERT INTO computer VALUES (?, 'device', ?, 0)", (f"laptop{number}", number != 6))
        connection.execute("INSERT INTO computer VALUES ('gateway1', 'host', 1, 0)")
        members = [(f"laptop{number}", "computer", "Laptops") for number in range(1, 7)]
        members += [("gateway1", "computer", "Laptops"), ("Laptops", "group", "VPN Devices")]
        members += [("laptop7", "computer", "Others"), ("VPN Devices", "group", "Laptops")]
        connection.executemany("INSERT INTO membership VALUES (?, ?, ?)", members)
        names = [*(f"laptop{number}" for number in range(1, 9)), "gateway1"]
        for number, name in enumerate(names, start=1):
            begun = now + DAY if number == 4 else now - DAY
            ended = now - 1 if number == 3 else now + DAY
            template = "user" if number == 5 else "device"
            revoked = now if number == 2 else None
            row = (f"{number}a", template, name, "", begun, ended, "", now, revoked, "superseded" if revoked else None)
            connection.execute("INSERT INTO certificate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.1)
