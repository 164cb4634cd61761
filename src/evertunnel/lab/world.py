"""What claims work with: the scenario, the strangers, and what the product itself recorded."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from evertunnel import documents
from evertunnel.access import Record
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineRejected
from evertunnel.gateway.model import RadiusServer, SessionsSettings
from evertunnel.gateway.refusals import Journal, Refusal
from evertunnel.gateway.render import SOCKET
from evertunnel.lab.attempt import Attempt, Outcome
from evertunnel.lab.claim import Probe, Recorder, Skipped
from evertunnel.lab.hosts import Host
from evertunnel.lab.probes import Download, fact, tcp
from evertunnel.lab.scenario import PROFILE, Scenario, wait_for
from evertunnel.lab.strangers import Credential, Strangers
from evertunnel.lab.topology import LAPTOPS
from evertunnel.paths import ETC, STATE
from evertunnel.plan.hosts import Role
from evertunnel.plan.tunnels import Reach
from evertunnel.profiles.device import DeviceProfile
from evertunnel.radius.decisions import decisions_about
from evertunnel.radius.model import DECISIONS
from evertunnel.values import Secret

RECORD_SECONDS = 3.0
ATTEMPT_SECONDS = 0.6  # an admission takes a few hundredths
RETRY_SECONDS = 5.0
POLICY_SECONDS = 2.0
LEASES = "nft list set inet evertunnel admitted_*"
COPIES = 10
POLICY_PORT, POLICY_PATH = 812, "/authorize-only"
POLICY_URL = f"http://127.0.0.1:{POLICY_PORT}{POLICY_PATH}"
# Known devices and people that strangers play.
SHY = "shy"  # has never shown its certificate
DEVICES = ("ghost", "idle", "lost", "stolen", "intruder", "visitor", "guest", SHY)
PEOPLE = ("alice", "bob", "carol", "dave", "erin", "frank", "heidi", "ivan")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything of one rehearsal."""

    scenario: Scenario
    strangers: Strangers
    given: Future[dict[str, Credential]]  # certificates take their time: claims that need none go ahead

    @property
    def credentials(self) -> dict[str, Credential]:
        """What strangers hold, by owner; waits until all are issued."""
        return self.given.result()

    @property
    def reach(self) -> Reach:
        """What an admitted device may reach."""
        plan = self.scenario.plan
        return plan.reach[plan.device_tunnel.reach]

    @property
    def management(self) -> tuple[str, ...]:
        """The addresses of the management hosts."""
        return tuple(self.scenario.lab.address(name) for name in self.reach.hosts)

    @property
    def intranet(self) -> tuple[str, int]:
        """What people may reach: the first host and TCP port."""
        plan = self.scenario.plan
        if plan.user_tunnel is None:
            raise Skipped("the plan has no [user_tunnel]")
        reach = plan.reach[plan.user_tunnel.reach]
        return self.scenario.lab.address(reach.hosts[0]), reach.tcp[0]

    @property
    def packet_filter(self) -> Host:
        """The host that stands between the perimeter and the inside: the inner firewall, or the gateway."""
        inner = self.scenario.plan.hosts_with(Role.INNER_FIREWALL)
        return self.host(next(iter(inner))) if inner else self.scenario.gateway

    def host(self, name: str) -> Host:
        """The host of that name."""
        return self.scenario.host(name)

    def address(self, laptop: str) -> str:
        """A laptop's virtual address, as its agent says."""
        return str(self.scenario.wait_up(laptop)["address"])

    def twin_of(self, laptop: str) -> Credential:
        """The credential of a laptop, copied off its disk."""
        host = self.host(laptop)
        profile = documents.from_json(DeviceProfile, host.read(PROFILE), name="profile")
        key = host.read(STATE / "client" / "device.key")
        return Credential(owner=laptop, certificate=profile.certificate, key=Secret(key))

    def admitted(self) -> tuple[str, ...]:
        """The addresses that the gateway's sets admit."""
        return tuple(
            sorted({each for reach in self.scenario.plan.reach for each in self._elements(f"admitted_{reach}")})
        )

    def not_admitted(self, address: str) -> Probe:
        """Whether an address is admitted no longer: by the sets, since nothing can be sent from one that nobody has."""
        observed = f"{address} is admitted" if address in self.admitted() else "not admitted"
        return fact(self.scenario.gateway.name, LEASES, expected="not admitted", observed=observed)

    def admitted_words(self) -> str:
        """The same for a probe: `none`, or which."""
        return ", ".join(self.admitted()) or "none"

    def ike_ids(self) -> str:
        """The numbers that the gateway's charon has given to the tunnels that are up."""
        with closing(Vici(_inside(self.scenario.gateway, SOCKET))) as charon:
            return " ".join(str(each) for each in sorted(sa.ike_id for sa in charon.list_sas())) or "none"

    def latch_words(self) -> str:
        """The open ports of the latch: `none`, or which."""
        return ", ".join(self._elements("latch")) or "none"

    @property
    def radius(self) -> RadiusServer:
        """How the gateway asks RADIUS."""
        text = self.scenario.gateway.read(ETC / "gateway" / "sessions.json")
        return documents.from_json(SessionsSettings, text, name="sessions.json").radius

    def decisions(self, device: str) -> tuple[Record, ...]:
        """All decisions about a device, from a copy of the core host's records."""
        for _ in range(COPIES):
            with TemporaryDirectory() as copy, suppress(shutil.Error):
                # SQLite would follow the path to the files of this machine; copying does not. A journal that went
                # away meanwhile spoils the copy: then there is a newer state to copy.
                inside = _inside(self.scenario.core, DECISIONS)
                shutil.copytree(inside, copy, dirs_exist_ok=True, ignore=_not_shared_memory)
                return decisions_about(Path(copy), device, now(), limit=1000)
        raise EngineRejected(f"the decisions about {device} change too fast to be copied")

    def _elements(self, name: str) -> tuple[str, ...]:
        listed = self.scenario.gateway.run(["nft", "-j", "list", "set", "inet", "evertunnel", name]).stdout
        found = next(each["set"].get("elem", []) for each in json.loads(listed)["nftables"] if "set" in each)
        return tuple(str(each["elem"]["val"] if isinstance(each, dict) else each) for each in found)

    def policy_says(self, body: str = "") -> str:
        """What the policy service's port answers who knows no token: `answered 401 ...`, or what went wrong."""
        where: dict[str, object] = {"address": "127.0.0.1", "port": POLICY_PORT, "path": POLICY_PATH, "source": None}
        return self.scenario.core.call("http", POLICY_SECONDS, **where, body=body, timeout=POLICY_SECONDS)

    def wait_policy(self) -> None:
        """Waits until the policy service, or who has taken its port, answers whatever it likes."""
        wait_for("the policy service", lambda: {"there": True} if "answered" in self.policy_says() else {})

    def wait_answered(self) -> None:
        """Waits until FreeRADIUS and the policy service are there: after something was restarted by hand."""
        self.wait_policy()
        listening = ("ss", "-Huln", f"sport = :{self.radius.port}")
        wait_for("RADIUS", lambda: {"there": True} if self.scenario.core.run(listening).stdout.strip() else {})

    def wait_reached(self) -> None:
        """Waits until every laptop reaches the first management host: after something was restarted by hand."""
        target, port = self.management[0], self.reach.tcp[0]
        for laptop in LAPTOPS:
            reached = partial(self._reaches, laptop, target, port)
            wait_for(f"{laptop} at {target}", reached)

    def _reaches(self, laptop: str, target: str, port: int) -> dict[str, object]:
        probe = tcp(self.host(laptop), target, port, source=self.address(laptop))
        return {"probe": probe} if probe.held else {}

    def person(self, name: str) -> Credential:
        """A person's user certificate."""
        return self.credentials[self.scenario.upn(name)]

    def attempt(self, credential: Credential, *, seconds: float = ATTEMPT_SECONDS) -> Attempt:
        """An attempt that knocks at the first host that an admitted one may reach."""
        plan = self.scenario.plan
        tunnel = plan.user_tunnel if credential.user and plan.user_tunnel else plan.device_tunnel
        reach = plan.reach[tunnel.reach]
        target = self.scenario.lab.address(reach.hosts[0])
        return self.strangers.attempt(credential, target=target, port=reach.tcp[0], seconds=seconds)

    def tries(self, attempt: Attempt, expected: str) -> Probe:
        """Makes an attempt: `passed`, `kept out` (refused, or up without a packet passing)."""
        return _tried(*self.strangers.tries(attempt), attempt, expected)

    @contextmanager
    def inside(self, note: Recorder, credential: Credential) -> Iterator[tuple[Host, str]]:
        """Somebody who got in and stays: the host that it is, and its virtual address."""
        attempt = self.attempt(credential, seconds=RETRY_SECONDS)
        with self.strangers.inside(attempt) as (host, outcome):
            note.require(_tried(host.name, outcome, attempt, "passed"))
            yield host, outcome.address

    @contextmanager
    def downloading(self, note: Recorder, credential: Credential) -> Iterator[Download]:
        """Somebody who got in, and has a download running meanwhile."""
        attempt = self.attempt(credential)
        with self.inside(note, credential) as (host, source):
            download = Download(host, str(attempt.target), attempt.port, source=source)
            try:
                note.require(download.flows())
                yield download
            finally:
                download.stop()

    def passes(self, note: Recorder, credential: Credential) -> None:
        """Tries until a packet passes, as a device's agent does."""
        note.eventually(lambda: self.tries(self.attempt(credential), "passed"), within=RETRY_SECONDS)

    def refused_by_charon(self, credential: Credential, since: float, expected: str) -> Probe:
        """The reason for which charon refused, as the gateway's journal has it."""
        gateway = self.scenario.gateway
        path = _inside(gateway, STATE / "gateway" / "refusals.jsonl")

        def look() -> dict[str, object]:
            found = [each for each in Journal(path).read() if each.at >= since and _is_about(each, credential)]
            return {"reason": found[-1].reason} if found else {}

        return fact(gateway.name, f"evertunnel why {credential.owner}", expected=expected, observed=_recorded(look))

    def refused_by_policy(self, owner: str, since: float, expected: str, *, within: float = RECORD_SECONDS) -> Probe:
        """The reasons for which the policy service refused a device, as its record has them."""
        core = self.scenario.core

        def look() -> dict[str, object]:
            found = [each for each in self.decisions(owner) if each.at >= since]
            names = " ".join(reason.name for each in found[:1] for reason in each.decision.reasons)
            return {"reason": names or "allowed"} if found else {}

        return fact(core.name, f"evertunnel why {owner}", expected=expected, observed=_recorded(look, within))


def now() -> float:
    """The time, which the lab shares with its hosts."""
    return time.time()


def _tried(host: str, outcome: Outcome, attempt: Attempt, expected: str) -> Probe:
    command = f"swanctl --initiate --child device   # as {attempt.identity}"
    return fact(host, command, expected=expected, observed=_said(outcome))


def _said(outcome: Outcome) -> str:
    if outcome.answered:
        return f"passed from {outcome.address}"
    return f"kept out ({outcome.words})"


def _is_about(refusal: Refusal, credential: Credential) -> bool:
    return refusal.identity == credential.identity or credential.owner in refusal.identity


def _recorded(look: Callable[[], dict[str, object]], within: float = RECORD_SECONDS) -> str:
    try:
        return str(wait_for("a record", look, seconds=within)["reason"])
    except EngineRejected:
        return "nothing recorded"


def _inside(host: Host, path: Path) -> Path:
    return Path(f"/proc/{host.pid}/root{path}")


def _not_shared_memory(_directory: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith("-shm")]
