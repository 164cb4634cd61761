"""Who is kept out, each for its own reason, and let in when that one thing is mended."""

from dataclasses import replace

from evertunnel.lab.claim import Claim, Recorder, claim
from evertunnel.lab.scenario import Scenario
from evertunnel.lab.strangers import Credential, without_certificate
from evertunnel.lab.world import SHY, World, now

NEEDS = ("gateway", "radius", "inner")


@claim("no-certificate", 3, "Whoever shows no certificate is refused.", uses=(SHY,), needs=NEEDS)
def no_certificate(world: World, note: Recorder) -> None:
    # One that has never shown it: charon remembers certificates, and who proves to have the key of one is welcome.
    shy, began = world.credentials[SHY], now()
    note(world.tries(without_certificate(world.attempt(shy)), "kept out"))
    note(world.refused_by_charon(shy, began, "untrusted"))
    with note.control():
        world.passes(note, shy)


@claim("expired", 3, "An expired certificate is refused.", uses=("visitor",), needs=NEEDS)
def expired(world: World, note: Recorder) -> None:
    forged = world.strangers.expired("visitor", world.strangers.real_issuer())
    _refused_by_charon(world, note, forged, "expired")


@claim(
    "wrong-issuer",
    3,
    "A certificate of another authority of the same names is refused.",
    uses=("guest",),
    needs=NEEDS,
)
def wrong_issuer(world: World, note: Recorder) -> None:
    forged = world.strangers.forged("guest", world.strangers.other_issuer(), now=now())
    _refused_by_charon(world, note, forged, "issuer", control="guest")


@claim("user-template", 3, "A person's certificate opens no device tunnel.", uses=("guest", "ivan"), needs=NEEDS)
def user_template(world: World, note: Recorder) -> None:
    person = world.person("ivan")
    # As a device does it: by the certificate alone, under its subject.
    _refused_by_charon(world, note, replace(person, user=""), "policy", control="guest")


@claim("mail-template", 3, "A mail certificate opens no tunnel at all.", uses=(SHY, "ivan"), needs=NEEDS)
def mail_template(world: World, note: Recorder) -> None:
    mail = world.credentials[f"mail {world.scenario.upn('ivan')}"]
    _refused_by_charon(world, note, mail, "policy", control=SHY)


@claim(
    "unknown-device",
    4,
    "A device that the directory does not know is refused, whatever its certificate.",
    uses=("ghost",),
    needs=NEEDS,
)
def unknown_device(world: World, note: Recorder) -> None:
    ghost = world.credentials["ghost"]
    _change(world.scenario, "remove", ghost)
    _refused_by_policy(world, note, ghost, "unknown-device")
    _change(world.scenario, "add", ghost)
    # Another device may bear the name by now: the former one's certificate stays out.
    _refused_by_policy(world, note, ghost, "former-device")
    with note.control():
        world.passes(note, world.strangers.issued(ghost.owner))


@claim("disabled-device", 4, "A disabled device is refused.", uses=("idle",), needs=NEEDS)
def disabled_device(world: World, note: Recorder) -> None:
    idle = world.credentials["idle"]
    _change(world.scenario, "disable", idle)
    _refused_by_policy(world, note, idle, "device-disabled")
    _change(world.scenario, "enable", idle)
    with note.control():
        world.passes(note, idle)


@claim(
    "revoked-by-serial",
    4,
    "A revoked certificate is refused by its serial, before any gateway has the new CRL.",
    uses=("lost", "crls"),
    needs=NEEDS,
)
def revoked_by_serial(world: World, note: Recorder) -> None:
    lost = world.credentials["lost"]
    with note.control():
        world.passes(note, lost)
    world.scenario.evertunnel(world.scenario.core, "certificate", "revoke", str(lost.serial))
    _refused_by_policy(world, note, lost, "certificate-revoked")


@claim(
    "revoked-by-crl",
    3,
    "A revoked certificate is refused by the CRL alone, with nobody asked.",
    uses=("stolen", "crls"),
    needs=NEEDS,
)
def revoked_by_crl(world: World, note: Recorder) -> None:
    stolen = world.credentials["stolen"]
    # The first success is what a cache would remember.
    with note.control():
        world.passes(note, stolen)
    world.scenario.evertunnel(world.scenario.core, "certificate", "revoke", str(stolen.serial))
    world.scenario.signal(world.scenario.gateway, "sessions", "HUP")  # fetch the CRLs now
    note.pause(1.0)
    began = now()
    note(world.tries(world.attempt(stolen), "kept out"))
    note(world.refused_by_charon(stolen, began, "revoked"))
    note(world.refused_by_policy(stolen.owner, began, "nothing", within=0.5))


CLAIMS: tuple[Claim[World], ...] = (
    no_certificate,
    expired,
    wrong_issuer,
    user_template,
    mail_template,
    revoked_by_serial,
    revoked_by_crl,
    unknown_device,
    disabled_device,
)


def _refused_by_charon(world: World, note: Recorder, bad: Credential, reason: str, *, control: str = "visitor") -> None:
    began = now()
    note(world.tries(world.attempt(bad), "kept out"))
    note(world.refused_by_charon(bad, began, reason))
    with note.control():
        world.passes(note, world.credentials[control])


def _refused_by_policy(world: World, note: Recorder, who: Credential, reason: str) -> None:
    began = now()
    note(world.tries(world.attempt(who), "kept out"))
    note(world.refused_by_policy(who.owner, began, reason))


def _change(scenario: Scenario, verb: str, who: Credential) -> None:
    words = scenario.device_groups() if verb == "add" else []
    scenario.evertunnel(scenario.core, "device", verb, who.owner, *words)
