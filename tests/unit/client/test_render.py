import json
from dataclasses import replace
from pathlib import Path

from evertunnel.client import places, render
from evertunnel.profiles import device, user
from evertunnel.values import UserName

GOLDEN = Path(__file__).parents[2] / "golden" / "client" / "contoso"


def test_strongswan_conf_is_as_expected() -> None:
    assert render.strongswan_conf(places.VICI) == (GOLDEN / "expected" / "strongswan.conf").read_text()


def test_device_connection_is_as_expected() -> None:
    profile = device.read((GOLDEN / "profile.json").read_text())

    identity = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"

    expected = json.loads((GOLDEN / "expected" / "connection.json").read_text())
    assert render.device_connection(profile, identity) == expected


def test_user_connection_is_as_expected() -> None:
    profile = user.read((GOLDEN / "user-profile.json").read_text())

    expected = json.loads((GOLDEN / "expected" / "user-connection.json").read_text())
    assert render.user_connection(profile) == expected


def test_user_connection_is_another_for_each_person_and_each_certificate() -> None:
    profile = user.read((GOLDEN / "user-profile.json").read_text())
    others = (replace(profile, user=UserName("bob@corp.contoso.com")), replace(profile, certificate="(renewed)"))

    names = {render.user_connection_name(each) for each in (profile, *others)}

    assert len(names) == 3
    assert all(name.startswith(render.USER_PREFIX) for name in names)
    assert not render.DEVICE_CONNECTION.startswith(render.USER_PREFIX)


def test_shortest_session_is_not_over_before_it_begins() -> None:
    # A network policy's shortest session, and how long before its end the gateway has the peer authenticate anew.
    shortest, gateways = 60, 30

    assert 0 < render.USER_OVER_SECONDS < shortest - gateways


def test_tunnels_never_share_a_number() -> None:
    assert render.DEVICE_REQID != render.USER_REQID
