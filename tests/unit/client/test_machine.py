"""Scripts of events in and commands out."""

from ipaddress import IPv4Address

import pytest

from evertunnel.client.machine import (
    CONNECT_SECONDS,
    KNOCK_SECONDS,
    RETRY_SECONDS,
    STABLE_SECONDS,
    Answer,
    AttemptFailed,
    CharonGone,
    CharonHere,
    Command,
    Event,
    Initiate,
    InstallRoutes,
    Knock,
    Knocked,
    Listed,
    Load,
    Lock,
    Machine,
    Moment,
    NetworkChanged,
    Phase,
    RemoveRoutes,
    Sa,
    Terminate,
    Tick,
    step,
)

ADDRESS, OTHER = IPv4Address("10.99.0.1"), IPv4Address("10.99.0.2")
HERE = CharonHere(instance="41-7")
NONE = Listed(sas=())
PENDING = Listed(sas=(Sa(unique_id=1, carries=False),))
LIVE = Listed(sas=(Sa(unique_id=1, carries=True, address=ADDRESS),))
ATTEMPT = (Lock(), Load(), Initiate())
RISE = (InstallRoutes(address=ADDRESS), Knock(address=ADDRESS))
ANSWERED = Knocked(address=ADDRESS, answer=Answer.ANSWERED)
REFUSED = Knocked(address=ADDRESS, answer=Answer.REFUSED)
SILENT = Knocked(address=ADDRESS, answer=Answer.SILENT)
UP = ((0.0, HERE), (0.0, NONE), (0.1, LIVE), (0.2, ANSWERED))


def test_connects_as_soon_as_charon_is_there_and_locks_before_it_initiates() -> None:
    assert commands((0.0, HERE), (0.0, NONE)) == ATTEMPT


def test_live_tunnel_gets_routes_and_a_knock() -> None:
    state, done = play((0.0, HERE), (0.0, NONE), (0.1, PENDING), (0.2, LIVE))

    assert (state.phase, done) == (Phase.UNANSWERED, RISE)


def test_answered_knock_makes_the_tunnel_up() -> None:
    state, _ = play(*UP)

    assert (state.phase, state.answered_at, state.refused) == (Phase.UP, 0.2, False)


def test_refused_knock_is_an_answer() -> None:
    state, _ = play(*UP[:3], (0.2, REFUSED))

    assert (state.phase, state.refused) == (Phase.UP, True)


def test_silence_never_ends_a_live_tunnel() -> None:
    state, done = play(*UP, *((float(at), SILENT) for at in range(1, 1000)))

    assert (state.phase, state.answered_at) == (Phase.UNANSWERED, 0.2)
    assert done == (InstallRoutes(address=ADDRESS),)


def test_silent_tunnel_is_knocked_at_again_and_locked_again() -> None:
    assert commands(*UP, (1.0, SILENT), (2.9, Tick())) == ()
    assert commands(*UP, (1.0, SILENT), (3.0, Tick())) == (Lock(), Knock(address=ADDRESS))


def test_answered_tunnel_is_knocked_at_now_and_then() -> None:
    assert commands(*UP, (5.0, Tick())) == ()
    assert commands(*UP, (0.1 + KNOCK_SECONDS, Tick())) == (Lock(), Knock(address=ADDRESS))


def test_knock_of_an_earlier_address_is_ignored() -> None:
    state, done = play(*UP[:3], (0.2, Knocked(address=OTHER, answer=Answer.ANSWERED)))

    assert (state.phase, done) == (Phase.UNANSWERED, ())


def test_adopts_a_tunnel_that_lives_already() -> None:
    state, done = play((0.0, HERE), (0.0, LIVE))

    assert (state.phase, done) == (Phase.UNANSWERED, RISE)


def test_does_not_initiate_beside_a_pending_attempt() -> None:
    state, done = play((0.0, HERE), (0.0, PENDING))

    assert (state.phase, done) == (Phase.CONNECTING, ())


def test_lost_stable_tunnel_is_made_again_at_once() -> None:
    lost = STABLE_SECONDS + 1

    assert commands(*UP, (lost, NONE)) == (RemoveRoutes(),)
    assert commands(*UP, (lost, NONE), (lost, NONE)) == ATTEMPT


def test_tunnel_that_ends_soon_after_it_came_up_counts_as_a_failure() -> None:
    state, _ = play(*UP, (1.0, NONE))

    assert (state.failures, state.retry_at) == (1, 1.0 + RETRY_SECONDS[1])


def test_failures_slow_attempts_down_to_every_few_seconds_and_never_end_them() -> None:
    state, _ = play((0.0, HERE))
    gaps, now = [], 0.0
    for _ in range(50):
        state, done = step(state, NONE, Moment(now=now, jitter=0.0))
        assert done == ATTEMPT
        state, _ = step(state, AttemptFailed(), Moment(now=now, jitter=0.5))
        gaps.append(state.retry_at - now)
        now = state.retry_at

    assert gaps[:5] == pytest.approx([seconds * 1.25 for seconds in RETRY_SECONDS[1:]])
    assert gaps[5:] == pytest.approx([5.0] * 45)


def test_change_of_network_makes_the_next_attempt_due() -> None:
    waiting = ((0.0, HERE), (0.0, NONE), (0.1, NONE))

    assert commands(*waiting, (0.2, NONE)) == ()
    assert commands(*waiting, (0.2, NetworkChanged()), (0.2, NONE)) == ATTEMPT


def test_change_of_network_makes_the_next_knock_due() -> None:
    assert commands(*UP, (1.0, NetworkChanged()), (1.0, Tick())) == (Lock(), Knock(address=ADDRESS))


def test_attempt_that_hangs_is_ended_and_made_again() -> None:
    hanging = ((0.0, HERE), (0.0, NONE), (5.0, PENDING))

    assert commands(*hanging) == ()
    assert commands(*hanging, (CONNECT_SECONDS, PENDING)) == (Terminate(unique_ids=(1,)),)


def test_ike_sa_that_lost_its_child_is_ended() -> None:
    assert commands(*UP, (20.0, PENDING)) == (RemoveRoutes(), Terminate(unique_ids=(1,)))


def test_newest_of_two_live_tunnels_wins() -> None:
    two = Listed(sas=(*LIVE.sas, Sa(unique_id=2, carries=True, address=OTHER)))

    state, done = play(*UP, (5.0, two))

    assert state.tunnel is not None
    assert state.tunnel.address == OTHER
    assert done == (InstallRoutes(address=OTHER), Knock(address=OTHER), Terminate(unique_ids=(1,)))


def test_rekeyed_tunnel_is_the_same_tunnel_and_its_routes_are_there() -> None:
    rekeyed = Listed(sas=(Sa(unique_id=2, carries=True, address=ADDRESS),))

    state, done = play(*UP, (5.0, rekeyed))

    assert (state.phase, state.answered_at, done) == (Phase.UP, 0.2, (InstallRoutes(address=ADDRESS),))
    assert state.tunnel is not None
    assert (state.tunnel.unique_id, state.tunnel.since) == (2, 0.1)
    assert play(*UP, (5.0, rekeyed), (5.1, rekeyed), (5.2, Tick()))[1] == (Lock(), Knock(address=ADDRESS))


def test_attempt_that_charon_made_by_itself_is_waited_for() -> None:
    reauthenticating = Listed(sas=(Sa(unique_id=1, carries=False), Sa(unique_id=2, carries=False)))

    state, done = play(*UP, (5.0, reauthenticating))

    assert (state.phase, state.tunnel) == (Phase.CONNECTING, None)
    assert done == (RemoveRoutes(), Terminate(unique_ids=(1,)))


def test_charon_gone_takes_the_routes_away() -> None:
    state, done = play(*UP, (5.0, CharonGone()))

    assert (state.phase, state.tunnel, done) == (Phase.AWAY, None, (RemoveRoutes(),))


def test_another_instance_of_charon_begins_anew() -> None:
    state, done = play(*UP, (5.0, CharonHere(instance="99-8")))

    assert (state.phase, done) == (Phase.DOWN, (RemoveRoutes(),))


def test_same_instance_of_charon_changes_nothing() -> None:
    state, done = play(*UP, (5.0, HERE))

    assert (state.phase, done) == (Phase.UP, ())


def test_events_without_an_entry_change_nothing() -> None:
    for event in (NONE, Tick(), NetworkChanged(), AttemptFailed(), SILENT, CharonGone()):
        assert step(Machine(), event, Moment(now=1.0, jitter=0.0)) == (Machine(), ())


def play(*script: tuple[float, Event]) -> tuple[Machine, tuple[Command, ...]]:
    """The machine after a script, and the commands of its last event."""
    state = Machine()
    done: tuple[Command, ...] = ()
    for now, event in script:
        state, done = step(state, event, Moment(now=now, jitter=0.0))
    return state, done


def commands(*script: tuple[float, Event]) -> tuple[Command, ...]:
    return play(*script)[1]
