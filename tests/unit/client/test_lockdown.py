from ipaddress import IPv4Network

import pytest

from evertunnel.client import lockdown
from evertunnel.client.settings import Kind
from evertunnel.drivers.fake_nft import FakeNft

POOL = IPv4Network("10.99.0.0/24")


@pytest.fixture
def nft() -> FakeNft:
    return FakeNft()


class Recorder:
    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, commands: str) -> None:
        self.ran.append(commands)


def test_rule_drops_the_pool_in_both_directions_but_for_the_tunnel() -> None:
    commands = lockdown.commands(Kind.DEVICE, (POOL,))

    tunnel, pool = '{ "ipsec*", "lo" }', f"{{ {POOL} }}"
    assert [line for line in commands.splitlines() if line.startswith("add rule")] == [
        f"add rule inet evertunnel client_out oifname != {tunnel} ip saddr {pool} fib saddr . oif type != local drop",
        f"add rule inet evertunnel client_in iifname != {tunnel} ip daddr {pool} fib daddr . iif type != local drop",
    ]


def test_each_tunnel_has_its_own_rule_and_leaves_the_others(nft: FakeNft) -> None:
    lockdown.lock(nft, Kind.DEVICE, (POOL,))
    lockdown.lock(nft, Kind.USER, (IPv4Network("10.97.0.0/24"), IPv4Network("10.98.0.0/24")))

    lockdown.lock(nft, Kind.DEVICE, (POOL,))

    rules = [each["rule"] for each in nft.table("inet", "evertunnel") if "rule" in each]
    assert len(rules) == 4
    assert "client_user" not in lockdown.commands(Kind.DEVICE, (POOL,))


def test_pools_that_overlap_are_one_to_nft() -> None:
    pools = (POOL, POOL, IPv4Network("10.99.0.0/16"))

    assert "ip saddr { 10.99.0.0/16 } " in lockdown.commands(Kind.USER, pools)


def test_rule_is_put_in_place_in_one_transaction_and_touches_its_own_chains_alone() -> None:
    nft = Recorder()

    lockdown.lock(nft, Kind.DEVICE, (POOL,))

    (commands,) = nft.ran
    assert "delete table" not in commands
    assert [line for line in commands.splitlines() if line.startswith("flush")] == [
        "flush chain inet evertunnel client_out",
        "flush chain inet evertunnel client_in",
    ]


def test_unlocking_takes_the_table_that_is_ours_alone(nft: FakeNft) -> None:
    for kind in Kind:
        lockdown.lock(nft, kind, (POOL,))

    lockdown.unlock(nft)

    assert nft.table("inet", "evertunnel") == []


@pytest.mark.parametrize(
    "others", ["add chain inet evertunnel forward\n", "add set inet evertunnel latch { type inet_service; }\n"]
)
def test_unlocking_leaves_what_others_have_in_the_table(others: str) -> None:
    nft = FakeNft()
    nft.run(f"add table inet evertunnel\n{others}")
    before = nft.table("inet", "evertunnel")
    for kind in Kind:
        lockdown.lock(nft, kind, (POOL,))

    lockdown.unlock(nft)

    assert nft.table("inet", "evertunnel") == before


def test_unlocking_where_nothing_is_locked_tells_nft_nothing() -> None:
    nft = FakeNft()

    lockdown.unlock(nft)

    assert nft.ran == []
