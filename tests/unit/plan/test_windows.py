import pytest

from evertunnel.plan.windows import Windows, named


def test_later_release_has_what_came_before() -> None:
    assert Windows.W11_24H2.has(Windows.W11_22H2)
    assert not Windows.W10_22H2.has(Windows.W11_21H2)


def test_release_is_named_as_people_know_it() -> None:
    assert named("11-24H2") is Windows.W11_24H2
    assert str(Windows.W10_1809) == "Windows 10 1809"
    with pytest.raises(ValueError, match="write one of 10-1511"):
        named("7")
