from pathlib import Path

import pytest

from evertunnel.drivers.vici_values import LogLine
from evertunnel.gateway.refusals import JOURNAL_BYTES, Journal, Reader, Refusal

IDENTITY = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"
NAMED = f"looking for peer configs matching 203.0.113.10[vpn.contoso.com]...198.51.100.20[{IDENTITY}]"
RECEIVED = "198.51.100.20 is initiating an IKE_SA"
REFUSED = "generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]"
UNTRUSTED = f"no trusted ECDSA public key found for '{IDENTITY}'"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["certificate was revoked on Nov 22 00:57:20 UTC 2026, reason: unspecified", UNTRUSTED], "revoked"),
        (
            ["subject certificate invalid (valid from Oct 13 00:58:20 2026 to Nov 12 00:58:20 2026)", UNTRUSTED],
            "expired",
        ),
        (["constraint requires cert policy 1.3.6.1.4.1.32473.1.1", "no alternative config found"], "policy"),
        ([f'no issuer certificate found for "{IDENTITY}"', '  issuer is "CN=Fabrikam"', UNTRUSTED], "issuer"),
        (["no matching peer config found"], "identity"),
        ([UNTRUSTED], "untrusted"),
        (["certificate status is not available", UNTRUSTED], "crl"),
        (["something that no table knows"], "unknown"),
    ],
)
def test_refusal_is_told_with_who_where_from_and_why(lines: list[str], reason: str) -> None:
    refusals = read("5.9.8", RECEIVED, NAMED, *lines, REFUSED)

    assert [(each.identity, each.outer, each.reason) for each in refusals] == [(IDENTITY, "198.51.100.20", reason)]
    assert refusals[0].line == lines[0]


def test_refused_proposal_has_no_identity_yet() -> None:
    end = "generating IKE_SA_INIT response 0 [ N(NO_PROP) ]"

    (refusal,) = read("5.9.8", RECEIVED, "received proposals unacceptable", end)

    assert (refusal.identity, refusal.reason) == ("", "proposal")


def test_charon_without_a_table_is_not_guessed_at() -> None:
    (refusal,) = read("6.0.1", RECEIVED, NAMED, "certificate was revoked on Nov 22", REFUSED)

    assert refusal.reason == "unknown"


def test_address_is_known_where_no_connection_was_loaded() -> None:
    line = "no IKE config found for 203.0.113.10...198.51.100.20, sending NO_PROPOSAL_CHOSEN"

    (refusal,) = read("5.9.8", line, "generating IKE_SA_INIT response 0 [ N(NO_PROP) ]")

    assert (refusal.outer, refusal.reason) == ("198.51.100.20", "not loaded")


@pytest.mark.parametrize(
    "words", ["certificate was revoked on ", "generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]", "no virtual IP found"]
)
def test_words_of_charon_within_an_identity_mean_nothing(words: str) -> None:
    named = f"looking for peer configs matching 203.0.113.10[vpn.contoso.com]...198.51.100.20[{words}]"

    (refusal,) = read("5.9.8", RECEIVED, named, f"no trusted RSA public key found for '{words}'", REFUSED)

    assert (refusal.identity, refusal.reason) == (words, "untrusted")


def test_success_is_no_refusal() -> None:
    assert (
        read("5.9.8", RECEIVED, NAMED, "generating IKE_AUTH response 1 [ IDr CERT AUTH CPRP(ADDR) SA TSi TSr ]") == []
    )


def test_lines_of_different_attempts_do_not_mix() -> None:
    reader = Reader("5.9.8")
    for ike_id, text in ((1, RECEIVED), (1, NAMED), (2, "certificate was revoked on x"), (1, UNTRUSTED)):
        reader.read(LogLine(ike_id=ike_id, group="CFG", text=text), 0)

    refusal = reader.read(LogLine(ike_id=1, group="ENC", text=REFUSED), 5)

    assert refusal is not None
    assert (refusal.at, refusal.reason) == (5, "untrusted")


def test_journal_gives_back_what_it_was_given(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "refusals.jsonl")
    journal.append(refusal_of(IDENTITY))

    assert list(Journal(tmp_path / "refusals.jsonl").read()) == [refusal_of(IDENTITY)]
    assert journal.about("laptop1") == (refusal_of(IDENTITY),)
    assert journal.about("laptop1.corp.contoso.com") == (refusal_of(IDENTITY),)
    assert journal.about("laptop") == ()


def test_journal_stays_within_bounds_and_keeps_the_latest(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "refusals.jsonl")
    for number in range(200):
        journal.append(refusal_of(f"{number} " + "x" * 10_000))

    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= JOURNAL_BYTES
    assert list(journal.read())[-1].identity.startswith("199 ")


def test_line_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "refusals.jsonl")
    journal.append(refusal_of("a"))
    with (tmp_path / "refusals.jsonl").open("a") as stream:
        stream.write('{"at": 1, "iden\n')
    journal.append(refusal_of("b"))

    assert [each.identity for each in journal.read()] == ["a", "b"]


def read(version: str, *lines: str) -> list[Refusal]:
    reader = Reader(version)
    found = (reader.read(line_of(1, line), 0) for line in lines)
    return [refusal for refusal in found if refusal is not None]


def line_of(ike_id: int, text: str) -> LogLine:
    return LogLine(ike_id=ike_id, group="ENC" if text.startswith("generating ") else "CFG", text=text)


def refusal_of(identity: str) -> Refusal:
    return Refusal(at=1.5, identity=identity, outer="198.51.100.20", reason="policy", text="why")
