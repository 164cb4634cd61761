import pytest

from evertunnel.drivers.host.values import Sysctl
from evertunnel.firewall.model import AddressSet, Chain, Rule, State, Table, accept, base, drop, jump, strange
from evertunnel.firewall.render import desired
from evertunnel.plan.model import Plan
from evertunnel.reconcile.model import Effect


def test_accept_opens_drop_closes_and_a_jump_does_neither() -> None:
    assert accept("tcp dport 80") == Rule(text="tcp dport 80 accept", effect=Effect.OPENS)
    assert drop("tcp dport 80") == Rule(text="tcp dport 80 drop", effect=Effect.CLOSES)
    assert jump("tcp dport 80", "more") == Rule(text="tcp dport 80 jump more", effect=Effect.NEUTRAL)


def test_rule_may_match_everything() -> None:
    assert (accept("").text, drop("").text) == ("accept", "drop")


def test_base_chain_drops_unless_told_otherwise() -> None:
    assert base("forward").hook == "type filter hook forward priority 0; policy drop;"
    assert base("output", policy="accept").hook == "type filter hook output priority 0; policy accept;"


def test_nothing_that_a_plan_makes_is_strange(contoso: Plan) -> None:
    assert [text for host in contoso.hosts for text in strange(desired(contoso, host))] == []


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (State(table=Table(chains=(Chain(name="a b"),))), "a b"),
        (State(table=Table(sets=(AddressSet(name="A", definition="type ipv4_addr;"),))), "A"),
        (State(table=Table(sets=(AddressSet(name="a", definition="type ipv4_addr"),))), "type ipv4_addr"),
        (State(table=Table(chains=(Chain(name="a", hook="type nat hook input priority 0;"),))), "type nat hook"),
        (State(table=Table(chains=(Chain(name="a", rules=(Rule(text="accept; drop"),)),))), "accept; drop"),
        (State(table=Table(chains=(Chain(name="a", rules=(Rule(text="accept # x"),)),))), "accept # x"),
        (State(sysctls=(Sysctl(name="kernel.panic", value="1"),)), "kernel.panic"),
    ],
)
def test_what_could_be_more_than_one_object_is_strange(state: State, text: str) -> None:
    (found,) = strange(state)

    assert found.startswith(text)
