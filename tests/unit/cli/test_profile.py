"""The verb as an administrator types it; what it prints and its exit status."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from evertunnel.cli.main import main

ROOT = Path(__file__).parents[3]
TRUST = ROOT / "tests" / "golden" / "profiles" / "windows" / "trust"
CONTOSO = str(ROOT / "examples" / "contoso.toml")
HOWTO = (ROOT / "docs" / "howto" / "windows-profiles.md").read_text(encoding="utf-8")
OUTPUTS = re.findall(r"<!-- output: evertunnel (.*?) -->\n```text\n(.*?)```", HOWTO, flags=re.DOTALL)
PROFILE = (
    "<VPNProfile><NativeProfile><Servers>vpn.contoso.com</Servers></NativeProfile>"
    "<AlwaysOn>true</AlwaysOn></VPNProfile>"
)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.xml"
    path.write_text(PROFILE)
    return path


def test_written_anew_it_stands_in_order(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "write", str(profile)]) == 0
    text = capsys.readouterr().out
    assert text.index("AlwaysOn") < text.index("NativeProfile")

    assert main(["profile", "write", str(profile), "--dialect", "intune"]) == 0
    assert "<Servers>vpn.contoso.com;vpn.contoso.com</Servers>" in capsys.readouterr().out


def test_messages_name_the_profile_and_whose_it_is(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "write", str(profile), "--dialect", "csp", "--name", "Contoso VPN"]) == 0
    assert "./User/Vendor/MSFT/VPNv2/Contoso%20VPN/AlwaysOn" in capsys.readouterr().out

    assert main(["profile", "write", str(profile), "--dialect", "csp", "--scope", "device"]) == 0
    assert "./Device/Vendor/MSFT/VPNv2/profile/AlwaysOn" in capsys.readouterr().out


def test_same_meaning_is_status_0_and_another_is_1(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same, other = tmp_path / "same.xml", tmp_path / "other.xml"
    same.write_text(PROFILE.replace("vpn.contoso.com<", "vpn.contoso.com;vpn.contoso.com<"))
    other.write_text(PROFILE.replace("true", "false"))

    assert main(["profile", "diff", str(profile), str(same)]) == 0
    assert capsys.readouterr().out == "they mean the same\n"
    assert main(["profile", "diff", str(profile), str(other)]) == 1
    assert capsys.readouterr().out == "AlwaysOn\n  - true\n"
    assert main(["profile", "diff", str(profile), str(other), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [{"path": "AlwaysOn", "first": "true", "second": None}]


def test_imported_it_is_toml_and_what_differs_is_in_comments(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "import", str(profile)]) == 0
    text = capsys.readouterr().out
    assert tomllib.loads(text)["gateway"]["name"] == "vpn.contoso.com"
    assert "#   DnsSuffix\n#       read: nothing\n#       made: corp.contoso.com\n" in text

    assert main(["profile", "import", str(profile), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unsaid"][0] == {
        "path": "DnsSuffix",
        "profile": None,
        "plan": "corp.contoso.com",
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<VPNProfile><AlwaysOn></VPNProfile>", "(whole file): line 1, column 25, inside VPNProfile/AlwaysOn"),
        (b"<html/>", "its element is html, not VPNProfile"),
        (b"", "no element found"),
        (b"\xff\xfe\xff", "save the file as UTF-8"),
    ],
)
def test_what_is_no_profile_is_status_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, told: str
) -> None:
    path = tmp_path / "wrong.xml"
    path.write_bytes(content)

    for words in (["write"], ["import"]):
        assert main(["profile", *words, str(path)]) == 2
        assert told in capsys.readouterr().err


def test_file_that_is_not_there_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "import", str(tmp_path / "none.xml")]) == 2
    assert "No such file" in capsys.readouterr().err


def built(way: str, folder: Path, *more: str) -> int:
    trust = ["--root", str(TRUST / "root.pem"), "--issuing", str(TRUST / "issuing.pem")]
    return main(["profile", "build", CONTOSO, "--for", way, "--out", str(folder), *trust, *more])


def test_build_writes_the_files_and_says_what_is_not_in_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"

    assert built("xml", out) == 0

    said = capsys.readouterr()
    assert f"wrote {out / 'device-tunnel.xml'}\n" in said.out
    assert "not in it: certificates.templates.device" in said.err
    assert sorted(path.name for path in out.iterdir()) == [
        f"{kind}-tunnel.{suffix}"
        for kind in ("device", "user")
        for suffix in ("intune.xml", "replace.syncml", "syncml", "xml")
    ]


def test_build_says_the_same_to_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert built("powershell", tmp_path / "out", "--json") == 0

    said = json.loads(capsys.readouterr().out)
    assert len(said["written"]) == 3
    assert {"path", "what"} == set(said["missing"][0])


def test_build_refuses_what_cannot_be_meant_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    words = ["--root", str(TRUST / "root.pem"), "--pkcs12", str(file), "--out", str(file)]

    assert main(["profile", "build", CONTOSO, "--for", "apple", *words]) == 2
    said = capsys.readouterr().err
    assert [option in said for option in ("--root: ", "--pkcs12: ", "--out: ")] == [True] * 3


@pytest.mark.parametrize(("held", "status"), [(b"\x30\x82\x01\x00\x02\x01\x03rest", 0), (b"<xml/>", 2), (b"", 2)])
def test_build_takes_nothing_else_for_a_certificate_with_its_key(tmp_path: Path, held: bytes, status: int) -> None:
    file = tmp_path / "alice.p12"
    file.write_bytes(held)

    assert built("apple", tmp_path / "out", "--user", "alice@corp.contoso.com", "--pkcs12", str(file)) == status


def test_build_says_where_the_authoritys_certificates_come_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("none")
    words = ["profile", "build", CONTOSO, "--for", "xml", "--out", str(tmp_path / "out")]

    assert main([*words, "--root", str(wrong), "--issuing", str(wrong)]) == 2
    assert f"{wrong}: (whole file): no certificate in PEM" in capsys.readouterr().err


@pytest.fixture
def mended(tmp_path: Path) -> Path:
    path = tmp_path / "mended.xml"
    main(["profile", "lint", str(ROOT / "examples" / "profile.xml"), "--fix", "--output", str(path)])
    return path


@pytest.mark.parametrize(("command", "shown"), OUTPUTS)
def test_howto_shows_what_is_printed(
    command: str, shown: str, mended: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = command.replace("MENDED", str(mended)).replace("examples/", f"{ROOT}/examples/")
    capsys.readouterr()

    main(shlex.split(words))

    printed = capsys.readouterr().out.replace(f"{ROOT}/", "").splitlines()
    assert [line for line in shown.splitlines() if line not in printed] == []


def test_every_part_of_the_verb_is_shown() -> None:
    assert {command.split()[1] for command, _ in OUTPUTS} == {"lint", "diff", "import"}
