import pytest

from evertunnel.client.reasons import reason


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("giving up after 3 retransmits", "does not answer"),
        ("received NO_PROPOSAL_CHOSEN notify error", "just starting"),
        ("received AUTHENTICATION_FAILED notify error", "refused this device's certificate"),
        ("unable to resolve vpn.contoso.com, initiate aborted", "cannot be resolved"),
        ("received DELETE for IKE_SA evertunnel-device[1]", "ended the tunnel"),
        ("no trusted RSA public key found for 'vpn.contoso.com'", "not trusted"),
    ],
)
def test_line_that_explains_a_failure_is_put_in_plain_words(line: str, words: str) -> None:
    assert words in (reason(line) or "")


def test_other_lines_explain_nothing() -> None:
    assert reason("sending DPD request") is None
