import math

import pytest

from evertunnel.access.words import checked, listed, moment


def test_check_that_is_met_gives_no_reason() -> None:
    assert checked("enabled", "enabled", met=True, refusal=(34, "disabled", "Enable it.")).passed
    assert not checked("enabled", "disabled", met=False, refusal=(34, "disabled", "Enable it.")).passed


@pytest.mark.parametrize(("seconds", "words"), [(0.0, "1970-01-01 00:00:00Z"), (1e20, "100000000000000000000")])
def test_time_beyond_the_calendar_is_told_in_seconds(seconds: float, words: str) -> None:
    assert moment(seconds) == words


def test_what_is_no_time_is_told_all_the_same() -> None:
    assert (moment(math.nan), moment(math.inf)) == ("nan", "inf")


def test_names_stand_in_a_sentence() -> None:
    assert (listed(("a", "b")), listed(())) == ("a, b", "no group")
