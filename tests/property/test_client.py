"""What holds for the agent's machine whatever happens, in whatever order."""

from collections.abc import Sequence
from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.client.machine import (
    Answer,
    AttemptFailed,
    CharonGone,
    CharonHere,
    Command,
    Event,
    Initiate,
    InstallRoutes,
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

ADDRESSES = st.sampled_from([IPv4Address("10.99.0.1"), IPv4Address("10.99.0.2")])
SAS = st.builds(Sa, unique_id=st.integers(1, 9), carries=st.booleans(), address=st.none() | ADDRESSES)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(CharonHere, instance=st.sampled_from(["a", "b"])),
    st.builds(CharonGone),
    st.builds(Listed, sas=st.lists(SAS, max_size=3, unique_by=lambda sa: sa.unique_id).map(tuple)),
    st.builds(Knocked, address=ADDRESSES, answer=st.sampled_from(Answer)),
    st.sampled_from([AttemptFailed(), NetworkChanged(), Tick()]),
)
SCRIPTS = st.lists(st.tuples(st.floats(0, 30), EVENTS), max_size=60)
TURNS = 400


@given(SCRIPTS)
def test_every_attempt_locks_first(script: Sequence[tuple[float, Event]]) -> None:
    for _, _, _, done in play(script):
        assert Initiate() not in done or done == (Lock(), Load(), Initiate())


@given(SCRIPTS)
def test_routes_are_there_exactly_while_the_tunnel_is_up(script: Sequence[tuple[float, Event]]) -> None:
    routes: IPv4Address | None = None
    for _, _, after, done in play(script):
        for command in done:
            if isinstance(command, InstallRoutes):
                routes = command.address
            elif isinstance(command, RemoveRoutes):
                routes = None
        assert routes == (after.tunnel.address if after.tunnel else None)
        assert (after.tunnel is not None) == (after.phase in (Phase.UP, Phase.UNANSWERED))


@given(SCRIPTS)
def test_newest_live_tunnel_is_never_torn_down(script: Sequence[tuple[float, Event]]) -> None:
    for _, event, _, done in play(script):
        ended = [number for command in done if isinstance(command, Terminate) for number in command.unique_ids]
        assert not ended or isinstance(event, Listed)
        if isinstance(event, Listed):
            live = [sa.unique_id for sa in event.sas if sa.is_live]
            assert not live or max(live) not in ended


@given(SCRIPTS)
def test_only_the_list_and_charon_itself_move_the_tunnel_up_or_down(script: Sequence[tuple[float, Event]]) -> None:
    for before, event, after, _ in play(script):
        if not isinstance(event, Listed | CharonHere | CharonGone):
            assert after.tunnel == before.tunnel


@given(SCRIPTS)
def test_attempts_never_end(script: Sequence[tuple[float, Event]]) -> None:
    steps = play(script)
    state = steps[-1][2] if steps else Machine()
    now = sum(wait for wait, _ in script)
    done: tuple[Command, ...] = ()
    for event in (CharonGone(), CharonHere(instance="c")):
        state, done = step(state, event, Moment(now=now, jitter=0.99))
    for _ in range(TURNS):
        now += 0.1
        state, done = step(state, Listed(sas=()), Moment(now=now, jitter=0.99))
        if Initiate() in done:
            return
    raise AssertionError(state)


def play(script: Sequence[tuple[float, Event]]) -> list[tuple[Machine, Event, Machine, tuple[Command, ...]]]:
    """Each event with the machine before and after it and its commands."""
    state, now, steps = Machine(), 0.0, []
    for wait, event in script:
        now += wait
        after, done = step(state, event, Moment(now=now, jitter=0.5))
        steps.append((state, event, after, done))
        state = after
    return steps
