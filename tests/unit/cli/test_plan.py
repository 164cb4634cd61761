import json
from pathlib import Path

import pytest

from evertunnel.cli.main import main

CONTOSO = str(Path(__file__).parents[3] / "examples" / "contoso.toml")


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "schema"]) == 0
    assert "organisation" in json.loads(capsys.readouterr().out)["properties"]


def test_records_stand_below_their_zone_and_view(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "records", CONTOSO]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "; contoso.com, public view",
        "vpn.contoso.com. IN A 203.0.113.10",
        "; corp.contoso.com, internal view",
        "pki.corp.contoso.com. IN A 10.0.0.20",
    ]


def test_programs_get_records_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "records", CONTOSO, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "vpn.contoso.com"
