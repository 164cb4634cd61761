from evertunnel.firewall.model import AddressSet, Chain, Table, accept, base
from evertunnel.firewall.text import Record, commands, recognised, recorded

TABLE = Table(
    sets=(AddressSet(name="latch", definition="type inet_service;"),), chains=(base("input", accept("tcp dport 1")),)
)
CHAIN: dict[str, object] = {"chain": {"name": "input", "hook": "input", "handle": 4}}
SET: dict[str, object] = {"set": {"name": "latch", "type": "inet_service", "handle": 2}}
RULE: dict[str, object] = {"rule": {"chain": "input", "expr": [{"accept": None}], "handle": 5}}
LISTING: list[dict[str, object]] = [{"table": {"name": "evertunnel"}}, SET, CHAIN, RULE]


def test_what_was_recorded_is_recognised_whatever_its_handles_and_elements() -> None:
    later: list[dict[str, object]] = [
        {"table": {"name": "evertunnel"}},
        {"set": {"name": "latch", "type": "inet_service", "handle": 9, "elem": [500]}},
        {"chain": {"name": "input", "hook": "input", "handle": 10}},
        {"rule": {"chain": "input", "expr": [{"accept": None}], "handle": 11}},
    ]

    assert recognised(later, recorded(TABLE, LISTING, ())) == TABLE


def test_changed_parts_are_not_taken_for_ours() -> None:
    record = recorded(TABLE, LISTING, ())
    rule = recognised([*LISTING, {"rule": {"chain": "input", "expr": [{"drop": None}]}}], record)
    chain = recognised([SET, {"chain": {"name": "input", "hook": "output"}}, RULE], record)

    assert rule is not None
    assert rule.chains[0].rules[1].text.startswith("(not ours")
    assert chain is not None
    assert not chain.chains[0].intact


def test_no_listing_is_no_table() -> None:
    assert recognised([], Record()) is None


def test_broken_and_unwanted_parts_are_made_anew_and_wanted_sets_never_deleted() -> None:
    running = Table(sets=TABLE.sets, chains=(Chain(name="input", intact=False), Chain(name="stray")))

    assert commands(TABLE, running).splitlines() == [
        "add table inet evertunnel",
        "flush chain inet evertunnel input",
        "flush chain inet evertunnel stray",
        "delete chain inet evertunnel input",
        "delete chain inet evertunnel stray",
        "add set inet evertunnel latch { type inet_service; }",
        "add chain inet evertunnel input { type filter hook input priority 0; policy drop; }",
        "add rule inet evertunnel input tcp dport 1 accept",
    ]
