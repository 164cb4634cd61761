"""The user tunnel: who gets in by which certificate, and who does not, each for a reason that `why` tells."""

from dataclasses import replace

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
from evertunnel.lab.eapol import ACCEPTED, REFUSED, Login, Method, ask
from evertunnel.lab.probes import NO_WAY, STILL_SECONDS, Download, fact
from evertunnel.lab.topology import LAPTOP2
from evertunnel.lab.world import World, now

QUICK = 0.3
QUIET_SECONDS = 0.5
FIXED_NUMBER = 77
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
    uses=("erin", "eapol"),
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
    uses=("erin", "eapol"),
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
    uses=("carol", "idle", "eapol"),
    needs=("radius", "inner"),
)
def user_certificates(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    carol = world.person("carol")
    mail, idle, began = world.credentials[f"mail {carol.user}"], world.credentials["idle"], now()
    note(_logs_in(world, Login(credential=mail, name=carol.user), REFUSED))
    # Nobody asked about it: FreeRADIUS itself saw what it is for.
    note(why_says(world, carol.user, "is not for signing in"))
    note(_logs_in(world, Login(credential=idle, name=carol.user), REFUSED))
    note(said_why(world, idle.owner, began, "wrong-template"))
    with note.control():
        note(_logs_in(world, Login(credential=carol, name=carol.user), ACCEPTED))


@claim("user-two-laptops", 6, "A person with two laptops is in with both.", uses=("alice",), needs=NEEDS)
def user_two_laptops(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    alice = world.person("alice")
    with world.inside(note, alice) as (one, first), world.inside(note, alice) as (other, second):
        with note.control():
            note(probes.http(other, *world.intranet, source=second))
        # The newer tunnel took nothing from the older one.
        note(probes.http(one, *world.intranet, source=first))
        observed = f"{len({first, second})} addresses"
        note(fact(world.scenario.gateway.name, "swanctl --list-sas", expected="2 addresses", observed=observed))


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
    uses=("laptop2-user", "carol"),
    needs=(*NEEDS, "laptop2"),
)
def sign_in(world: World, note: Recorder) -> None:
    require_user_tunnel(world)
    scenario, laptop = world.scenario, world.host(LAPTOP2)
    device, (intranet, port) = world.address(LAPTOP2), world.intranet
    note(probes.tcp(laptop, intranet, port, NO_WAY, timeout=QUICK))
    user = scenario.sign_in(LAPTOP2, "carol")
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
    intranet, _ = world.intranet
    download = Download(laptop, intranet, source=scenario.sign_in(LAPTOP2, "dave"))
    device = Download(laptop, world.management[0], source=world.address(LAPTOP2))
    try:
        note.require(download.flows())
        scenario.evertunnel(scenario.core, "user", "disable", dave)
        note.pause(AT_ONCE_SECONDS)
        note(download.flows("stalled", within=STILL_SECONDS))
        with note.control():
            note(device.flows())
            scenario.evertunnel(scenario.core, "user", "enable", dave)
            note.eventually(
                lambda: probes.http(laptop, *world.intranet, source=scenario.user_address(LAPTOP2)), within=30
            )
    finally:
        scenario.evertunnel(laptop, "client", "sign-out", check=False)
        download.stop()
        device.stop()


INSIDE: tuple[Claim[World], ...] = (eap_methods, user_identity, user_certificates)
CLAIMS: tuple[Claim[World], ...] = (
    user_in,
    user_not_in_group,
    user_denied,
    user_disabled,
    user_two_laptops,
    user_fixed_address,
)
SIGN_IN, AT_ONCE = sign_in, user_ended_at_once


def _logs_in(world: World, login: Login, expected: str) -> Probe:
    gateway = world.scenario.gateway
    observed = ask(gateway, world.radius, login, world.strangers.authorities)
    who = f"{login.outer} outside, {login.name} inside" if login.outer else login.name
    command = f"eapol_test -c network   # {login.method.value} as {who}, certificate of {login.credential.owner}"
    return fact(gateway.name, command, expected=expected, observed=observed)
