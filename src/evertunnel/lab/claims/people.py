"""The user tunnel: who gets in by which certificate, and who does not, each for a reason that `why` tells."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from evertunnel.lab import probes
from evertunnel.lab.attempt import Attempt
from evertunnel.lab.claim import Claim, Probe, Recorder, Skipped, claim
from evertunnel.lab.probes import NO_WAY, Download, fact
from evertunnel.lab.topology import LAPTOP2
from evertunnel.lab.world import World, now

HOLD_SECONDS = 1.0
AT_ONCE_SECONDS = 1.0
QUICK = 0.3
FIXED_NUMBER = 77
NEEDS = ("gateway", "radius", "inner")


@claim(
    "user-in",
    6,
    "A person's tunnel reaches what it is for, and nothing that only devices reach.",
    uses=("alice",),
    needs=NEEDS,
)
def user_in(world: World, note: Recorder) -> None:
    alice = world.person("alice")
    _require_user_tunnel(world)
    with note.control():
        world.passes(note, alice)
    devices_only = replace(world.attempt(alice), target=world.attempt(world.credentials["visitor"]).target)
    note(world.tries(devices_only, "kept out"))


@claim("user-not-in-group", 4, "A person outside the group is refused.", uses=("bob",), needs=NEEDS)
def user_not_in_group(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    bob, group = world.person("bob"), world.scenario.user_group()
    core = world.scenario.core
    world.scenario.evertunnel(core, "group", "remove-member", group, bob.user)
    _refused(world, note, world.attempt(bob), "not-in-group")
    note(_why_names(world, bob.user, "staff"))
    world.scenario.evertunnel(core, "group", "add-member", group, bob.user)
    with note.control():
        world.passes(note, bob)


@claim("user-disabled", 4, "A disabled person is refused.", uses=("carol",), needs=NEEDS)
def user_disabled(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    carol, core = world.person("carol"), world.scenario.core
    world.scenario.evertunnel(core, "user", "disable", carol.user)
    _refused(world, note, world.attempt(carol), "user-disabled")
    world.scenario.evertunnel(core, "user", "enable", carol.user)
    with note.control():
        world.passes(note, carol)


@claim("user-identity", 4, "Nobody gets in under another name than the certificate's.", uses=("alice",), needs=NEEDS)
def user_identity(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    alice = world.person("alice")
    for name in (world.scenario.upn("carol"), f"anonymous@{world.scenario.plan.organisation.domain}"):
        note(world.tries(replace(world.attempt(alice), identity=name), "kept out"))
    with note.control():
        world.passes(note, alice)


@claim(
    "user-certificates",
    4,
    "A device's certificate and a mail certificate open no user tunnel.",
    uses=("alice",),
    needs=NEEDS,
)
def user_certificates(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    alice = world.person("alice")
    mail = replace(world.credentials[f"mail {alice.user}"], user=alice.user)
    device = replace(world.credentials["visitor"], user=f"visitor@{world.scenario.plan.organisation.domain}")
    for credential in (mail, device):
        note(world.tries(world.attempt(credential), "kept out"))
    with note.control():
        world.passes(note, alice)


@claim("user-two-laptops", 6, "A person with two laptops is in with both.", uses=("alice",), needs=NEEDS)
def user_two_laptops(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    attempt = replace(world.attempt(world.person("alice")), hold=HOLD_SECONDS)
    with note.control(), ThreadPoolExecutor(max_workers=2) as pool:
        for probe in pool.map(lambda _: world.tries(attempt, "passed"), range(2)):
            note(probe)
    note(_at_once(world, attempt.identity))


@claim(
    "user-fixed-address", 6, "A person gets the address that the directory has for them.", uses=("alice",), needs=NEEDS
)
def user_fixed_address(world: World, note: Recorder) -> None:
    plan, alice = world.scenario.plan, world.person("alice")
    _require_user_tunnel(world)
    pool = plan.gateway.pools[plan.user_tunnel.pool].network if plan.user_tunnel else None
    fixed = str(list(pool)[FIXED_NUMBER]) if pool else ""
    with note.control():
        note(world.tries(world.attempt(alice), "passed"))
    world.scenario.evertunnel(world.scenario.core, "user", "set-address", alice.user, fixed)
    note(world.tries(world.attempt(alice), f"passed from {fixed}"))
    world.scenario.evertunnel(world.scenario.core, "user", "set-address", alice.user, "none")


@claim(
    "sign-in",
    6,
    "A person signs in, and the user tunnel is up beside the device tunnel; signing out ends it, and it alone.",
    uses=("laptop2-user", "dave"),
    needs=(*NEEDS, "laptop2"),
)
def sign_in(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    scenario, laptop = world.scenario, world.host(LAPTOP2)
    device, (intranet, port) = world.address(LAPTOP2), _intranet(world)
    note(probes.tcp(laptop, intranet, port, NO_WAY, timeout=QUICK))
    user = scenario.sign_in(LAPTOP2, "dave")
    with note.control():
        note(probes.http(laptop, intranet, port, source=user))
    note(probes.tcp(laptop, world.management[0], world.reach.tcp[0], source=device))
    # What only devices may, the person's address may not.
    note(probes.tcp(laptop, world.management[0], world.reach.tcp[0], NO_WAY, source=user, timeout=QUICK))
    scenario.evertunnel(laptop, "client", "sign-out")
    note(probes.tcp(laptop, intranet, port, NO_WAY, timeout=QUICK))
    note(probes.tcp(laptop, world.management[0], world.reach.tcp[0], source=device))


@claim(
    "user-ended-at-once",
    4,
    "Disabling a person cuts their running download within a second; the device's tunnel does not notice.",
    uses=("laptop2-user", "dave"),
    needs=(*NEEDS, "laptop2"),
)
def user_ended_at_once(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    scenario, laptop, dave = world.scenario, world.host(LAPTOP2), world.scenario.upn("dave")
    intranet, _ = _intranet(world)
    download = Download(laptop, intranet, source=scenario.sign_in(LAPTOP2, "dave"))
    device = Download(laptop, world.management[0], source=world.address(LAPTOP2))
    try:
        note.require(download.flows())
        scenario.evertunnel(scenario.core, "user", "disable", dave)
        note.pause(AT_ONCE_SECONDS)
        note(download.flows("stalled", within=1.0))
        with note.control():
            note(device.flows())
            scenario.evertunnel(scenario.core, "user", "enable", dave)
            note.eventually(
                lambda: probes.http(laptop, *_intranet(world), source=scenario.user_address(LAPTOP2)), within=30
            )
    finally:
        scenario.evertunnel(laptop, "client", "sign-out", check=False)
        download.stop()
        device.stop()


@claim(
    "ledger",
    4,
    "The ledger has every session of a person, with what it carried and why it ended.",
    uses=("dave",),
    needs=NEEDS,
)
def ledger(world: World, note: Recorder) -> None:
    _require_user_tunnel(world)
    core, alice = world.scenario.core, world.person("alice")
    before = _past(world, alice.user)
    with note.control():
        world.passes(note, alice)
        world.passes(note, alice)
    command = f"evertunnel sessions --past --user {alice.user}"

    def look() -> Probe:
        new = [each for each in _past(world, alice.user) if each["id"] not in {old["id"] for old in before}]
        whole = all(each["in_octets"] and each["out_octets"] and each["cause"] for each in new)
        observed = f"{len(new)} more, {'each with octets and cause' if whole else json.dumps(new)}"
        return fact(core.name, command, expected="2 more, each with octets and cause", observed=observed)

    note.eventually(look, within=10.0, every=0.5)


CLAIMS: tuple[Claim[World], ...] = (
    user_in,
    user_not_in_group,
    user_disabled,
    user_identity,
    user_certificates,
    user_two_laptops,
    user_fixed_address,
    ledger,
)
SIGN_IN, AT_ONCE = sign_in, user_ended_at_once


def _intranet(world: World) -> tuple[str, int]:
    """What people may reach, and devices may not."""
    plan = world.scenario.plan
    reach = plan.reach[plan.user_tunnel.reach if plan.user_tunnel else plan.device_tunnel.reach]
    return world.scenario.lab.address(reach.hosts[0]), reach.tcp[0]


def _past(world: World, user: str) -> list[dict[str, object]]:
    said = world.scenario.evertunnel(world.scenario.core, "sessions", "--past", "--user", user, "--json").stdout
    found = json.loads(said)
    return list(found if isinstance(found, list) else found["sessions"])


def _refused(world: World, note: Recorder, attempt: Attempt, reason: str) -> None:
    began = now()
    note(world.tries(attempt, "kept out"))
    note(_said_why(world, attempt.identity, began, reason))


def _said_why(world: World, user: str, since: float, reason: str) -> Probe:
    """What the administrator is told."""
    found = [each for each in world.decisions(user) if each.at >= since]
    names = " ".join(each.name for record in found[:1] for each in record.decision.reasons)
    return fact(world.scenario.core.name, f"evertunnel why {user}", expected=reason, observed=names or "nothing")


def _why_names(world: World, user: str, policy: str) -> Probe:
    """Whether `why` says which policy was tried."""
    core = world.scenario.core
    said = world.scenario.evertunnel(core, "why", user, check=False).stdout
    observed = f"names {policy!r}" if policy in said else said.strip()
    return fact(core.name, f"evertunnel why {user}", expected=f"names {policy!r}", observed=observed)


def _at_once(world: World, user: str) -> Probe:
    """How many sessions of a user were decided about with different addresses in the last seconds."""
    recent = [each for each in world.decisions(user) if each.at >= now() - 2 * HOLD_SECONDS and each.decision.allow]
    addresses = {each.facts.question.inner for each in recent if each.facts.question.inner}
    observed = f"{len(addresses)} addresses"
    return fact(world.scenario.core.name, f"evertunnel why {user}", expected="2 addresses", observed=observed)


def _require_user_tunnel(world: World) -> None:
    if world.scenario.plan.user_tunnel is None:
        raise Skipped("the plan has no [user_tunnel]")
