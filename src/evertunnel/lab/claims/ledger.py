"""The ledger: every session, to the octet, over a minute without RADIUS, and with each process killed in between.

A session's number is known by reading charon's counters while its agent is asleep: nobody knocks any more, so what the
gateway has counted then is the last of it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from evertunnel.drivers.radius_values import Status
from evertunnel.errors import EngineRejected
from evertunnel.gateway.record_files import from_line
from evertunnel.gateway.render import KEPT
from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Probe, Recorder, claim
from evertunnel.lab.claims.user_tunnel import NEEDS, require_user_tunnel
from evertunnel.lab.hosts import Host
from evertunnel.lab.probes import Download, fact
from evertunnel.lab.scenario import wait_for
from evertunnel.lab.strangers import PYTHON
from evertunnel.lab.topology import LAPTOP1, LAPTOP2
from evertunnel.lab.world import World, now

OUTAGE_SECONDS = 60.0
ARRIVES_SECONDS = 20.0  # the gateway tries every five seconds while RADIUS is away
SETTLE_SECONDS = 2.0  # the sessions service reads charon's counters every second
QUIET_SECONDS = 0.5
PAGES = 3
SPOOL = KEPT / "accounting"
CARRIERS = ("freeradius", "policy")  # a record goes through both
BYSTANDERS = ("outbox", "publisher", "signer")
COUNTED = """
import sys
from evertunnel.drivers.vici import Vici
from evertunnel.gateway.render import SOCKET
sas = [sa for sa in Vici(SOCKET).list_sas() if sys.argv[1] in (sa.remote_eap_id, sa.remote_id)]
usages = [child.usage for sa in sas for child in sa.children if child.usage]
print(sum(each.in_octets for each in usages), sum(each.out_octets for each in usages))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """A person's session that is up, by its number in the ledger."""

    laptop: str
    user: str
    source: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """A session that is over, and what the gateway had counted of it."""

    up: Up
    counted: str


@claim(
    "ledger",
    4,
    "The ledger has every session of a person, with what it carried and why it ended.",
    uses=("alice",),
    needs=NEEDS,
)
def ledger(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    core, alice = world.scenario.core, world.person("alice")
    before = _sessions(world, alice.user, "--past")
    with note.control():
        world.passes(note, alice)
        world.passes(note, alice)
    command = f"evertunnel sessions --past --user {alice.user}"

    def look() -> Probe:
        new = [
            each for each in _sessions(world, alice.user, "--past") if each["id"] not in {old["id"] for old in before}
        ]
        whole = all(each["in_octets"] and each["out_octets"] and each["cause"] for each in new)
        observed = f"{len(new)} more, {'each with octets and cause' if whole else json.dumps(new)}"
        return fact(core.name, command, expected="2 more, each with octets and cause", observed=observed)

    note.eventually(look, within=10.0, every=0.5)


@claim(
    "ledger-exact",
    4,
    "The ledger has, to the octet, what the gateway counted of a session that was ended by hand.",
    control=False,
    uses=("heidi",),
    needs=NEEDS,
)
def ledger_exact(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    heidi = world.person("heidi")
    with world.inside(note, heidi) as (host, source):
        _fetches(world, note, host, source)
        up = _up(world, host.name, heidi.user, source)
        over = Over(up=up, counted=_counted(world, note, up.user))
        # The end must not be the first that the sessions service reads of it: then there is nothing to add up wrongly.
        note.pause(SETTLE_SECONDS)
        _ends(world, note, up)
    note.eventually(lambda: _exact(world, over), within=10.0, every=0.2)


@claim(
    "ledger-outage",
    7,
    "A minute without RADIUS and the death of each process cost the ledger nothing: each session is there once, exact.",
    control=False,
    slow=True,
)
def ledger_outage(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    stays = _begun(world, note, LAPTOP2, "dave")
    download = Download(world.host(LAPTOP2), world.intranet[0], source=stays.source)
    try:
        over = [_over_in_outage(world, note, download)]
        over += [_over_with_death(world, note, carrier) for carrier in CARRIERS]
        for service in BYSTANDERS:
            _killed(world, note, service)
        note.require(probes.http(world.host(LAPTOP2), *world.intranet, source=stays.source))
    finally:
        download.stop()
    # It was there all along.
    over.append(_ended(world, note, stays))
    note.eventually(lambda: _exact(world, over[-1]), within=ARRIVES_SECONDS, every=0.5)
    over.append(_over_with_charon(world, note))
    for each in over:
        note(_exact(world, each))
    world.wait_reached()


LEDGER, EXACT = ledger, ledger_exact
SLOW: tuple[Claim[World], ...] = (ledger_outage,)


def _over_in_outage(world: World, note: Recorder, download: Download) -> Over:
    """A session that ends while RADIUS is away; the sessions service is killed while the record waits."""
    scenario, up = world.scenario, _begun(world, note, LAPTOP1, "alice")
    scenario.manage(scenario.core, "stop", "freeradius")
    began = now()
    try:
        note.require(download.flows())
        over = _ended(world, note, up)
        # The command is confirmed a moment before charon has ended it and the record is written.
        note.eventually(lambda: _waits(world, up), within=ARRIVES_SECONDS)
        old = scenario.signal(scenario.gateway, "sessions", "KILL")
        scenario.wait_restarted(scenario.gateway, "sessions", old)
        note.pause(max(0.0, OUTAGE_SECONDS - (now() - began)))
        note(_waits(world, up))
        note(_seen(world, over, "not ended"))
    finally:
        scenario.manage(scenario.core, "start", "freeradius")
    note.eventually(lambda: _exact(world, over), within=ARRIVES_SECONDS, every=0.5)
    return over


def _over_with_death(world: World, note: Recorder, carrier: str) -> Over:
    """A session whose last record is with a process that answers nobody, and then is killed."""
    up = _begun(world, note, LAPTOP1, "alice")
    with world.scenario.frozen(world.scenario.core, carrier):
        over = _ended(world, note, up)
        note.pause(SETTLE_SECONDS)
        note(_seen(world, over, "not ended"))
        _killed(world, note, carrier)
    note.eventually(lambda: _exact(world, over), within=ARRIVES_SECONDS, every=0.5)
    return over


def _over_with_charon(world: World, note: Recorder) -> Over:
    """A session that ends with its charon: the ledger has what was read last."""
    scenario = world.scenario
    up = _begun(world, note, LAPTOP2, "dave")
    with _asleep(world, up):
        over = Over(up=up, counted=_counted(world, note, up.user))
        note.pause(SETTLE_SECONDS)
        old = scenario.signal(scenario.gateway, "charon", "KILL")
        scenario.wait_restarted(scenario.gateway, "charon", old)
        note.eventually(lambda: _exact(world, over), within=ARRIVES_SECONDS, every=0.5)
    return over


def _killed(world: World, note: Recorder, service: str) -> None:
    core = world.scenario.core
    old = world.scenario.signal(core, service, "KILL")
    try:
        world.scenario.wait_restarted(core, service, old)
        observed = "another process"
    except EngineRejected as error:
        observed = str(error)
    note(fact(core.name, f"kill -KILL {old}   # {service}", expected="another process", observed=observed))


def _begun(world: World, note: Recorder, laptop: str, person: str) -> Up:
    """A person signs in and fetches something."""
    source = world.scenario.sign_in(laptop, person)
    _fetches(world, note, world.host(laptop), source)
    return _up(world, laptop, world.scenario.upn(person), source)


def _fetches(world: World, note: Recorder, host: Host, source: str) -> None:
    for _ in range(PAGES):
        note.require(probes.http(host, *world.intranet, source=source))


def _up(world: World, host: str, user: str, source: str) -> Up:
    def look() -> dict[str, object]:
        live = _sessions(world, user)
        return live[0] if len(live) == 1 else {}

    return Up(laptop=host, user=user, source=source, id=str(wait_for(f"one session of {user}", look)["id"]))


def _ended(world: World, note: Recorder, up: Up) -> Over:
    with _asleep(world, up):
        over = Over(up=up, counted=_counted(world, note, up.user))
        _ends(world, note, up)
    return over


def _ends(world: World, note: Recorder, up: Up) -> None:
    scenario = world.scenario
    done = scenario.evertunnel(scenario.core, "sessions", "end", up.id, check=False)
    said = f"{done.returncode} {done.stderr.strip()}".strip()
    note(fact(scenario.core.name, f"evertunnel sessions end {up.id}", expected="0", observed=said))


@contextmanager
def _asleep(world: World, up: Up) -> Iterator[None]:
    """The agent answers nobody and knocks nowhere; then the person is signed out."""
    laptop = world.host(up.laptop)
    try:
        with world.scenario.frozen(laptop, "client"):
            yield
    finally:
        world.scenario.evertunnel(laptop, "client", "sign-out", check=False)


def _exact(world: World, over: Over) -> Probe:
    return _seen(world, over, over.counted)


def _seen(world: World, over: Over, expected: str) -> Probe:
    """What the ledger has of the end of a session; twice what it has twice."""
    rows = [each for each in _sessions(world, over.up.user, "--past") if each["id"] == over.up.id]
    observed = "; ".join(f"{each['in_octets']} in, {each['out_octets']} out" for each in rows) or "not ended"
    command = f"evertunnel sessions --past --user {over.up.user}   # {over.up.id}"
    return fact(world.scenario.core.name, command, expected=expected, observed=observed)


def _waits(world: World, up: Up) -> Probe:
    gateway = world.scenario.gateway.name
    return fact(gateway, f"cat {SPOOL}/*.jsonl", expected="waits", observed=_on_disk(world, up))


def _on_disk(world: World, up: Up) -> str:
    """Whether a session's Stop is in the gateway's spool: after a SIGKILL perhaps again, by the same number."""
    lines = world.scenario.gateway.run(["sh", "-c", f"cat {SPOOL}/*.jsonl"], check=False).stdout.splitlines()
    records = [record for line in lines if (record := from_line(f"{line}\n".encode()))]
    stops = {each.number for each in records if each.status is Status.STOP and up.id.endswith(f"/{each.session}")}
    return "waits" if len(stops) == 1 else f"{len(stops)} numbers among {len(records)} records end it"


def _sessions(world: World, user: str, *words: str) -> list[dict[str, object]]:
    said = world.scenario.evertunnel(world.scenario.core, "sessions", *words, "--user", user, "--json").stdout
    return list(json.loads(said))


def _counted(world: World, note: Recorder, user: str) -> str:
    """What charon says that the tunnels of a user have carried, once the last packets are through."""
    argv, before = [PYTHON, "-c", COUNTED, user], ""
    while (said := world.scenario.gateway.run(argv).stdout) != before:
        before = said
        note.pause(QUIET_SECONDS)
    into, out = said.split()
    return f"{into} in, {out} out"
