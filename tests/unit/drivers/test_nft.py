"""How nft's answers are read; what nft does is in tests/contract and tests/engine."""

import pytest

from evertunnel.drivers.nft import Element, Listing, elements_of, first_error


def test_elements_come_sorted_with_the_seconds_they_have_left() -> None:
    listing: Listing = [
        {
            "set": {
                "name": "admitted_management",
                "elem": [
                    {"elem": {"val": "10.99.0.7", "timeout": 15, "expires": 9}},
                    {"elem": {"val": "10.99.0.5", "timeout": 15, "expires": 14}},
                ],
            }
        }
    ]

    assert elements_of(listing) == (
        Element(value="10.99.0.5", timeout=15, expires=14),
        Element(value="10.99.0.7", timeout=15, expires=9),
    )


@pytest.mark.parametrize("elements", [[500, 4500], [4500, 500]])
def test_elements_without_a_time_out_are_bare_values(elements: list[int]) -> None:
    assert elements_of([{"set": {"name": "latch", "elem": elements}}]) == (Element(value="4500"), Element(value="500"))


@pytest.mark.parametrize("listing", [[], [{"table": {"name": "evertunnel"}}], [{"set": {"name": "latch"}}]])
def test_set_that_is_not_there_or_empty_has_no_elements(listing: Listing) -> None:
    assert elements_of(listing) == ()


def test_single_element_may_stand_without_a_list() -> None:
    assert elements_of([{"set": {"elem": 500}}]) == (Element(value="500"),)


def test_first_complaint_is_shown_and_its_echoes_counted() -> None:
    words = "Error: syntax error, unexpected junk\nadd junk\n    ^^^^\nError: echo\nError: echo\n"

    assert first_error(words) == "Error: syntax error, unexpected junk\nadd junk\n    ^^^^\n(and 2 more)"
    assert first_error("Error: No such file or directory\n") == "Error: No such file or directory"
    assert first_error("") == "refused without a word"
