import io
import json
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from evertunnel.cli import profile_lint
from evertunnel.cli.main import main
from evertunnel.profiles.vpnv2.read import read

CONTOSO = Path(__file__).parents[3] / "examples" / "contoso.toml"
GOOD = """\
<VPNProfile>
  <AlwaysOn>true</AlwaysOn>
  <DeviceTunnel>true</DeviceTunnel>
  <NativeProfile>
    <Servers>vpn.contoso.com</Servers>
    <RoutingPolicyType>SplitTunnel</RoutingPolicyType>
    <NativeProtocolType>IKEv2</NativeProtocolType>
    <Authentication>
      <MachineMethod>Certificate</MachineMethod>
    </Authentication>
  </NativeProfile>
</VPNProfile>
"""
WRONG = GOOD.replace("SplitTunnel", "ForceTunnel")
MISSPELT = GOOD.replace("<AlwaysOn>true", "<AlwaysOn>True")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.xml"
    path.write_text(GOOD)
    path.chmod(0o640)
    return path


def test_notes_and_warnings_are_no_failure(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "lint", str(profile)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{profile}: 1 warning, 2 notes"


def test_an_error_is_a_failure_and_is_told_with_its_line(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile.write_text(WRONG)

    assert main(["profile", "lint", str(profile)]) == 1
    assert "line 6    error   DT006  VPNProfile/NativeProfile/RoutingPolicyType" in capsys.readouterr().out


def test_programs_get_json(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile.write_text(WRONG)

    assert main(["profile", "lint", str(profile), "--json"]) == 1
    (linted,) = json.loads(capsys.readouterr().out)
    (error,) = [finding for finding in linted["findings"] if finding["severity"] == "error"]
    assert linted["file"] == str(profile)
    assert error == {
        "code": "DT006",
        "severity": "error",
        "class": "contradiction",
        "path": "VPNProfile/NativeProfile/RoutingPolicyType",
        "line": 6,
        "why": "a device tunnel cannot be a force tunnel",
        "mend": "Write SplitTunnel.",
    }


def test_profiles_of_one_call_are_looked_at_together(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = tmp_path / "second.xml"
    second.write_text(GOOD.replace("vpn.contoso.com", "backup.contoso.com"))

    assert main(["profile", "lint", str(profile), str(second), "--json"]) == 0
    beside = [
        [each for each in of["findings"] if each["code"] == "SP002"] for of in json.loads(capsys.readouterr().out)
    ]
    assert [len(each) for each in beside] == [0, 1]
    assert beside[1][0]["why"].startswith("profile.xml is a device tunnel, too")


@pytest.mark.parametrize(
    ("files", "named"),
    [
        (("a/one.xml", "a/two.xml"), "one.xml"),
        (("a/one.xml", "b/one.xml"), "a/one.xml"),
        (("-", "a/two.xml"), "standard input"),
    ],
)
def test_a_finding_names_the_other_file_as_short_as_it_is_clear(files: tuple[str, str], named: str) -> None:
    given = [GOOD, GOOD.replace("vpn.contoso.com", "backup.contoso.com")]
    opened = [profile_lint.Opened(file=file, reading=read(text)) for file, text in zip(files, given, strict=True)]

    _, second = profile_lint.lint(opened)

    assert [each.why.split(" is ")[0] for each in second.findings if each.code == "SP002"] == [named]


def test_what_is_no_xml_is_a_finding_beside_the_others(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("<VPNProfile>\n</NativeProfile>")

    assert main(["profile", "lint", str(broken), str(profile), "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert [(finding["class"], finding["line"], finding["column"]) for finding in first["findings"]] == [
        ("not well-formed", 2, 3)
    ]
    assert second["file"] == str(profile)


def test_a_file_that_is_not_there_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "lint", str(tmp_path / "gone.xml")]) == 2
    assert "gone.xml" in capsys.readouterr().err


def test_an_old_windows_and_a_plan_are_asked_about(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "lint", str(profile), "--windows", "10-1703"]) == 1
    assert "VE001" in capsys.readouterr().out
    assert main(["profile", "lint", str(profile), "--plan", str(CONTOSO)]) == 1
    assert "PL002" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["profile", "lint", str(profile), "--windows", "95"])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--output", "mended.xml"],
        ["--dialect", "intune"],
        ["--fix", "--output", "mended.xml", "second.xml"],
        ["--fix", "-"],
        ["--fix", "--output", "/no/such/folder/mended.xml"],
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(
    profile: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "lint", *words, str(profile)]) == 2
    assert capsys.readouterr().out == ""
    assert profile.read_text() == GOOD


def test_what_needs_no_decision_is_mended_in_place(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile.write_text(MISSPELT)

    assert main(["profile", "lint", str(profile), "--fix"]) == 0
    assert f"{profile}\nmended  line 2: VPNProfile/AlwaysOn: written small\n" in capsys.readouterr().out
    assert "<AlwaysOn>true</AlwaysOn>" in profile.read_text()
    assert profile.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in profile.parent.iterdir()) == ["profile.xml"]


def test_a_file_with_nothing_to_mend_is_not_touched(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile.write_text(f"<!-- ours -->\n{GOOD}")

    assert main(["profile", "lint", str(profile), "--fix"]) == 0
    assert "mended" not in capsys.readouterr().out
    assert profile.read_text() == f"<!-- ours -->\n{GOOD}"


def test_another_file_may_be_written(profile: Path, tmp_path: Path) -> None:
    profile.write_text(MISSPELT)
    other = tmp_path / "mended.xml"

    assert main(["profile", "lint", str(profile), "--fix", "--output", str(other)]) == 0
    assert profile.read_text() == MISSPELT
    assert "<AlwaysOn>true</AlwaysOn>" in other.read_text()


def test_a_profile_may_be_written_for_intune(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "lint", str(profile), "--fix", "--dialect", "intune", "--json"]) == 0
    (linted,) = json.loads(capsys.readouterr().out)
    assert linted["mended"] == ["written in the dialect intune", "comments are not kept"]
    assert "<Servers>vpn.contoso.com;vpn.contoso.com</Servers>" in profile.read_text()


def test_what_no_one_may_see_on_a_terminal_is_not_printed() -> None:
    text = "\n".join(profile_lint.shown(profile_lint.Linted(file="a\x1b[2J.xml", findings=())))

    assert "\x1b" not in text


def test_standard_input_is_a_file_too(profile: Path) -> None:
    given = io.BytesIO(b"<VPNProfile/>")

    assert profile_lint.content("-", given) == b"<VPNProfile/>"
    assert profile_lint.content(str(profile), given) == GOOD.encode()


def test_file_stays_as_it_is_where_what_is_mended_could_not_be_read_again(profile: Path) -> None:
    deep = f"{'<a>' * 62}{'</a>' * 62}"
    block = f'<EapHostConfig xmlns="http://www.microsoft.com/provisioning/EapHostConfig">{deep}</EapHostConfig>'
    eap = f"<Eap><Configuration>{escape(block)}</Configuration></Eap></Authentication>"  # as elements it is too deep
    profile.write_text(GOOD.replace("</Authentication>", eap))
    before = profile.read_text()

    assert main(["profile", "lint", "--fix", str(profile)]) == 1
    assert profile.read_text() == before


def test_folder_that_takes_no_file_is_said_with_a_way_out(
    tmp_path: Path, profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile.write_text(GOOD.replace("true", "True"))
    gone = tmp_path / "a" / ("x" * 250)
    gone.parent.mkdir()

    assert main(["profile", "lint", str(profile), "--fix", "--output", str(gone)]) == 1
    assert "cannot be written: File name too long; name another place with --output" in capsys.readouterr().err
