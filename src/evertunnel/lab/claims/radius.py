"""RADIUS answers only who proves itself, refuses what it does not know, and believes only the real policy service."""

from collections.abc import Mapping
from dataclasses import replace

from evertunnel.access.model import Decision, Limits
from evertunnel.lab.claim import Probe, Recorder, claim
from evertunnel.lab.hosts import Process
from evertunnel.lab.probes import ANSWERED, SECONDS, TIMEOUT, fact, udp
from evertunnel.lab.radius_packet import RADCLIENT, authorize_only
from evertunnel.lab.scenario import WORK
from evertunnel.lab.strangers import PYTHON
from evertunnel.lab.world import POLICY_URL, World
from evertunnel.radius.wire import write_answer

QUESTIONS = 8
SILENCE_SECONDS = 0.4  # FreeRADIUS answers, or has given up, within a tenth of that
NO_ANSWER = "no answer"
CODES = {"02": "accept", "03": "reject"}  # RFC 2865 3, as they stand in a packet's first octet
GUESSED = "guessed-by-somebody-else"
SECRET = f"{WORK}/radius.secret"
WORDS = f"{WORK}/radius"
DICTIONARY = """\
$INCLUDE /usr/share/freeradius/dictionary
VENDOR Evertunnel {vendor}
BEGIN-VENDOR Evertunnel
ATTRIBUTE Evertunnel-Serial 1 string
ATTRIBUTE Evertunnel-Tunnel 2 string
END-VENDOR Evertunnel
"""
IMPOSTOR = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def do_POST(self):
        question = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if sys.argv[2].encode() in question:
            print("asked", flush=True)
        body = sys.argv[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", 812), Answer).serve_forever()
"""


@claim(
    "radius-message-authenticator",
    4,
    "RADIUS gives no answer without Message-Authenticator or with a wrong secret.",
    uses=(),
    needs=("radius", "inner"),
)
def message_authenticator(world: World, note: Recorder) -> None:
    held = world.radius
    note(_sends(world, "without Message-Authenticator", None, TIMEOUT))
    note(_sends(world, "with a guessed secret", GUESSED, TIMEOUT))
    with note.control():
        note(_sends(world, "with the gateway's secret", held.secret.reveal(), ANSWERED))


@claim(
    "radius-default-deny",
    4,
    "RADIUS refuses whatever it is not told to allow.",
    uses=("asker",),
    needs=("radius", "inner"),
)
def default_deny(world: World, note: Recorder) -> None:
    note(_asks(world, "a password", "reject", attributes={"User-Name": "alice", "Service-Type": "Login-User"}))
    unknown = {**_question(world), "Evertunnel-Serial": "5f3a9c"}
    note(_asks(world, "an unknown serial number", "reject 285", attributes=unknown))
    with note.control():
        note(_asks(world, "a known one", "accept"))


@claim(
    "policy-token",
    4,
    "Only the real policy service is believed, no other in its place and nobody while it is away;"
    " and it answers only FreeRADIUS.",
    uses=("radius", "asker"),
    needs=("inner",),
)
def policy_token(world: World, note: Recorder) -> None:
    core = world.scenario.core
    note(fact(core.name, f"curl -d {{}} {POLICY_URL}", expected="answered 401", observed=world.policy_says("{}")))
    allowance = Decision(
        allow=True,
        checks=(),
        name="visitor",
        reach=world.scenario.plan.device_tunnel.reach,
        limits=Limits(session_seconds=3600),
    )
    answer = write_answer("guessed", allowance, "0" * 32).decode()
    # Stopped, not asleep: FreeRADIUS gives up at once, and what it then does comes before our patience ends.
    with _stopped(world):
        note(_sends(world, "while the policy service is away", world.radius.secret.reveal(), TIMEOUT))
        impostor = core.start([PYTHON, "-c", IMPOSTOR, answer, str(world.credentials["visitor"].serial)])
        try:
            world.wait_policy()
            _is_not_believed(world, note, impostor)
        finally:
            impostor.stop()
    world.wait_policy()
    with note.control():
        note.eventually(lambda: _asks(world, "with the real policy service", "accept"), within=5)


MESSAGE_AUTHENTICATOR, DEFAULT_DENY, POLICY_TOKEN = message_authenticator, default_deny, policy_token


def _is_not_believed(world: World, note: Recorder, impostor: Process) -> None:
    # FreeRADIUS gives up first on connections that it had to the real one; only who was asked can be believed.
    for _ in range(QUESTIONS):
        note(_sends(world, "with an impostor on the policy port", world.radius.secret.reveal(), TIMEOUT))
        if impostor.output():
            break
    observed = impostor.output().partition("\n")[0] or "not asked"
    note(
        fact(
            world.scenario.core.name, "python -m http.server 812   # the impostor", expected="asked", observed=observed
        )
    )


def _sends(world: World, how: str, secret: str | None, expected: str) -> Probe:
    """One datagram from the gateway: the visitor's question, with a Message-Authenticator by `secret` or none."""
    visitor, radius = world.credentials["visitor"], world.radius
    ours = {1: str(visitor.serial), 2: "device"}
    payload = authorize_only(visitor.identity, radius.vendor, ours, secret)
    patience = SILENCE_SECONDS if expected == TIMEOUT else SECONDS
    sent = udp(world.scenario.gateway, str(radius.address), radius.port, expected, payload=payload, timeout=patience)
    code = sent.observed.partition(f"{ANSWERED} ")[2][:2]
    observed = f"{ANSWERED} {CODES.get(code, code)}" if code else sent.observed
    return replace(sent, command=f"{sent.command}   # {how}", observed=observed)


def _asks(
    world: World,
    how: str,
    expected: str,
    *,
    attributes: Mapping[str, str] | None = None,
) -> Probe:
    """One request by radclient from the gateway: `accept`, `reject` with the message, or NO_ANSWER."""
    gateway = world.scenario.gateway
    held = world.radius
    gateway.write(SECRET, held.secret.reveal(), 0o600)
    gateway.write(f"{WORDS}/dictionary", DICTIONARY.format(vendor=held.vendor))
    wanted = {**(attributes or _question(world)), "Message-Authenticator": "0x00"}
    request = ", ".join(
        f'{name} = "{value}"' if value[:2] != "0x" else f"{name} = {value}" for name, value in wanted.items()
    )
    server = f"{held.address}:{held.port}"
    words = (*RADCLIENT, "-D", WORDS, "-S", SECRET, "-t", "3", server, "auth")
    said = gateway.run(words, stdin=f"{request}\n", check=False)
    return fact(gateway.name, f"{' '.join(words)}   # {how}", expected=expected, observed=_answer(said.stdout))


def _answer(said: str) -> str:
    _, received, said = said.partition("Received ")
    if said.startswith("Access-Accept"):
        return "accept"
    if not received:
        return NO_ANSWER
    message = said.partition('Reply-Message = "')[2].partition('"')[0]
    return f"reject {message}".strip()


def _question(world: World) -> dict[str, str]:
    visitor = world.credentials["visitor"]
    return {
        "User-Name": visitor.identity,
        "Service-Type": "Authorize-Only",
        "Evertunnel-Serial": str(visitor.serial),
        "Evertunnel-Tunnel": "device",
    }


class _stopped:  # noqa: N801 (reads as a statement)
    """The policy service stopped by hand, and started again."""

    def __init__(self, world: World) -> None:
        self._scenario = world.scenario

    def __enter__(self) -> None:
        self._scenario.manage(self._scenario.core, "stop", "policy")

    def __exit__(self, *_: object) -> None:
        self._scenario.manage(self._scenario.core, "start", "policy")
