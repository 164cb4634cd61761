import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from evertunnel.cli.files import read_plan
from evertunnel.control_plane import explaining
from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.find import find
from evertunnel.explain.model import Sighting, Standing, Verdict
from evertunnel.explain.words import document, lines

ROOT = Path(__file__).parents[3]
HOWTO = ROOT / "docs" / "howto" / "explain-an-error.md"
CONTOSO = read_plan(ROOT / "examples" / "contoso.toml")
WIDTH = 80
LOG = """\
07[CFG] <evertunnel-device|7> subject certificate invalid (valid from Oct 13 00:58:20 2026 to Nov 12 00:58:20 2026)
07[IKE] <evertunnel-device|7> no trusted RSA public key found for 'O=Contoso, CN=laptop1.corp.contoso.com'
07[ENC] <evertunnel-device|7> generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]
"""
LONG_WORD = 40  # a path in the registry, a name in a header: not to be broken


def test_code_is_told_with_meaning_causes_commands_and_mend(catalogue: Catalogue) -> None:
    said = told("13868", catalogue)

    assert said.startswith("13868  ERROR_IPSEC_IKE_POLICY_MATCH  (Windows IKE error)\n")
    for piece in (
        "no set of cryptography in common",
        "  1. ",
        "check  on the RRAS server",
        "Get-VpnServerConfiguration",
    ):
        assert piece in said


def test_what_was_found_comes_first_and_what_is_ruled_out_last(catalogue: Catalogue) -> None:
    verdicts = {
        "windows-defaults-not-taken": Verdict(standing=Standing.RULED_OUT, evidence="the gateway takes aes256"),
        "gateway-not-loaded": Verdict(standing=Standing.FOUND, evidence="charon has nothing loaded"),
    }

    (found,) = json.loads(json.dumps(document(find("13868", catalogue), verdicts)))["found"]

    assert [(each["id"], each["standing"]) for each in found["causes"]] == [
        ("gateway-not-loaded", "found"),
        ("sets-differ", "not checked"),
        ("windows-defaults-not-taken", "ruled out"),
    ]
    assert "ruled out: the gateway takes aes256" in told("13868", catalogue, verdicts)


def test_command_that_mends_it_here_is_told_whole(catalogue: Catalogue) -> None:
    run = "Set-VpnConnectionIPsecConfiguration -ConnectionName 'Contoso VPN' -DHGroup Group14 -PfsGroup ECP256"
    verdict = Verdict(standing=Standing.FOUND, evidence="so it is", run=run)

    assert f"              {run}\n" in told("13868", catalogue, {"windows-defaults-not-taken": verdict})


def test_cause_that_a_log_names_is_found(catalogue: Catalogue) -> None:
    said = told("07[IKE] <7> certificate was revoked on Nov 22 00:57:20 UTC 2026", catalogue)

    assert "  1. The device's certificate is revoked.\n     FOUND: the log itself says so\n" in said
    assert "All causes of this code: evertunnel explain ikev2:24" in said
    assert "  2. " not in said


def test_cause_that_a_log_names_is_told_where_the_code_has_others(catalogue: Catalogue) -> None:
    said = told(
        "initiating IKE_SA evertunnel-device[1]\ncertificate was revoked on Nov 22 00:57:20 UTC 2026", catalogue
    )

    assert "  1. The gateway's certificate is revoked.\n     FOUND" in said


def test_codes_of_a_log_are_told_apart_with_what_it_says_of_them(catalogue: Catalogue) -> None:
    said = told("CoId={7B2C0D50}: which failed: 809\nCoId={7B2C0D51}: which failed: 13801", catalogue)

    assert "\n    CoId: {7B2C0D50}\n" in said
    assert f"\n\n{'-' * WIDTH}\n\n13801  ERROR_IPSEC" in said


def test_number_of_several_families_says_how_to_be_exact(catalogue: Catalogue) -> None:
    said = told("38", catalogue)

    assert said.startswith("38  IAS_ACCOUNT_RESTRICTION")
    assert "to be exact: nps:38, ikev2:38" in said
    assert "  38  TS_UNACCEPTABLE  (IKEv2 notify)" in said


def test_what_is_known_by_name_alone_is_said_to_be(catalogue: Catalogue) -> None:
    said = told("ras:600", catalogue)

    assert "Nothing but this name is known of it here" in said
    assert "Causes" not in said


def test_what_is_reported_by_the_field_alone_is_said_to_be(catalogue: Catalogue) -> None:
    assert "(Reported from" in told("720", catalogue)


@pytest.mark.parametrize("width", [20, 80, 100])
def test_text_is_wrapped_and_commands_are_not(catalogue: Catalogue, width: int) -> None:
    commands = {look.run for cause in catalogue.causes.values() for look in cause.look}
    everything = [Sighting(code=code) for code in catalogue.codes]

    too_long = [
        line
        for line in lines(everything, {}, width=width)
        if len(line) > max(width, 80) and line.strip() not in commands and max(map(len, line.split())) < LONG_WORD
    ]

    assert too_long == []


def test_nothing_of_a_log_upsets_a_terminal(catalogue: Catalogue) -> None:
    said = told("reason 16 \x1b[2J\x07\u202e", catalogue)

    assert "\x1b" not in said
    assert said.replace("\n", "").isprintable()


def test_document_is_json(catalogue: Catalogue) -> None:
    written = json.loads(json.dumps(document(find("nps:48", catalogue), {})))

    assert written["found"][0]["code"] == "nps:48"
    assert written["found"][0]["causes"][0]["check"][0]["at"] == "on the Evertunnel inside host"


@pytest.mark.parametrize(("name", "text"), [("charon.log", LOG), ("ikev2:36", "ikev2:36")])
def test_howto_shows_what_is_printed(catalogue: Catalogue, name: str, text: str) -> None:
    """UPDATE_GOLDEN=1 rewrites it."""
    verdicts = explaining.explain(text, plan=CONTOSO).verdicts if name != "charon.log" else {}
    page = HOWTO.read_text(encoding="utf-8")
    begin = page.index("\n", page.index("$ evertunnel explain", page.index(f"<!-- output: {name} -->"))) + 1
    end = page.index("```", begin)
    printed = told(text, catalogue, verdicts) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        HOWTO.write_text(page[:begin] + printed + page[end:], encoding="utf-8")

    assert os.environ.get("UPDATE_GOLDEN") or page[begin:end] == printed


def told(text: str, catalogue: Catalogue, verdicts: Mapping[str, Verdict] | None = None) -> str:
    return "\n".join(lines(find(text, catalogue), verdicts or {}, width=WIDTH))
