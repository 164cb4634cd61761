import json
from pathlib import Path

import pytest

from evertunnel.cli.main import main

CONTOSO = Path(__file__).parents[3] / "examples" / "contoso.toml"
Caught = pytest.CaptureFixture[str]


def test_code_is_explained_to_anybody(capsys: Caught) -> None:
    assert main(["explain", "13801"], uid=lambda: 1000) == 0
    assert "ERROR_IPSEC_IKE_AUTH_FAIL" in capsys.readouterr().out


def test_words_of_a_text_need_no_quotes(capsys: Caught) -> None:
    assert main(["explain", "--json", "the", "error", "is", "809"]) == 0
    assert json.loads(capsys.readouterr().out)["found"][0]["code"] == "ras:809"


def test_negative_number_is_a_code(capsys: Caught) -> None:
    assert main(["explain", "-2146762487"]) == 0
    assert "CERT_E_UNTRUSTEDROOT" in capsys.readouterr().out


def test_plan_is_looked_at(capsys: Caught) -> None:
    assert main(["explain", "13868", "--plan", str(CONTOSO), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["found"][0]["causes"][0]["evidence"].startswith(
        "a client without a set of its own"
    )


def test_plan_that_is_wrong_is_wrong_input(tmp_path: Path, capsys: Caught) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("foo = 1\n")

    assert main(["explain", "13868", "--plan", str(path)]) == 2
    assert "foo: unknown setting" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_file_is_read_as_windows_writes_it(tmp_path: Path, capsys: Caught, encoding: str) -> None:
    path = tmp_path / "ras.txt"
    path.write_bytes("Fehler 812 für Alice\r\n".encode(encoding))

    assert main(["explain", "--file", str(path)]) == 0
    assert "ERROR_SERVER_POLICY" in capsys.readouterr().out


def test_octets_that_are_no_text_are_survived(tmp_path: Path, capsys: Caught) -> None:
    path = tmp_path / "ras.txt"
    path.write_bytes(bytes(range(1, 256)) + b"\nerror 812\n")

    assert main(["explain", "--file", str(path)]) == 0
    assert "ERROR_SERVER_POLICY" in capsys.readouterr().out


def test_program_is_no_text(tmp_path: Path, capsys: Caught) -> None:
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF\0\0\nerror 812\n")

    assert main(["explain", "--file", str(path)]) == 2
    assert "it is no text" in capsys.readouterr().err


def test_nothing_is_cut_in_silence(tmp_path: Path, capsys: Caught) -> None:
    path = tmp_path / "ras.txt"
    for text, status in ((" " * 900_000 + "error 812", 0), (" " * 1_100_000 + "error 812", 2)):
        path.write_text(text, encoding="utf-16")

        assert main(["explain", "--file", str(path)]) == status
    assert "larger than 1 MiB" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to explain"),
        (["809", "--file", "x"], "both a text and --file are given"),
        (["--file", "/does/not/exist"], "No such file"),
        (["hello"], "no code that is known here"),
        (["nps:999"], "999 is no NPS reason code"),
    ],
)
def test_what_gives_nothing_is_wrong_input(words: list[str], said: str, capsys: Caught) -> None:
    assert main(["explain", *words]) == 2
    assert said in capsys.readouterr().err


def test_file_beyond_a_mebibyte_is_refused(tmp_path: Path, capsys: Caught) -> None:
    path = tmp_path / "ras.txt"
    path.write_bytes(b"error 812\n" + b" " * (1 << 20))

    assert main(["explain", "--file", str(path)]) == 2
    assert "larger than 1 MiB" in capsys.readouterr().err
