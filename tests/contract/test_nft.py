"""What nftables does with the commands that we use, its stand-in does too."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import CDLL
from ipaddress import IPv4Address
from typing import Protocol

import pytest

from evertunnel.drivers.fake_nft import FakeNft
from evertunnel.drivers.nft import Element, Listing, Nft
from evertunnel.drivers.nft_elements import Add, Change, Delete, Sets
from evertunnel.errors import EngineRejected

NET = 0x40000000  # CLONE_NEWNET
ADDRESS = IPv4Address("10.99.0.5")
SETUP = "add table inet evertunnel\nadd set inet evertunnel admitted_a { type ipv4_addr; flags timeout; }\n"


class Driver(Protocol):
    def run(self, commands: str) -> None: ...
    def change(self, changes: Sequence[Change]) -> None: ...
    def check(self, commands: str) -> None: ...
    def table(self, family: str, name: str) -> Listing: ...
    def elements(self, set_name: str) -> tuple[Element, ...]: ...


def test_absent_table_lists_as_nothing(nft: Driver) -> None:
    assert nft.table("inet", "evertunnel") == []
    assert nft.elements("admitted_a") == ()


def test_transaction_with_one_wrong_command_does_nothing(nft: Driver) -> None:
    with pytest.raises(EngineRejected, match="nft"):
        nft.run(SETUP + "delete chain inet evertunnel none\n")

    assert nft.table("inet", "evertunnel") == []


def test_check_keeps_nothing(nft: Driver) -> None:
    nft.check(SETUP)

    assert nft.table("inet", "evertunnel") == []


def test_listing_names_parts_and_leaves_elements_out(nft: Driver) -> None:
    nft.run(SETUP + "add chain inet evertunnel more\nadd rule inet evertunnel more tcp dport 80 accept\n")
    before = nft.table("inet", "evertunnel")
    nft.run("add element inet evertunnel admitted_a { 10.99.0.5 timeout 15s }\n")

    assert [next(iter(each)) for each in before] == ["table", "set", "chain", "rule"]
    assert nft.table("inet", "evertunnel") == before


def test_lease_is_refreshed_by_add_delete_add_even_when_it_has_expired(nft: Driver) -> None:
    element = "element inet evertunnel admitted_a { 10.99.0.5 timeout 15s }\n"
    nft.run(SETUP)
    with pytest.raises(EngineRejected):
        nft.run(f"delete {element}")

    nft.run(f"add {element}delete {element}add {element}")
    nft.run(f"add {element}delete {element}add {element}")

    (found,) = nft.elements("admitted_a")
    assert (found.value, found.timeout) == ("10.99.0.5", 15)


def test_lease_changed_by_its_element_is_the_same_and_is_refreshed(nft: Driver) -> None:
    afresh = (Add(set_name="admitted_a", address=ADDRESS), Delete(set_name="admitted_a", address=ADDRESS))
    nft.run(SETUP)
    for seconds in (15, 25):
        nft.change((*afresh, Add(set_name="admitted_a", address=ADDRESS, seconds=seconds)))

        (found,) = nft.elements("admitted_a")
        assert (found.value, found.timeout) == (str(ADDRESS), seconds)
    nft.change(afresh)
    assert nft.elements("admitted_a") == ()


@pytest.mark.parametrize(
    "wrong", [Delete(set_name="admitted_a", address=ADDRESS), Add(set_name="none", address=ADDRESS)]
)
@pytest.mark.parametrize("first", [True, False])
def test_elements_of_which_one_is_wrong_are_not_changed(nft: Driver, wrong: Change, *, first: bool) -> None:
    right = Add(set_name="admitted_a", address=ADDRESS + 1)
    nft.run(SETUP)

    with pytest.raises(EngineRejected, match="No such file"):
        nft.change((wrong, right) if first else (right, wrong))
    assert nft.elements("admitted_a") == ()
    # What the kernel had to say of the one is not taken for the answer to the next.
    nft.change((right,))
    assert [each.value for each in nft.elements("admitted_a")] == [str(ADDRESS + 1)]


def test_thousands_of_elements_are_one_transaction(nft: Driver) -> None:
    nft.run(SETUP)
    nft.change([Add(set_name="admitted_a", address=ADDRESS + number, seconds=60) for number in range(5000)])

    assert len(nft.elements("admitted_a")) == 5000


def test_flushed_set_is_empty_and_deleted_table_gone(nft: Driver) -> None:
    nft.run(SETUP + "add element inet evertunnel admitted_a { 10.99.0.5 timeout 15s }\n")
    nft.run("flush set inet evertunnel admitted_a\n")

    assert nft.elements("admitted_a") == ()
    nft.run("delete table inet evertunnel\n")
    assert nft.table("inet", "evertunnel") == []


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.engine)])
def nft(request: pytest.FixtureRequest) -> Iterator[Driver]:
    if request.param == "fake":
        yield FakeNft(time.monotonic)
        return
    driver = in_own_network(Real)
    yield driver
    driver.close()


class Real(Nft):
    def __init__(self) -> None:
        super().__init__()
        self._sets = Sets()

    def change(self, changes: Sequence[Change]) -> None:
        self._sets.change(changes)

    def close(self) -> None:
        super().close()
        self._sets.close()


def in_own_network(make: Callable[[], Real]) -> Real:
    """libnftables speaks to the network that its context was made in."""

    def enter() -> Real:
        assert CDLL(None).unshare(NET) == 0
        return make()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(enter).result()
