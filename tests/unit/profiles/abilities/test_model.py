import pytest
from tests.unit.profiles.contoso import CONTOSO

from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities.model import Ability, Carries, Platform, Row, side_of, sides


@pytest.mark.parametrize("carries", [Carries.PARTLY, Carries.NO])
def test_lack_without_words_is_refused(carries: Carries) -> None:
    with pytest.raises(ValueError, match="needs words"):
        Ability(carries=carries)

    assert Ability(carries=carries, what="it does not arrive").what


def test_platform_that_a_row_does_not_name_carries_it() -> None:
    lack = Ability(carries=Carries.NO, what="it does not arrive")
    row = Row(setting="profile.name", asked=lambda _: True, abilities={Platform.APPLE: lack})

    assert row.on(Platform.APPLE) == lack
    assert row.on(Platform.ANDROID).carries is Carries.YES


def test_plan_has_a_side_per_tunnel() -> None:
    assert [side.kind for side in sides(CONTOSO)] == [Tunnel.DEVICE, Tunnel.USER]
    assert [side.profile for side in sides(CONTOSO)] == [CONTOSO.device_tunnel.profile] * 2


def test_side_routes_what_its_tunnel_carries() -> None:
    assert side_of(CONTOSO, Tunnel.DEVICE).routes == CONTOSO.device_routes()
    assert side_of(CONTOSO, Tunnel.USER).routes == CONTOSO.user_routes()
