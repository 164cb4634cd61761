import dataclasses

import pytest

from evertunnel import documents
from evertunnel.directory.model import (
    Computer,
    Kind,
    PlannedHost,
    State,
    display_name,
    fixed_address,
    search_words,
    words_of,
)
from evertunnel.values import GroupName, HostName, UserName


def test_values_survive_a_document() -> None:
    computer = Computer(name=HostName("laptop1"), kind=Kind.DEVICE, enabled=True, added=1000.5)
    host = PlannedHost(name=HostName("gateway1"), groups=(GroupName("VPN Servers"),))
    state = State(store_is_current=True, groups=(GroupName("VPN Servers"),), hosts=(host,))

    assert documents.read(Computer, documents.write(computer), name="computer") == computer
    assert documents.read(State, documents.write(state), name="state") == state


def test_computer_cannot_be_changed() -> None:
    computer = Computer(name=HostName("laptop1"), kind=Kind.DEVICE, enabled=True, added=1000.5)

    with pytest.raises(dataclasses.FrozenInstanceError):
        computer.enabled = False  # type: ignore[misc]  # what mypy refuses is refused at run time too


def test_people_are_found_by_each_part_of_their_names() -> None:
    words = words_of(UserName("zoe.m-adams_2@contoso.com"), "Zoë (Sales)  O'Adams, Dr.")

    assert words == {"zoe.m-adams_2@contoso.com", "zoe", "m", "adams", "2", "zoë", "sales", "o", "dr."}


def test_what_is_typed_is_words_in_small_letters_once() -> None:
    assert search_words("  Zoe ADAMS zoe\t") == ("zoe", "adams")
    assert search_words(" ") == ()


@pytest.mark.parametrize("text", ["x" * 257, "a\x1b[31mb", "a\u202eb", "a\nb"])
def test_a_name_that_does_something_to_a_terminal_is_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="is no display name"):
        display_name(text)
    assert display_name(" Zoë O'Adams ") == "Zoë O'Adams"


@pytest.mark.parametrize("text", ["", "10.0.0", "224.0.0.1", "127.0.0.1", "0.0.0.0", "169.254.1.1", "255.255.255.255"])
def test_a_fixed_address_is_one_that_a_host_may_have(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|reserved"):
        fixed_address(text)
    assert str(fixed_address("10.99.1.20")) == "10.99.1.20"
