"""The user tunnel: who gets in by which certificate, and who does not, each for a reason that `why` tells."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from evertunnel.lab.attempt import Attempt
from evertunnel.lab.claim import Claim, Probe, Recorder, Skipped, claim
from evertunnel.lab.probes import fact
from evertunnel.lab.world import World, now

HOLD_SECONDS = 1.0
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


CLAIMS: tuple[Claim[World], ...] = (
    user_in,
    user_not_in_group,
    user_disabled,
    user_identity,
    user_certificates,
    user_two_laptops,
    user_fixed_address,
)


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
