import json
from pathlib import Path

import pytest

from evertunnel.cli.check import MORE
from evertunnel.cli.main import main

CONTOSO = Path(__file__).parents[3] / "tests" / "plans" / "devices.toml"
ONE_HOST = """
[hosts.vpn1]
roles = ["gateway", "ca", "directory", "radius", "policy", "publisher"]
groups = ["VPN Servers", "NPS Servers"]
external = { interface = "external", address = "203.0.113.10/28", next_hop = "203.0.113.1" }
internal = { interface = "internal", address = "10.0.0.20/24" }

[hosts.mgmt1]
mode = "external"
roles = ["server"]
internal = { interface = "inside", address = "10.0.0.10/24", next_hop = "10.0.0.20" }
"""
HOME = CONTOSO.read_text().replace("10.99.0.0/24", "192.168.178.0/24")
WRONG_BUT_KNOWN = HOME.replace('"vpn.contoso.com"', '"vpn.fabrikam.com"')
WRONG = WRONG_BUT_KNOWN.replace("ask_again_seconds", "ask_agian_seconds")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(HOME)
    return path


def test_a_warning_is_printed_and_stops_nothing(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(plan)]) == 0
    assert f"{plan}: warning: gateway.pools.devices.network: 192.168.178.0/24 overlaps" in capsys.readouterr().out


def test_programs_are_told_the_same(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(plan), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["severity"] == "warning"


def test_errors_are_told_all_and_are_wrong_input(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(f"foo = 1\nbar = 2\n{HOME}")

    assert main(["check", str(plan)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert main(["check", str(plan), "--json"]) == 2
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {each["path"] for each in findings if each["severity"] == "error"} == {"foo", "bar"}


def test_unknown_settings_come_with_all_else_that_is_wrong(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(WRONG)

    assert main(["check", str(plan)]) == 2
    assert [line.split(": ")[1:3] for line in capsys.readouterr().err.splitlines()] == [
        ["limits.ask_agian_seconds", "unknown setting. Did you mean ask_again_seconds?"],
        ["gateway.name", "vpn.fabrikam.com is outside the public zone contoso.com. Use a name like vpn.contoso.com."],
        ["warning", "gateway.pools.devices.network"],
    ]


def test_programs_are_told_warnings_beside_errors(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(WRONG)

    assert main(["check", str(plan), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert [(each["severity"], each["path"]) for each in said["findings"]] == [
        ("error", "limits.ask_agian_seconds"),
        ("error", "gateway.name"),
        ("warning", "gateway.pools.devices.network"),
    ]
    assert said["complete"] is True


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("identities = 100", 'identities = "a hundred"', "gateway.pools.devices.identities"),
        ("192.168.178.0/24", "192.168.178.1/24", "gateway.pools.devices.network"),
        ('name = "vpn.fabrikam.com"', "", "gateway.name"),
        ("[gateway]", "[gateway", "line 62, column 9"),
    ],
)
def test_what_cannot_be_read_is_told_not_to_be_all(
    plan: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, path: str
) -> None:
    plan.write_text(WRONG_BUT_KNOWN.replace(old, new))

    assert main(["check", str(plan)]) == 2
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{plan}: {path}: ")
    assert last == f"{plan}: {MORE}"
    assert main(["check", str(plan), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["complete"] is False


def test_where_all_can_be_read_what_is_told_is_all(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(WRONG_BUT_KNOWN)

    assert main(["check", str(plan)]) == 2
    assert MORE not in capsys.readouterr().err
    assert main(["check", str(plan), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["complete"] is True


def test_a_file_that_is_not_there_is_told_and_nothing_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.toml")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["check", str(tmp_path / "none.toml"), "--json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["what"] == "No such file or directory"


def test_everything_on_one_host_is_warned_about_and_may_be(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONTOSO.read_text()
    hosts, rest = text.index("[hosts.edge1]"), text.index("[certificates]")
    plan.write_text(text[:hosts] + ONE_HOST + text[rest:])

    assert main(["check", str(plan), "--json"]) == 0
    assert [(each["severity"], each["path"]) for each in json.loads(capsys.readouterr().out)["findings"]] == [
        ("warning", "hosts.vpn1.roles")
    ]


def test_the_record_that_the_public_zone_needs_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(CONTOSO)]) == 0

    assert "to be set in the public zone: vpn.contoso.com. IN A 203.0.113.10\n" in capsys.readouterr().out


def test_a_resolver_that_is_no_address_is_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["check", str(CONTOSO), "--outside", "--resolver", "dns.contoso.com"])

    assert "does not appear to be an IPv4 or IPv6 address" in capsys.readouterr().err
