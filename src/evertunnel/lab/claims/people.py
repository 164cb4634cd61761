"""The user tunnel: who gets in by which certificate, and who does not, each for a reason that `why` tells."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Probe, Recorder, Skipped, claim
from evertunnel.lab.claims.user_tunnel import (
    AT_ONCE_SECONDS,
    NEEDS,
    people_reach,
    refused,
    require_user_tunnel,
    said_why,
    why_says,
)
from evertunnel.lab.eapol import ACCEPTED, REFUSED, Login, Method, ask
from evertunnel.lab.probes import NO_WAY, Download, fact
from evertunnel.lab.strangers import PYTHON
from evertunnel.lab.topology import LAPTOP1, LAPTOP2
from evertunnel.lab.world import World, now

HOLD_SECONDS = 1.0
QUICK = 0.3
QUIET_SECONDS = 0.5
FIXED_NUMBER = 77
COUNTED = """
import sys
from evertunnel.drivers.vici import Vici
from evertunnel.gateway.render import SOCKET
sas = [sa for sa in Vici(SOCKET).list_sas() if sys.argv[1] in (sa.remote_eap_id, sa.remote_id)]
usages = [child.usage for sa in sas for child in sa.children if child.usage]
print(sum(each.in_octets for each in usages), sum(each.out_octets for each in usages))
"""
VERSIONS = {Method.EAP_TLS_12: "TLSv1.2", Method.EAP_TLS_13: "TLSv1.3", Method.PEAP: "TLSv1.2"}


@claim(
    "user-in",
    6,
    "A person's tunnel reaches what it is for, and nothing that only devices reach.",
    uses=("alice",),
    needs=NEEDS,
)
def user_in(world: World, note: Recorder) -> None:
    alice = world.person("alice")
    require_user_tunnel(world)
    with note.control():
        world.passes(note, alice)
    devices_only = replace(world.attempt(alice), target=world.attempt(world.credentials["visitor"]).target)
    # The tunnel is up all the same.
    note(world.tries(devices_only, "kept out (up)"))


@claim("user-not-in-group", 4, "A person outside the group is refused.", uses=("bob",), needs=NEEDS)
def user_not_in_group(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    bob, group = world.person("bob"), world.scenario.user_group()
    core = world.scenario.core
    world.scenario.evertunnel(core, "group", "remove-member", group, bob.user)
    refused(world, note, world.attempt(bob), "not-in-group")
    note(why_says(world, bob.user, "policy staff: "))
    world.scenario.evertunnel(core, "group", "add-member", group, bob.user)
    with note.control():
        world.passes(note, bob)


@claim(
    "user-denied", 4, "A person whom a policy denies is refused, whatever later ones say.", uses=("frank",), needs=NEEDS
)
def user_denied(world: World, note: Recorder) -> None:
    plan, core, frank = world.scenario.plan, world.scenario.core, world.person("frank")
    denial = next((each for each in plan.network_policies if not each.grants and each.user_groups), None)
    if denial is None or not denial.user_groups:
        raise Skipped("the plan has no network policy that denies a group")
    group = str(denial.user_groups[0])
    world.scenario.evertunnel(core, "group", "add-member", group, frank.user)
    refused(world, note, world.attempt(frank), "denied-by-policy")
    note(why_says(world, frank.user, f"policy {denial.name}: "))
    world.scenario.evertunnel(core, "group", "remove-member", group, frank.user)
    with note.control():
        world.passes(note, frank)


@claim("user-disabled", 4, "A disabled person is refused.", uses=("carol",), needs=NEEDS)
def user_disabled(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    carol, core = world.person("carol"), world.scenario.core
    world.scenario.evertunnel(core, "user", "disable", carol.user)
    refused(world, note, world.attempt(carol), "user-disabled")
    world.scenario.evertunnel(core, "user", "enable", carol.user)
    with note.control():
        world.passes(note, carol)


@claim(
    "eap-methods",
    4,
    "A person proves their certificate by EAP-TLS, or by EAP-TLS inside PEAP.",
    control=False,
    uses=("erin",),
    needs=("radius", "inner"),
)
def eap_methods(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    erin = world.person("erin")
    for method, version in VERSIONS.items():
        note(_logs_in(world, Login(credential=erin, name=erin.user, method=method), f"{ACCEPTED} with {version}"))


@claim(
    "user-identity",
    4,
    "Nobody gets in under another name than the certificate's, not even on the outside of PEAP.",
    uses=("erin",),
    needs=("radius", "inner"),
)
def user_identity(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    erin, anonymous = world.person("erin"), f"anonymous@{world.scenario.plan.organisation.domain}"
    for login in (
        Login(credential=erin, name=world.scenario.upn("carol")),
        Login(credential=erin, name=erin.user, outer=anonymous, method=Method.PEAP),
    ):
        began = now()
        note(_logs_in(world, login, REFUSED))
        note(said_why(world, erin.user, began, "outer-identity-mismatch"))
    with note.control():
        for method in (Method.EAP_TLS_12, Method.PEAP):
            note(_logs_in(world, Login(credential=erin, name=erin.user, method=method), ACCEPTED))


@claim(
    "user-certificates",
    4,
    "A device's certificate and a mail certificate open no user tunnel.",
    uses=("erin", "visitor"),
    needs=("radius", "inner"),
)
def user_certificates(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    erin = world.person("erin")
    mail, visitor, began = world.credentials[f"mail {erin.user}"], world.credentials["visitor"], now()
    note(_logs_in(world, Login(credential=mail, name=erin.user), REFUSED))
    # Nobody asked about it: FreeRADIUS itself saw what it is for.
    note(why_says(world, erin.user, "is not for signing in"))
    note(_logs_in(world, Login(credential=visitor, name=erin.user), REFUSED))
    note(said_why(world, visitor.owner, began, "wrong-template"))
    with note.control():
        note(_logs_in(world, Login(credential=erin, name=erin.user), ACCEPTED))


@claim(
    "ledger-exact",
    4,
    "The ledger has, to the octet, what the gateway counted of a session that was ended by hand.",
    control=False,
    uses=("laptop1", "erin"),
    needs=NEEDS,
)
def ledger_exact(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    scenario, laptop, erin = world.scenario, world.host(LAPTOP1), world.scenario.upn("erin")
    source = scenario.sign_in(LAPTOP1, "erin")
    for _ in range(3):
        note(probes.http(laptop, *people_reach(world), source=source))
    command = f"evertunnel sessions --user {erin}"
    # With its agent asleep nobody knocks any more: what the gateway has counted is the last of it.
    with scenario.frozen(laptop, "client"):
        (live,) = _sessions(world, erin)
        counted = _counted(world, note, erin)
        ended = scenario.evertunnel(scenario.core, "sessions", "end", str(live["id"]), check=False)
        note(
            fact(
                scenario.core.name,
                f"evertunnel sessions end {live['id']}",
                expected="0",
                observed=str(ended.returncode),
            )
        )

        def look() -> Probe:
            rows = [each for each in _past(world, erin) if each["id"] == live["id"]]
            observed = " ".join(f"{each['in_octets']} in, {each['out_octets']} out" for each in rows) or "not ended"
            return fact(scenario.core.name, f"{command} --past", expected=counted, observed=observed)

        note.eventually(look, within=10.0, every=0.5)
    scenario.evertunnel(laptop, "client", "sign-out", check=False)


@claim("user-two-laptops", 6, "A person with two laptops is in with both.", uses=("alice",), needs=NEEDS)
def user_two_laptops(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
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
    require_user_tunnel(world)
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
    require_user_tunnel(world)
    scenario, laptop = world.scenario, world.host(LAPTOP2)
    device, (intranet, port) = world.address(LAPTOP2), people_reach(world)
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
    require_user_tunnel(world)
    scenario, laptop, dave = world.scenario, world.host(LAPTOP2), world.scenario.upn("dave")
    intranet, _ = people_reach(world)
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
                lambda: probes.http(laptop, *people_reach(world), source=scenario.user_address(LAPTOP2)), within=30
            )
    finally:
        scenario.evertunnel(laptop, "client", "sign-out", check=False)
        download.stop()
        device.stop()


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
    eap_methods,
    user_in,
    user_not_in_group,
    user_denied,
    user_disabled,
    user_identity,
    user_certificates,
    user_two_laptops,
    user_fixed_address,
    ledger,
)
SIGN_IN, AT_ONCE, EXACT = sign_in, user_ended_at_once, ledger_exact


def _past(world: World, user: str) -> list[dict[str, object]]:
    return _sessions(world, user, "--past")


def _sessions(world: World, user: str, *words: str) -> list[dict[str, object]]:
    return list(
        json.loads(world.scenario.evertunnel(world.scenario.core, "sessions", *words, "--user", user, "--json").stdout)
    )


def _counted(world: World, note: Recorder, user: str) -> str:
    """What charon says that the tunnels of a user have carried, once the last packets of the probes are through."""
    argv, before = [PYTHON, "-c", COUNTED, user], ""
    while (said := world.scenario.gateway.run(argv).stdout) != before:
        before = said
        note.pause(QUIET_SECONDS)
    inward, outward = said.split()
    return f"{inward} in, {outward} out"


def _logs_in(world: World, login: Login, expected: str) -> Probe:
    gateway = world.scenario.gateway
    observed = ask(gateway, world.radius, login, world.strangers.authorities)
    who = f"{login.outer} outside, {login.name} inside" if login.outer else login.name
    command = f"eapol_test -c network   # {login.method.value} as {who}, certificate of {login.credential.owner}"
    return fact(gateway.name, command, expected=expected, observed=observed)


def _at_once(world: World, user: str) -> Probe:
    """How many sessions of a user were decided about with different addresses in the last seconds."""
    recent = [each for each in world.decisions(user) if each.at >= now() - 2 * HOLD_SECONDS and each.decision.allow]
    addresses = {each.facts.question.inner for each in recent if each.facts.question.inner}
    observed = f"{len(addresses)} addresses"
    return fact(world.scenario.core.name, f"evertunnel why {user}", expected="2 addresses", observed=observed)
