import pytest

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.charon import CONSEQUENCES, MEANINGS, SHORT_NAMES, read
from evertunnel.explain.model import Sighting
from evertunnel.gateway import refusals

NAME = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"
UNTRUSTED = f"no trusted RSA public key found for '{NAME}'"
REVOKED = "certificate was revoked on Nov 22 00:57:20 UTC 2026, reason: unspecified"
REFUSED = "generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]"
# One line for each row of the gateway's own table.
LINES = {
    "revoked": REVOKED,
    "crl": "certificate status is unknown, crl is stale",
    "expired": "subject certificate invalid (valid from Oct 13 00:58:20 2026 to Nov 12 00:58:20 2026)",
    "policy": "constraint requires cert policy 1.3.6.1.4.1.32473.1.1",
    "issuer": f'no issuer certificate found for "{NAME}"',
    "identity": "no matching peer config found",
    "not loaded": "no IKE config found for 203.0.113.10...198.51.100.20, sending NO_PROPOSAL_CHOSEN",
    "proposal": "received proposals unacceptable",
    "pool": "no virtual IP found for 10.99.0.1 requested by 'x'",
    "untrusted": UNTRUSTED,
}


@pytest.mark.parametrize(
    ("text", "code", "cause"),
    [
        (f"{REVOKED}\n{UNTRUSTED}\n{REFUSED}", "ikev2:24", "machine-certificate-revoked"),
        (f"{LINES['expired']}\n{REFUSED}", "ikev2:24", "client-certificate-expired"),
        (LINES["not loaded"], "ikev2:14", "gateway-not-loaded"),
        (LINES["pool"], "ikev2:36", "pool-exhausted"),
        ("received proposals unacceptable", "ikev2:14", ""),
        ("parsed IKE_AUTH response 1 [ IDr N(TS_UNACCEPT) ]", "ikev2:38", ""),
        ("received FAILED_CP_REQUIRED notify, no CHILD_SA built", "ikev2:37", ""),
        ("giving up after 5 retransmits", "ike:13805", ""),
    ],
)
def test_line_leads_to_its_code_and_cause(catalogue: Catalogue, text: str, code: str, cause: str) -> None:
    assert [(each.code.key, named(each)) for each in read(text, catalogue)] == [(code, cause)]


def test_line_means_the_other_end_at_the_one_that_began(catalogue: Catalogue) -> None:
    began = "initiating IKE_SA evertunnel-device[1] to 203.0.113.10\n"

    assert causes(LINES["expired"], catalogue) == ["client-certificate-expired"]
    assert causes(began + LINES["expired"], catalogue) == ["gateway-certificate-expired"]
    assert causes(f"{began}constraint check failed: identity 'vpn.contoso.com' required ", catalogue) == [
        "gateway-name-not-in-certificate"
    ]


@pytest.mark.parametrize(
    "prefix",
    ["", "07[IKE] ", "07[IKE] <evertunnel-device|7> ", "Nov 22 03:53:05 gateway1 charon-systemd[411]: 07[CFG] <7> "],
)
def test_prefixes_of_syslog_and_charon_are_passed_over(catalogue: Catalogue, prefix: str) -> None:
    assert causes(prefix + REVOKED, catalogue) == ["machine-certificate-revoked"]


def test_who_it_was_about_is_told_where_it_was_one_alone(catalogue: Catalogue) -> None:
    about = f"looking for peer configs matching 203.0.113.10[vpn.contoso.com]...198.51.100.20[{NAME}]"
    other = about.replace("laptop1", "laptop2")

    (one,) = read(f"{about}\n{REVOKED}", catalogue)
    (two,) = read(f"{about}\n{other}\n{REVOKED}", catalogue)

    assert dict(one.details) == {"client, as it named itself": NAME, "from": "198.51.100.20"}
    assert two.details == ()


def test_words_that_a_peer_chose_mean_nothing(catalogue: Catalogue) -> None:
    claimed = f"07[CFG] <7> looking for peer configs matching 203.0.113.10[vpn.contoso.com]...198.51.100.20[{REVOKED}]"

    assert causes(claimed, catalogue) == []
    assert causes(f"07[CFG] <7> {REVOKED}", catalogue) == ["machine-certificate-revoked"]


@pytest.mark.parametrize("meaning", refusals.V5_9_8, ids=lambda meaning: meaning.reason)
def test_each_refusal_that_the_gateway_knows_is_explained(catalogue: Catalogue, meaning: refusals.Meaning) -> None:
    line = LINES[meaning.reason]

    assert list(read(line, catalogue))


def test_causes_and_codes_of_the_tables_exist(catalogue: Catalogue) -> None:
    rows = (*MEANINGS, *CONSEQUENCES)
    named = {cause for row in rows for cause in (row.answering, row.beginning)} - {""}

    assert named - set(catalogue.causes) == set()
    assert [row.code for row in rows if not catalogue.named(row.code)] == []
    assert [name for name in SHORT_NAMES.values() if not catalogue.named(name)] == []


def causes(text: str, catalogue: Catalogue) -> list[str]:
    return [named(each) for each in read(text, catalogue)]


def named(sighting: Sighting) -> str:
    return sighting.cause.id if sighting.cause else ""
