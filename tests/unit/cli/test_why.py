import pytest

from evertunnel.cli.why import moment


@pytest.mark.parametrize("text", ["1970-01-02", "1970-01-02T00:00", "1970-01-02T01:00+01:00"])
def test_a_time_is_utc_unless_it_says_otherwise(text: str) -> None:
    assert moment(text) == 86_400.0


@pytest.mark.parametrize("text", ["yesterday", "", "1970-13-01"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time; write it like 2026-11-22T09:30"):
        moment(text)
