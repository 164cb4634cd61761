"""Why an attempt failed, in plain words, from charon's log lines (5.9 and 6.0 say these alike). Only a hint."""

REASONS = (
    ("unable to resolve", "the gateway's name cannot be resolved"),
    ("giving up after", "the gateway does not answer"),
    ("received NO_PROPOSAL_CHOSEN", "the gateway accepts none of the profile's proposals, or is just starting"),
    ("received AUTHENTICATION_FAILED", "the gateway refused the certificate"),
    ("received EAP_FAILURE", "the RADIUS server refused this person; `evertunnel why` on its host says why"),
    ("received INTERNAL_ADDRESS_FAILURE", "the gateway has no address left"),
    ("received TS_UNACCEPTABLE", "the gateway refused the tunnel's traffic selectors"),
    ("received DELETE for IKE_SA", "the gateway ended the tunnel"),
    ("to verify TLS server", "the RADIUS server's certificate is not trusted"),
    ("server certificate does not match to", "the RADIUS server's certificate has another name"),
    ("no usable TLS client certificate", "no key here fits this person's certificate"),
    ("no trusted", "the gateway's certificate is not trusted"),
    ("constraint check failed", "the gateway's certificate is not the one expected"),
    ("does not match to", "the gateway's certificate has another name"),
    ("certificate was revoked", "a certificate of the other end was revoked"),
    ("no private key found", "the key here does not fit its certificate"),
)


def reason(line: str) -> str | None:
    """The sentence for a log line, or nothing where it explains nothing."""
    return next((words for fragment, words in REASONS if fragment in line), None)
