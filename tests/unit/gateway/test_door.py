from evertunnel.gateway.admission import (
    Close,
    Connected,
    Door,
    Flush,
    Load,
    Loaded,
    OpenLatch,
    Prove,
    Proved,
)
from evertunnel.gateway.door import PROVE_SECONDS, Doorkeeper

ONE, TWO = "17-1", "18-2"


def opened() -> Doorkeeper:
    keeper = Doorkeeper()
    for event in (Connected(instance=ONE), Loaded(instance=ONE), Proved(instance=ONE, alive=True)):
        keeper.turn(event, 0.0)
    assert keeper.door is Door.OPEN
    return keeper


def test_the_latch_opens_last_to_a_charon_that_is_loaded_once_radius_answers() -> None:
    keeper = Doorkeeper()

    assert keeper.turn(Connected(instance=ONE), 0.0) == (Flush(), Load(instance=ONE))
    assert keeper.turn(Loaded(instance=ONE), 0.0) == (Prove(instance=ONE),)
    assert keeper.turn(Proved(instance=ONE, alive=True), 0.0) == (OpenLatch(),)
    assert keeper.door is Door.OPEN


def test_a_silent_radius_is_asked_again_after_a_while_and_once_at_a_time() -> None:
    keeper = Doorkeeper()
    keeper.turn(Connected(instance=ONE), 0.0)
    keeper.turn(Loaded(instance=ONE), 0.0)
    assert keeper.tick(100.0) == ()

    assert keeper.turn(Proved(instance=ONE, alive=False), 100.0) == ()
    assert keeper.tick(100.0) == ()
    assert keeper.tick(100.0 + PROVE_SECONDS) == (Prove(instance=ONE),)
    assert keeper.tick(200.0) == ()
    assert keeper.door is Door.PROVING


def test_another_charon_closes_and_begins_anew() -> None:
    keeper = opened()

    assert keeper.turn(Connected(instance=TWO), 1.0) == (Close(), Load(instance=TWO))
    assert keeper.door is Door.LOADING


def test_the_same_charon_connected_again_stays_open() -> None:
    keeper = opened()

    assert keeper.turn(Connected(instance=ONE), 1.0) == ()
    assert keeper.door is Door.OPEN


def test_what_a_former_charon_came_to_does_not_count() -> None:
    keeper = opened()
    keeper.turn(Connected(instance=TWO), 1.0)

    assert keeper.turn(Loaded(instance=ONE), 2.0) == ()
    assert keeper.turn(Proved(instance=TWO, alive=True), 2.0) == ()
    assert keeper.door is Door.LOADING


def test_what_was_proved_for_a_former_charon_opens_to_no_other() -> None:
    keeper = opened()
    keeper.turn(Connected(instance=TWO), 1.0)
    keeper.turn(Loaded(instance=TWO), 2.0)

    assert keeper.turn(Proved(instance=ONE, alive=True), 3.0) == ()
    assert keeper.door is Door.PROVING
