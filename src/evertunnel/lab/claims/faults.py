"""Each process killed outright: no packet passes that was not admitted, and everything comes back by itself."""

import json
from functools import partial

from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Probe, Recorder, claim
from evertunnel.lab.probes import fact
from evertunnel.lab.scenario import WORK
from evertunnel.lab.topology import LAPTOP1, LAPTOP2, LAPTOPS
from evertunnel.lab.world import World, now
from evertunnel.paths import STATE

BACK_SECONDS = 20.0


@claim(
    "charon-killed",
    7,
    "After charon is killed nothing passes that was admitted before, not even for an address given to someone else.",
    uses=("gateway", "laptop1", "laptop2", "visitor"),
    needs=("radius", "inner"),
)
def charon_killed(world: World, note: Recorder) -> None:
    scenario, gateway = world.scenario, world.scenario.gateway
    before = {world.address(laptop) for laptop in LAPTOPS}
    idle = world.credentials["intruder"]
    scenario.evertunnel(scenario.core, "device", "disable", idle.owner)
    with scenario.unplugged(LAPTOP1), scenario.unplugged(LAPTOP2):
        # The sessions service must not be needed for this: it is the start of charon itself that forgets.
        with scenario.frozen(gateway, "sessions"):
            old = scenario.signal(gateway, "charon", "KILL")
            scenario.wait_restarted(gateway, "charon", old)
            note(
                fact(
                    gateway.name,
                    "nft list set inet evertunnel admitted_*",
                    expected="none",
                    observed=world.admitted_words(),
                )
            )
            note(
                fact(gateway.name, "nft list set inet evertunnel latch", expected="none", observed=world.latch_words())
            )
        began = now()
        note.eventually(lambda: world.tries(world.attempt(idle, seconds=0.5), "kept out"), within=5)
        note(world.refused_by_policy(idle.owner, began, "device-disabled"))
        # The address that it was refused with had been admitted for a laptop a moment ago.
        given = {record.facts.question.inner for record in world.decisions(idle.owner) if record.at >= began}
        note(_formerly_admitted(gateway.name, given, before))
    with note.control():
        world.passes(note, world.credentials["visitor"])
        note.done_with("gateway", "visitor", LAPTOP2)
        _comes_back(world, note, LAPTOP1)


@claim(
    "sessions-killed",
    7,
    "When the sessions service is killed every lease is gone at once, and it adopts the live tunnels again.",
    uses=("gateway", "laptop1", "laptop2"),
    needs=("radius", "inner"),
)
def sessions_killed(world: World, note: Recorder) -> None:
    gateway = world.scenario.gateway
    before = world.ike_ids()
    world.scenario.signal(gateway, "sessions", "KILL")
    note.eventually(
        lambda: fact(
            gateway.name, "nft list set inet evertunnel admitted_*", expected="none", observed=world.admitted_words()
        ),
        within=2,
        every=0.02,
    )
    # Closing it would cut live tunnels, which nobody has refused.
    note(fact(gateway.name, "nft list set inet evertunnel latch", expected="500, 4500", observed=world.latch_words()))
    with note.control():
        _comes_back(world, note, *LAPTOPS)
        note(fact(gateway.name, "swanctl --list-sas", expected=before, observed=world.ike_ids()))


@claim(
    "gateway-reboot",
    7,
    "A rebooted gateway has its firewall again, and the tunnels come back.",
    slow=True,
)
def gateway_reboot(world: World, note: Recorder) -> None:
    gateway = world.scenario.gateway
    gateway.reboot()
    with note.control():
        _comes_back(world, note, *LAPTOPS)
    for name in ("input", "forward", "output"):
        note(
            probes.command(gateway, ("nft", "list", "chain", "inet", "evertunnel", name), "policy drop;", read=_policy)
        )
    note(probes.command(gateway, ("cat", "/proc/sys/net/ipv4/ip_forward"), "1"))


@claim(
    "put-back",
    7,
    "An apply that fails, in charon, in FreeRADIUS or in nftables, puts back what was there.",
    slow=True,
)
def put_back(world: World, note: Recorder) -> None:
    scenario = world.scenario
    for host, good, bad, words in (
        (scenario.gateway, "socket-default", "socket-default no-such-plugin!", "put back"),
        (scenario.core, "type = auth\n", "type = auth\n\t\tinterface = no-such-card\n", "put back"),
        # nft says beforehand whether it takes a table, so that there is nothing to put back.
        (world.packet_filter, "ct state established", "ct state nonsense", "nft"),
    ):
        bundle, old = host.read(STATE / "applied.bundle"), json.dumps(good)[1:-1]
        found = "done" if old in bundle else "not there"
        note(fact(host.name, f"change {good!r} to {bad!r} in the bundle", expected="done", observed=found))
        host.write(f"{WORK}/faulty.bundle", bundle.replace(old, json.dumps(bad)[1:-1], 1), 0o600)
        done = scenario.evertunnel(host, "apply", f"{WORK}/faulty.bundle", check=False)
        said = done.stdout + done.stderr
        observed = f"status {done.returncode}, {words}" if words in said else said.strip()
        note(fact(host.name, "evertunnel apply faulty.bundle", expected=f"status 1, {words}", observed=observed))
        seen = scenario.evertunnel(host, "preview").stdout.strip()
        note(fact(host.name, "evertunnel preview", expected="0 actions:", observed=seen))
    with note.control():
        _comes_back(world, note, *LAPTOPS)
        world.passes(note, world.credentials["visitor"])


@claim(
    "policy-killed",
    7,
    "When the policy service is killed no decision is lost, and it comes back.",
    uses=("radius", "visitor"),
    needs=("gateway", "inner"),
)
def policy_killed(world: World, note: Recorder) -> None:
    core, visitor = world.scenario.core, world.credentials["visitor"]
    began = now()
    with note.control():
        world.passes(note, visitor)
    # The answer has let them in; whether it is on record by now is up to the policy service, and not to our patience.
    old = world.scenario.signal(core, "policy", "KILL")
    world.scenario.wait_restarted(core, "policy", old)
    world.wait_policy()
    note(world.refused_by_policy(visitor.owner, began, "allowed"))
    world.passes(note, visitor)


@claim(
    "freeradius-killed",
    7,
    "When FreeRADIUS is killed who is in stays in, and new devices come in when it is back.",
    uses=("radius", "visitor"),
    needs=("gateway", "inner", "laptop1"),
)
def freeradius_killed(world: World, note: Recorder) -> None:
    core, visitor = world.scenario.core, world.credentials["visitor"]
    source = world.address(LAPTOP1)
    old = world.scenario.signal(core, "freeradius", "KILL")
    note(probes.tcp(world.host(LAPTOP1), world.management[0], world.reach.tcp[0], source=source))
    world.scenario.wait_restarted(core, "freeradius", old)
    with note.control():
        world.passes(note, visitor)


CHARON, SESSIONS = charon_killed, sessions_killed
INSIDE: tuple[Claim[World], ...] = (policy_killed, freeradius_killed)
SLOW: tuple[Claim[World], ...] = (gateway_reboot, put_back)


def _formerly_admitted(gateway: str, given: set[str], before: set[str]) -> Probe:
    again = sorted(given & before)
    observed = f"given again: {', '.join(again)}" if again else f"gave {sorted(given)}, laptops had {sorted(before)}"
    return fact(gateway, "swanctl --list-pools --leases", expected="given", observed=observed)


def _policy(said: str) -> str:
    return "policy drop;" if "policy drop;" in said else said.strip()


def _comes_back(world: World, note: Recorder, *laptops: str) -> None:
    for laptop in laptops:
        note.eventually(partial(_reaches, world, laptop), within=BACK_SECONDS)


def _reaches(world: World, laptop: str) -> Probe:
    return probes.tcp(world.host(laptop), world.management[0], world.reach.tcp[0], source=world.address(laptop))
