import pytest

from evertunnel.radius.configuration import RADIUSD, SITE, fill


def test_freeradius_own_variables_stay() -> None:
    assert "${..connect_uri}/authorize-only" in fill(RADIUSD, {"policy_port": 812})


def test_value_left_out_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill(RADIUSD, {})


def test_only_our_own_matches_are_expanded() -> None:
    expansions = {part.split("}")[0] for part in SITE.split("%{")[1:]}

    assert expansions == {"1", "2", "3", "4"}
