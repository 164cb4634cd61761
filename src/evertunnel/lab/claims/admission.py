"""Admission is a lease: it comes from an answer, it is asked for again, and it ends when nobody renews it."""

from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Recorder, claim
from evertunnel.lab.probes import NO_WAY, STILL_SECONDS, Download, fact
from evertunnel.lab.topology import LAPTOP1, LAPTOP2
from evertunnel.lab.world import World, now
from evertunnel.plan.model import Plan

MARGIN = 5.0
AT_ONCE_SECONDS = 1.0
KNOCKS_SECONDS = 30.0


@claim(
    "nobody-new-while-away",
    4,
    "While RADIUS or the policy service is away nobody new is let in, and who is in stays.",
    uses=("radius", "visitor"),
    needs=("gateway", "inner", "laptop1"),
)
def nobody_new(world: World, note: Recorder) -> None:
    core, visitor = world.scenario.core, world.credentials["visitor"]
    source = world.address(LAPTOP1)
    for service in ("policy", "freeradius"):
        with world.scenario.frozen(core, service):
            note(world.tries(world.attempt(visitor), "kept out"))
            note(probes.tcp(world.host(LAPTOP1), world.management[0], world.reach.tcp[0], source=source))
        with note.control():
            world.passes(note, visitor)


@claim(
    "newest-wins",
    4,
    "A device has one tunnel: the newest that is admitted.",
    uses=("laptop1",),
    needs=("gateway", "radius", "inner"),
)
def newest_wins(world: World, note: Recorder) -> None:
    laptop = world.host(LAPTOP1)
    before = world.address(LAPTOP1)
    twin = world.twin_of(LAPTOP1)
    with world.scenario.frozen(laptop, "client"):
        note(world.tries(world.attempt(twin), "passed"))
        note(world.not_admitted(before))
    with note.control():
        note.eventually(
            lambda: probes.tcp(laptop, world.management[0], world.reach.tcp[0], source=world.address(LAPTOP1)),
            within=10,
        )


@claim(
    "disable-live",
    4,
    "Also where the gateway cannot be told, a disabled device's download is cut at the next asking, and it stays out.",
    slow=True,
    uses=("laptop1",),
    needs=("gateway", "radius", "inner", "laptop2"),
)
def disable_live(world: World, note: Recorder) -> None:
    scenario, laptop = world.scenario, world.host(LAPTOP1)
    source = world.address(LAPTOP1)
    download = Download(laptop, world.management[0], source=source)
    other = Download(world.host(LAPTOP2), world.management[0], source=world.address(LAPTOP2))
    scenario.manage(scenario.core, "stop", "outbox")
    try:
        note.require(download.flows())
        began = now()
        scenario.evertunnel(scenario.core, "device", "disable", LAPTOP1)
        within = scenario.plan.limits.ask_again_seconds + MARGIN
        note.eventually(lambda: download.flows("stalled"), within=within)
        note(
            fact(
                scenario.gateway.name,
                "evertunnel status",
                expected="within the asking",
                observed=_within(began, within),
            )
        )
        note(world.not_admitted(source))
        # Its agent knocks and knocks.
        note(world.refused_by_policy(LAPTOP1, now(), "device-disabled", within=KNOCKS_SECONDS))
        with note.control():
            note(other.flows())
            scenario.evertunnel(scenario.core, "device", "enable", LAPTOP1)
            note.eventually(
                lambda: probes.tcp(laptop, world.management[0], world.reach.tcp[0], source=world.address(LAPTOP1)),
                within=30,
            )
    finally:
        scenario.manage(scenario.core, "start", "outbox")
        download.stop()
        other.stop()


@claim(
    "ended-at-once",
    4,
    "Disabling a live device cuts its running download within a second, and nobody else's.",
    uses=("visitor",),
    needs=("gateway", "radius", "inner", "laptop1"),
)
def ended_at_once(world: World, note: Recorder) -> None:
    scenario, visitor = world.scenario, world.credentials["visitor"]
    other = Download(world.host(LAPTOP1), world.management[0], source=world.address(LAPTOP1))
    try:
        with world.downloading(note, visitor) as download:
            note.require(other.flows())
            scenario.evertunnel(scenario.core, "device", "disable", visitor.owner)
            note.eventually(
                lambda: world.not_admitted(str(download.source)),
                within=AT_ONCE_SECONDS,
            )
            began, last = now(), download.octets()
            # What has come a second after the command has ended is the last.
            note.pause(AT_ONCE_SECONDS)
            after = download.octets()
            note(download.flows("stalled", within=STILL_SECONDS))
            observed = (
                f"stalled ({(after - last) / 1e6:.1f} MB in {now() - began:.1f} s)"
                if download.octets() == after
                else "flowing"
            )
            note(fact(download.host, "curl http://…/stream | pv -b", expected="stalled", observed=observed))
        with note.control():
            note(other.flows())
            scenario.evertunnel(scenario.core, "device", "enable", visitor.owner)
            world.passes(note, visitor)
    finally:
        other.stop()


@claim(
    "lease-runs-out",
    4,
    "An address that nobody renews falls out of the set, running download included.",
    slow=True,
    uses=("gateway", "laptop1"),
    needs=("radius", "inner"),
)
def lease_runs_out(world: World, note: Recorder) -> None:
    gateway, laptop = world.scenario.gateway, world.host(LAPTOP1)
    source, lease = world.address(LAPTOP1), world.scenario.plan.limits.lease_seconds
    download = Download(laptop, world.management[0], source=source)
    try:
        note.require(download.flows())
        with world.scenario.frozen(gateway, "sessions"):
            note.pause(lease + 1)
            note(download.flows("stalled", within=3.0))
            note(probes.tcp(laptop, world.management[0], world.reach.tcp[0], NO_WAY, source=source))
        with note.control():
            note.eventually(
                lambda: probes.tcp(laptop, world.management[0], world.reach.tcp[0], source=world.address(LAPTOP1)),
                within=15,
            )
    finally:
        download.stop()


@claim(
    "grace",
    4,
    "While RADIUS or the policy service is away, live tunnels go on for the plan's grace and no longer, and come back.",
    slow=True,
)
def grace(world: World, note: Recorder) -> None:
    for service in ("freeradius", "policy"):
        _outlasts_grace(world, note, service)


NOBODY_NEW, NEWEST, AT_ONCE = nobody_new, newest_wins, ended_at_once
SLOW: tuple[Claim[World], ...] = (disable_live, lease_runs_out, grace)


def _outlasts_grace(world: World, note: Recorder, service: str) -> None:
    plan, laptop = world.scenario.plan, world.host(LAPTOP1)
    source = world.address(LAPTOP1)
    download = Download(laptop, world.management[0], source=source)
    began = now()
    try:
        with world.scenario.frozen(world.scenario.core, service):
            # The last allow is at most one asking old when nobody answers any more.
            sure = plan.limits.grace_seconds - plan.limits.ask_again_seconds - MARGIN
            note.pause(max(sure, 1.0))
            note(download.flows())
            within = plan.limits.grace_seconds + _round(plan) + MARGIN - (now() - began)
            note.eventually(lambda: download.flows("stalled"), within=within)
            note(world.not_admitted(source))
        with note.control():
            note.eventually(
                lambda: probes.tcp(laptop, world.management[0], world.reach.tcp[0], source=world.address(LAPTOP1)),
                within=30,
            )
    finally:
        download.stop()


def _within(began: float, within: float) -> str:
    took = now() - began
    return f"within the asking ({took:.0f} s)" if took <= within + 1 else f"after {took:.0f} s"


def _round(plan: Plan) -> float:
    """How long one unanswered asking takes."""
    return plan.radius.timeout_seconds * plan.radius.tries
