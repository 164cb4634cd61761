"""Ending sessions at a gateway that does not confirm that it was told."""

from functools import partial

from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Probe, Recorder, claim
from evertunnel.lab.claims.user_tunnel import require_user_tunnel, said_why
from evertunnel.lab.probes import NO_WAY, Download, fact
from evertunnel.lab.strangers import PYTHON
from evertunnel.lab.topology import LAPTOP1, LAPTOP2
from evertunnel.lab.world import World, now
from evertunnel.radius.model import STORE

MARGIN = 1.0  # leases are whole seconds
BACK_SECONDS = 15.0
AT_ONCE_SECONDS = 1.0
# Until the row has a time under `done`, the gateways are told again.
WAITING = "SELECT count(*) FROM outbox WHERE done IS NULL AND subject = ?"
COUNT = """
import sqlite3, sys
store = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=5)
print(store.execute(sys.argv[2], sys.argv[3:]).fetchone()[0])
"""


@claim(
    "gateway-unconfirming",
    7,
    "Where a gateway does not confirm that somebody was disabled their lease runs out, and it is told until it does.",
    slow=True,
    uses=("gateway", "laptop1", "laptop2", "laptop2-user", "dave"),
    needs=("radius", "inner"),
)
def gateway_unconfirming(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    scenario, laptop, dave = world.scenario, world.host(LAPTOP2), world.scenario.upn("dave")
    source, lease = scenario.sign_in(LAPTOP2, "dave"), scenario.plan.limits.lease_seconds
    download = Download(laptop, world.intranet[0], source=source)
    try:
        note.require(download.flows())
        with scenario.frozen(scenario.gateway, "sessions"):
            began = now()
            scenario.evertunnel(scenario.core, "user", "disable", dave)
            note(_waiting(world, dave, "1"))
            note.pause(lease + MARGIN - (now() - began))
            note(download.flows("stalled", within=3.0))
            note(probes.tcp(laptop, *world.intranet, NO_WAY, source=source))
            note(_waiting(world, dave, "1"))
        note.eventually(lambda: _waiting(world, dave, "0"), within=BACK_SECONDS, every=0.5)
        with note.control():
            # Their leases had run out as well; nobody has disabled them.
            for other in (LAPTOP1, LAPTOP2):
                note.eventually(partial(_reaches, world, other), within=BACK_SECONDS)
        note.pause(AT_ONCE_SECONDS)
        note(download.flows("stalled", within=2.0))
        note(world.not_admitted(source))
        note(said_why(world, dave, began, "user-disabled"))
        with note.control():
            scenario.evertunnel(scenario.core, "user", "enable", dave)
            note.eventually(
                lambda: probes.http(laptop, *world.intranet, source=scenario.user_address(LAPTOP2)), within=30
            )
    finally:
        scenario.evertunnel(scenario.core, "user", "enable", dave, check=False)
        scenario.evertunnel(laptop, "client", "sign-out", check=False)
        download.stop()


SLOW: tuple[Claim[World], ...] = (gateway_unconfirming,)


def _reaches(world: World, laptop: str) -> Probe:
    source = world.address(laptop)
    return probes.tcp(world.host(laptop), world.management[0], world.reach.tcp[0], source=source)


def _waiting(world: World, user: str, expected: str) -> Probe:
    """How many orders about a user no gateway has confirmed."""
    core = world.scenario.core
    observed = core.run([PYTHON, "-c", COUNT, str(STORE), WAITING, user]).stdout.strip()
    return fact(core.name, f"sqlite3 {STORE} '{WAITING}'   # {user}", expected=expected, observed=observed)
