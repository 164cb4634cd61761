"""What a gateway lets in, tried with real charons at both ends."""

import contextlib
import os
import signal
import subprocess
import time

import pytest
from tests.engine.gateway.certificates import Authority
from tests.engine.gateway.world import World, eventually, run, space

from evertunnel.errors import EngineError
from evertunnel.gateway.render import LOG_BYTES, flush_commands

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]


def test_packet_passes_only_after_an_accept(world: World) -> None:
    laptop = world.laptop("laptop1")
    world.radius.hold()

    laptop.connect()

    assert not laptop.reaches_inside()
    world.radius.release()
    assert eventually(laptop.reaches_inside)


def test_rejected_device_is_sent_away_and_none_of_its_packets_passes(world: World) -> None:
    world.radius.verdict = lambda user: ("reject", "48 disabled") if "laptop1" in user else ("accept", "management")
    rejected, control = world.laptop("laptop1"), world.laptop("laptop2")

    with contextlib.suppress(EngineError, IndexError, ValueError, subprocess.CalledProcessError):
        rejected.connect()
    control.connect()

    assert eventually(control.reaches_inside)
    assert eventually(lambda: not rejected.sas())
    assert [each.text for each in world.refusals()] == ["48 disabled"]
    assert world.admitted() == {str(control.address)}


def test_without_an_answer_no_packet_passes_but_the_tunnel_waits(world: World) -> None:
    world.radius.silent = True
    laptop = world.laptop("laptop1")

    laptop.connect()

    assert not laptop.reaches_inside()
    assert laptop.sas()
    world.radius.silent = False
    assert eventually(laptop.reaches_inside, 12)


def test_away_is_not_refused_until_the_grace_is_over(world: World) -> None:
    laptop = world.laptop("laptop1")
    laptop.connect()
    assert eventually(laptop.reaches_inside)

    world.radius.silent = True
    time.sleep(4)

    assert laptop.reaches_inside()
    assert eventually(lambda: not world.admitted(), 12)
    assert eventually(lambda: "grace" in {each.reason for each in world.refusals()})


def test_killed_charon_leaves_no_admission_to_the_next_one(world: World) -> None:
    world.radius.verdict = lambda user: ("accept", "management") if "laptop1" in user else None
    first, second = world.laptop("laptop1"), world.laptop("laptop2")
    first.connect()
    assert eventually(first.reaches_inside)

    world.kill(world.charon)
    world.start_charon()
    assert not world.admitted()
    assert eventually(world.is_open)
    second.connect()

    assert second.address == first.address
    assert not second.reaches_inside()
    world.radius.verdict = lambda _: ("accept", "management")
    assert eventually(second.reaches_inside, 12)


def test_sessions_killed_and_restarted_adopts_what_lives_by_asking(world: World) -> None:
    laptop = world.laptop("laptop1")
    laptop.connect()
    assert eventually(laptop.reaches_inside)

    world.kill(world.sessions)
    world.nft(flush_commands(["management"]))
    assert not laptop.reaches_inside()
    world.radius.asked.clear()
    world.start_sessions()

    assert eventually(laptop.reaches_inside)
    assert world.radius.asked


def test_one_tunnel_per_device_the_newest_once_it_is_admitted(world: World) -> None:
    old, new = world.laptop("laptop1"), world.laptop("laptop1")
    old.connect()
    assert eventually(old.reaches_inside)

    world.radius.hold()
    new.connect()
    assert not new.reaches_inside()
    assert old.reaches_inside()
    world.radius.release()

    assert eventually(new.reaches_inside)
    assert eventually(lambda: not old.sas())


def test_device_cannot_send_from_another_ones_address(world: World) -> None:
    victim, thief = world.laptop("laptop1"), world.laptop("laptop2")
    world.radius.verdict = lambda user: ("accept", "management") if "laptop1" in user else None
    victim.connect()
    thief.connect()
    assert eventually(victim.reaches_inside)

    run("ip", "-n", space(thief.namespace), "addr", "add", f"{victim.address}/32", "dev", "lo")
    run(
        "ip",
        "-n",
        space(thief.namespace),
        "route",
        "replace",
        "10.0.0.0/24",
        "dev",
        "ipsec0",
        "src",
        str(victim.address),
    )

    assert not thief.reaches_inside(str(victim.address))
    assert victim.reaches_inside()


def test_revoked_by_crl_is_refused_after_it_had_been_let_in(world: World) -> None:
    revoked, control = world.laptop("laptop1"), world.laptop("laptop2")
    revoked.connect()
    assert eventually(revoked.reaches_inside)
    revoked.disconnect()

    world.publish(revoked.certificate, number=2)
    world.sessions.send_signal(signal.SIGHUP)
    assert eventually(lambda: "newer CRL" in world.logs().rpartition("issuing.crl")[0].rpartition("gateway is open")[2])
    time.sleep(0.3)

    assert revoked.is_refused()
    assert world.reason_for(revoked) == "revoked"
    assert not control.is_refused()
    assert eventually(control.reaches_inside)


@pytest.mark.parametrize("reason", ["policy", "issuer", "expired", "identity", "no serial"])
def test_stranger_is_refused_with_its_reason_and_the_control_passes(world: World, reason: str) -> None:
    name = "stranger.corp.contoso.com"
    ours = world.authority
    stranger = {
        "policy": lambda: world.laptop("stranger", ours.leaf(name, template=4)),
        "issuer": lambda: world.laptop("stranger", Authority().leaf(name)),
        "expired": lambda: world.laptop("stranger", ours.leaf(name, age=40)),
        "identity": lambda: world.laptop("stranger", ours.leaf(name), identity=name),
        "no serial": lambda: world.laptop("stranger", ours.leaf(name, with_serial=False)),
    }[reason]()

    assert stranger.is_refused()
    assert world.reason_for(stranger) == {"no serial": "identity"}.get(reason, reason)
    assert not world.admitted()
    stranger.load(ours.leaf(name))
    assert not stranger.is_refused()
    assert eventually(stranger.reaches_inside)


def test_log_that_nobody_empties_has_an_end_and_is_read_again_afterwards(world: World) -> None:
    world.kill(world.sessions, signal.SIGTERM)
    os.truncate(world.log, LOG_BYTES - 100)
    stranger = world.laptop("stranger", world.authority.leaf("stranger.corp.contoso.com", template=4))

    assert stranger.is_refused()
    assert world.charon.poll() is None
    assert world.log.stat().st_size == LOG_BYTES

    world.start_sessions()
    assert eventually(lambda: world.log.stat().st_size == 0)
    assert stranger.is_refused()
    assert world.reason_for(stranger) == "policy"
    assert world.log.stat().st_mode & 0o777 == 0o600
