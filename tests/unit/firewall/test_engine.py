from pathlib import Path

import pytest

from evertunnel import reconcile
from evertunnel.drivers.fake import FakeBoot, FakeFiles, FakeNetwork
from evertunnel.drivers.fake_nft import FakeNft
from evertunnel.drivers.host.network import Sysctl
from evertunnel.errors import EngineRejected
from evertunnel.firewall.engine import FirewallEngine
from evertunnel.firewall.model import FORWARDING, AddressSet, Chain, State, Table, accept, base, drop
from evertunnel.reconcile import Part

RECORD = Path("/var/lib/evertunnel/firewall.json")
WISH = State(
    table=Table(
        sets=(AddressSet(name="latch", definition="type inet_service;"),),
        chains=(base("input", drop("udp dport 1"), accept("udp dport @latch")),),
    ),
    sysctls=(Sysctl(name=FORWARDING, value="1"),),
)


def test_refused_change_is_put_back() -> None:
    engine, _, network = made()
    reconcile.apply([Part(engine=engine, desired=WISH)])
    other = State(
        table=Table(chains=(base("input", accept("tcp dport 80")),)), sysctls=(Sysctl(name="net.ipv4.none", value="1"),)
    )

    with pytest.raises(EngineRejected, match=r"no setting net\.ipv4\.none"):
        reconcile.apply([Part(engine=engine, desired=other, previous=WISH)])

    assert reconcile.preview([Part(engine=engine, desired=WISH)]) == ()
    assert network.sysctls[FORWARDING] == "1"


@pytest.mark.parametrize(
    "escape",
    [
        State(table=Table(chains=(base("input", accept("udp dport 1\ndelete table inet other")),))),
        State(table=Table(chains=(base("input", accept("accept; delete table inet other; add rule inet x y")),))),
        State(table=Table(chains=(Chain(name="x; delete table inet other"),))),
        State(table=Table(chains=(Chain(name="x", hook="}; delete table inet other; add chain inet x y {"),))),
        State(table=Table(sets=(AddressSet(name="a }\nflush ruleset\n#", definition="type ipv4_addr;"),))),
        State(table=Table(sets=(AddressSet(name="a", definition="type ipv4_addr; }\nflush ruleset\n#"),))),
        State(sysctls=(Sysctl(name="kernel.core_pattern", value="|/bin/sh"),)),
        State(sysctls=(Sysctl(name="net.ipv4/../../kernel/core_pattern", value="|/bin/sh"),)),
    ],
)
def test_bundle_cannot_reach_beyond_our_table_and_the_networks_settings(escape: State) -> None:
    engine, nft, network = made()

    with pytest.raises(EngineRejected, match="not this domain's to set"):
        reconcile.apply([Part(engine=engine, desired=escape)])
    assert nft.table("inet", "evertunnel") == []
    assert network.sysctls == {FORWARDING: "0"}


def test_setting_goes_back_to_what_it_was_before_the_first_apply() -> None:
    engine, _, network = made()
    reconcile.apply([Part(engine=engine, desired=WISH)])
    network.sysctls[FORWARDING] = "0"
    reconcile.apply([Part(engine=engine, desired=WISH)])

    reconcile.remove([engine])

    assert network.sysctls[FORWARDING] == "0"


def test_lost_record_costs_one_apply_and_no_element() -> None:
    nft, network, files = FakeNft(), FakeNetwork({FORWARDING: "0"}), FakeFiles()
    engine = FirewallEngine(nft, network, files, FakeBoot(), RECORD)
    reconcile.apply([Part(engine=engine, desired=WISH)])
    nft.run("add element inet evertunnel latch { 500 }")
    files.remove(RECORD)

    reconcile.apply([Part(engine=engine, desired=WISH)])

    assert [each.value for each in nft.elements("latch")] == ["500"]
    assert reconcile.preview([Part(engine=engine, desired=WISH)]) == ()


def test_evidence_names_what_is_missing() -> None:
    engine, nft, _ = made()
    reconcile.apply([Part(engine=engine, desired=WISH)])
    nft.run("flush chain inet evertunnel input")

    (evidence,) = [each for each in engine.verify(WISH) if not each.held]

    assert str(evidence) == ("firewall table: input: add 'udp dport 1 drop'; input: add 'udp dport @latch accept'")


def made() -> tuple[FirewallEngine, FakeNft, FakeNetwork]:
    nft, network = FakeNft(), FakeNetwork({FORWARDING: "0"})
    return FirewallEngine(nft, network, FakeFiles(), FakeBoot(), RECORD), nft, network


def test_table_that_the_host_does_not_load_at_boot_is_kept_there_and_forgotten_with_it() -> None:
    boot = FakeBoot(at_boot=False)
    engine = FirewallEngine(FakeNft(), FakeNetwork({FORWARDING: "0"}), FakeFiles(), boot, RECORD)
    reconcile.apply([Part(engine=engine, desired=WISH)])
    assert boot.at_boot

    boot.at_boot = False
    assert [each.action for each in reconcile.preview([Part(engine=engine, desired=WISH)])] == [
        "load at boot, before the network"
    ]
    assert [str(each) for each in engine.verify(WISH) if not each.held] == [
        "firewall at boot: not loaded at boot, or by units that were changed"
    ]

    reconcile.apply([Part(engine=engine, desired=WISH)])
    assert all(each.held for each in engine.verify(WISH))
    steps = [str(step) for step in reconcile.remove([engine])]
    assert not boot.at_boot
    # The table goes last: a host that stops in between has more rules than it needs, never fewer.
    assert steps.index("neutral firewall: no longer load at boot") < steps.index(
        "opens   firewall: delete table inet evertunnel"
    )


def test_host_without_a_table_loads_none_at_boot() -> None:
    boot = FakeBoot(at_boot=False)
    engine = FirewallEngine(FakeNft(), FakeNetwork(), FakeFiles(), boot, RECORD)

    assert reconcile.preview([Part(engine=engine, desired=State())]) == ()
    assert not [each for each in engine.verify(State()) if each.part == "firewall at boot"]
