"""Who was let in and is so no longer: by group, certificate, hour, device or a changed plan; and nobody else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Probe, Recorder, Skipped, claim
from evertunnel.lab.claims.user_tunnel import (
    AT_ONCE_SECONDS,
    NEEDS,
    refused,
    require_user_tunnel,
    said_why,
    why_says,
)
from evertunnel.lab.probes import NO_WAY, STILL_SECONDS, Download, fact
from evertunnel.lab.scenario import PLAN, WORK
from evertunnel.lab.topology import LAPTOP1
from evertunnel.lab.world import World, now
from evertunnel.plan import hours
from evertunnel.plan.policies import NetworkPolicy
from evertunnel.plan.tunnels import Tunnel

QUICK = 0.3
CHANGED = f"{WORK}/changed.toml"
POLICIES = "[[network_policies]]\n"
LEAVERS, NEWCOMERS = "Leavers", "Newcomers"
OTHER_POLICIES = f"""\
[[network_policies]]
name = "leavers"
access = "deny"
tunnel = "user"
user_groups = ["{LEAVERS}"]

[[network_policies]]
name = "newcomers"
access = "grant"
tunnel = "user"
user_groups = ["{NEWCOMERS}"]

"""


@claim(
    "user-left-group",
    4,
    "Leaving the group cuts a person's running download within a second, and keeps them out; nobody else notices.",
    uses=("bob",),
    needs=(*NEEDS, "erin"),
)
def user_left_group(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    bob, group, core = world.person("bob"), world.scenario.user_group(), world.scenario.core
    with world.downloading(note, bob) as ended, world.downloading(note, world.person("erin")) as other:
        world.scenario.evertunnel(core, "group", "remove-member", group, bob.user)
        _ends_alone(note, ended, other)
    refused(world, note, world.attempt(bob), "not-in-group")
    world.scenario.evertunnel(core, "group", "add-member", group, bob.user)
    with note.control():
        world.passes(note, bob)


@claim(
    "user-revoked",
    4,
    "Revoking a person's certificate cuts the running download that came by it, and keeps it out; nobody else notices.",
    uses=("frank",),
    needs=(*NEEDS, "erin"),
)
def user_revoked(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    frank = world.person("frank")
    # No gateway has a say in a person's certificate: whatever CRLs it has by then, RADIUS refuses by the serial number.
    second = world.strangers.issued(frank.user, "user")
    with world.downloading(note, second) as ended, world.downloading(note, world.person("erin")) as other:
        world.scenario.evertunnel(world.scenario.core, "certificate", "revoke", str(second.serial))
        _ends_alone(note, ended, other)
    refused(world, note, world.attempt(second), "certificate-revoked")
    with note.control():
        # By the person's other certificate.
        world.passes(note, frank)


@claim(
    "policy-change",
    4,
    "A changed plan cuts at once exactly the downloads of whom `preview` had named, and lets in whom it had named.",
    slow=True,
    uses=("radius", "bob", "frank"),
    needs=("gateway", "inner", "erin"),
)
def policy_change(world: World, note: Recorder) -> None:
    scenario, plan_text = world.scenario, _with_other_policies(world)
    bob, frank = world.person("bob"), world.person("frank")
    with (
        _moved(world, frank.user, bob.user),
        world.downloading(note, bob) as ended,
        world.downloading(note, world.person("erin")) as other,
    ):
        scenario.core.write(CHANGED, plan_text)
        expected = f"{bob.user} loses access, 1 session(s) end; {frank.user} gains access"
        note.eventually(lambda: _previewed(world, expected), within=3.0, every=0.5)
        refused(world, note, world.attempt(frank), "not-in-group")
        with _applied(world):
            _ends_alone(note, ended, other)
            refused(world, note, world.attempt(bob), "denied-by-policy")
            note(why_says(world, bob.user, "policy leavers: MATCHES"))
            with world.downloading(note, frank):
                pass
        with note.control():
            world.passes(note, bob)


@claim(
    "user-wrong-hour",
    4,
    "A person at the wrong hour is refused.",
    slow=True,
    uses=("radius", "carol"),
    needs=("gateway", "inner"),
)
def user_wrong_hour(world: World, note: Recorder) -> None:
    carol, policy = world.person("carol"), _granting(world)
    name = f'name = "{policy.name}"\n'
    restricted = world.scenario.plan_text.replace(name, f'{name}hours = ["{_another_day(world)} 00:00-24:00"]\n')
    world.scenario.core.write(CHANGED, restricted)
    with _applied(world):
        refused(world, note, world.attempt(carol), "no-policy-matches")
        note(why_says(world, carol.user, f"policy {policy.name}: no match: it is "))
    with note.control():
        world.passes(note, carol)


@claim(
    "user-forbidden-device",
    4,
    "A person whose policy names devices is refused on every other.",
    uses=("laptop1-user", "laptop1-routes", "carol"),
    needs=(*NEEDS, LAPTOP1),
)
def user_forbidden_device(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    scenario, laptop, carol = world.scenario, world.host(LAPTOP1), world.scenario.upn("carol")
    policy = next((each for each in scenario.plan.network_policies if each.user_groups and each.from_devices), None)
    if policy is None or not policy.user_groups or not policy.from_devices:
        raise Skipped("the plan has no network policy that names the devices which people come from")
    people, devices = str(policy.user_groups[0]), str(policy.from_devices[0])
    intranet, port = world.intranet
    scenario.evertunnel(scenario.core, "group", "add-member", people, carol)
    began = now()
    try:
        scenario.begin_sign_in(LAPTOP1, "carol")
        note.eventually(lambda: said_why(world, carol, began, "device-not-allowed"), within=5.0)
        note(why_says(world, carol, f"policy {policy.name}: MATCHES"))
        note(probes.tcp(laptop, intranet, port, NO_WAY, timeout=QUICK))
        scenario.evertunnel(scenario.core, "group", "add-member", devices, LAPTOP1)
        with note.control():
            note(probes.http(laptop, intranet, port, source=scenario.user_address(LAPTOP1)))
    finally:
        scenario.evertunnel(laptop, "client", "sign-out", check=False)
        scenario.evertunnel(scenario.core, "group", "remove-member", people, carol)
        scenario.evertunnel(scenario.core, "group", "remove-member", devices, LAPTOP1, check=False)


SIDE_BY_SIDE: tuple[Claim[World], ...] = (user_left_group, user_revoked, user_forbidden_device)
APPLYING: tuple[Claim[World], ...] = (policy_change, user_wrong_hour)


def _ends_alone(note: Recorder, ended: Download, other: Download) -> None:
    """What has come a second after the command has ended is the last; of the other there is more."""
    note.pause(AT_ONCE_SECONDS)
    note(ended.flows("stalled", within=STILL_SECONDS))
    with note.control():
        note(other.flows())


def _with_other_policies(world: World) -> str:
    """The plan with policies about leavers and newcomers before its own."""
    require_user_tunnel(world)
    text, declared = world.scenario.plan_text, "[directory]\ngroups = ["
    if POLICIES not in text or declared not in text:
        raise Skipped("the plan has no [[network_policies]] that others could go before")
    text = text.replace(declared, f'{declared}"{LEAVERS}", "{NEWCOMERS}", ')
    return text.replace(POLICIES, f"{OTHER_POLICIES}{POLICIES}", 1)


@contextmanager
def _moved(world: World, newcomer: str, leaver: str) -> Iterator[None]:
    """One into the group that will lose access, another into the one that will gain it, where they have none."""
    scenario, group = world.scenario, world.scenario.user_group()
    scenario.evertunnel(scenario.core, "group", "add", LEAVERS, NEWCOMERS)
    scenario.evertunnel(scenario.core, "group", "add-member", LEAVERS, leaver)
    scenario.evertunnel(scenario.core, "group", "add-member", NEWCOMERS, newcomer)
    scenario.evertunnel(scenario.core, "group", "remove-member", group, newcomer)
    try:
        yield
    finally:
        scenario.evertunnel(scenario.core, "group", "add-member", group, newcomer)
        scenario.evertunnel(scenario.core, "group", "remove", LEAVERS, NEWCOMERS)


@contextmanager
def _applied(world: World) -> Iterator[None]:
    """The changed plan in force, and afterwards the plan that is rehearsed."""
    try:
        world.scenario.evertunnel(world.scenario.core, "apply", CHANGED)
        yield
    finally:
        world.scenario.evertunnel(world.scenario.core, "apply", PLAN)


def _previewed(world: World, expected: str) -> Probe:
    """Whose access the changed plan would change, as `preview` tells."""
    core = world.scenario.core
    access = json.loads(world.scenario.evertunnel(core, "preview", CHANGED, "--json").stdout)["access"]
    said = (
        *(f"{each['name']} loses access, {each['ends']} session(s) end" for each in access.get("losses", [])),
        *(f"{each['name']} gains access" for each in access.get("gains", [])),
        *(f"{each['name']} gets another reach" for each in access.get("moves", [])),
    )
    return fact(core.name, f"evertunnel preview {CHANGED}", expected=expected, observed="; ".join(said) or "nobody")


def _granting(world: World) -> NetworkPolicy:
    """The policy that lets people in."""
    require_user_tunnel(world)
    group = world.scenario.user_group()
    for policy in world.scenario.plan.network_policies:
        if policy.grants and policy.is_about(Tunnel.USER) and group in (policy.user_groups or ()):
            return policy
    raise Skipped(f"the plan has no network policy that grants {group} access")


def _another_day(world: World) -> str:
    """A day of the week that is neither today, nor yesterday or tomorrow."""
    today = hours.minute(now(), hours.zone(world.scenario.plan.organisation.time_zone)) // hours.DAY
    return hours.DAYS[(today + 3) % len(hours.DAYS)]
