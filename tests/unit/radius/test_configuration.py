import pytest

from evertunnel.radius import eap
from evertunnel.radius.configuration import RADIUSD, SITE, fill


def test_freeradius_own_variables_stay() -> None:
    assert "${..connect_uri}/authorize-only" in fill(RADIUSD, {"policy_port": 812, "modules": ""})


def test_value_left_out_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill(RADIUSD, {})


def test_only_our_own_matches_are_expanded() -> None:
    # The address is not what a client says, but where its packet came from.
    assert expansions(SITE) == {"1", "2", "3", "4", "5", "Packet-Src-IP-Address"}
    assert expansions(eap.CHECK) == {"1", "2", "3", "4", "5"}
    assert expansions(eap.AUTHORIZE + eap.AUTHENTICATE + eap.POST_AUTH + eap.SERVERS + eap.MODULES + eap.TLS) == set()


def expansions(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("%{")[1:]}
