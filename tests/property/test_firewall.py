"""Whatever leads from one packet filter to another: it arrives, and nothing opens before the end."""

from hypothesis import given
from hypothesis import strategies as st

from evertunnel import documents
from evertunnel.drivers.fake import FakeBoot, FakeFiles, FakeNetwork
from evertunnel.drivers.fake_nft import FakeNft
from evertunnel.drivers.host.network import Sysctl
from evertunnel.firewall.diff import SetTable, diff
from evertunnel.firewall.engine import FirewallEngine
from evertunnel.firewall.model import FORWARDING, AddressSet, Chain, Rule, State, Table, accept, base, drop
from evertunnel.reconcile.apply import Part, apply, preview, remove
from evertunnel.reconcile.model import Effect

RULES = st.lists(
    st.builds(lambda make, port: make(f"tcp dport {port}"), st.sampled_from([accept, drop]), st.integers(1, 4)),
    unique=True,
    max_size=5,
).map(tuple)
TABLES = st.builds(
    lambda names, hooks, rules: Table(
        sets=tuple(AddressSet(name=name, definition="type ipv4_addr;") for name in sorted(names)),
        chains=(*(base(hook, *rules) for hook in sorted(hooks)), Chain(name="more", rules=rules[:2])),
    ),
    st.sets(st.sampled_from(["latch", "admitted_a"])),
    st.sets(st.sampled_from(["input", "forward"])),
    RULES,
)
STATES = st.builds(
    lambda table, forwards: State(table=table, sysctls=(Sysctl(name=FORWARDING, value="1"),) if forwards else ()),
    st.none() | TABLES,
    st.booleans(),
)


@given(STATES)
def test_equal_states_need_nothing(state: State) -> None:
    assert diff(state, state) == ()


@given(STATES)
def test_state_survives_a_bundle(state: State) -> None:
    assert documents.from_json(State, documents.to_json(state), name="bundle") == state


@given(STATES, STATES)
def test_applying_the_difference_arrives(first: State, second: State) -> None:
    engine = FirewallEngine(FakeNft(), FakeNetwork({FORWARDING: "0"}), FakeFiles(), FakeBoot())

    apply([Part(engine=engine, desired=first)])
    apply([Part(engine=engine, desired=second)])

    assert preview([Part(engine=engine, desired=second)]) == ()
    remove([engine])
    assert engine.observe() == State()


@given(STATES, STATES)
def test_no_closing_step_holds_an_accept_that_was_not_there_or_loses_a_drop_that_was(
    first: State, second: State
) -> None:
    for action in diff(first, second):
        if isinstance(action, SetTable) and action.effect is Effect.CLOSES:
            before, after = rules(first.table), rules(action.table)
            assert {each for each in after - before if each[1].effect is Effect.OPENS} == set()
            kept = {chain.name for chain in action.table.chains}
            lost = {each for each in before - after if each[1].effect is Effect.CLOSES and each[0] in kept}
            assert lost == set()


def rules(table: Table | None) -> set[tuple[str, Rule]]:
    return {(chain.name, rule) for chain in table.chains for rule in chain.rules} if table else set()
