import json
from pathlib import Path

from evertunnel.client import places, render
from evertunnel.profiles.device import read

GOLDEN = Path(__file__).parents[2] / "golden" / "client" / "contoso"


def test_strongswan_conf_is_as_expected() -> None:
    assert render.strongswan_conf(places.VICI) == (GOLDEN / "expected" / "strongswan.conf").read_text()


def test_connection_is_as_expected() -> None:
    profile = read((GOLDEN / "profile.json").read_text())

    identity = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"

    assert render.connection(profile, identity) == json.loads((GOLDEN / "expected" / "connection.json").read_text())
