import pytest

from evertunnel.client.reasons import reason


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("giving up after 3 retransmits", "does not answer"),
        ("received NO_PROPOSAL_CHOSEN notify error", "just starting"),
        ("received AUTHENTICATION_FAILED notify error", "refused the certificate"),
        ("unable to resolve vpn.contoso.com, initiate aborted", "cannot be resolved"),
        ("received DELETE for IKE_SA evertunnel-device[1]", "ended the tunnel"),
        ("received EAP_FAILURE, EAP authentication failed", "the RADIUS server refused this person"),
        (
            "server certificate does not match to 'core1.corp.contoso.com'",
            "the RADIUS server's certificate has another",
        ),
        ("no trusted certificate found for 'core1' to verify TLS server", "the RADIUS server's certificate is not"),
        ("no usable TLS client certificate found for 'alice'", "no key here fits"),
        ("no trusted RSA public key found for 'vpn.contoso.com'", "not trusted"),
    ],
)
def test_line_that_explains_a_failure_is_put_in_plain_words(line: str, words: str) -> None:
    assert words in (reason(line) or "")


def test_other_lines_explain_nothing() -> None:
    assert reason("sending DPD request") is None
