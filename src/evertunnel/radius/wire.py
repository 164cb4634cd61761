"""What FreeRADIUS and the policy service say to each other.

The question is the request's attributes as rlm_rest writes them (`body = 'json'`):

    {"User-Name": {"type": "string", "value": ["O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"]}, ...}

The answer is one line of text, which FreeRADIUS takes apart with the two regular expressions below. It is not JSON:
rlm_rest would make attributes of whatever JSON it gets, and expand what stands in them, before anyone has looked at who
answered.

    <token> allow laptop1 management 31535999 4f5c… - - - - -             name, reach, seconds, decision, settings
    <token> allow alice@… full 28800 4f5c… staff users 10.98.0.7 900 60   class, pool, address, idle, interim seconds
    <token> refuse 289 The certificate is revoked. …                      NPS reason code and sentence
"""

import json
import re
from collections.abc import Mapping

from evertunnel.access import Decision, Limits, Question

NONE = "-"
# How long a name or a sentence may be is looked at where the answer is written: the C library's regular expressions, by
# which FreeRADIUS reads it, take ten times as long with a bound such as {0,252} as without.
ALLOW = (
    "allow ([a-z0-9_][a-z0-9@._-]*) ([a-z][a-z0-9_]{0,30}) ([1-9][0-9]{0,9}) ([0-9a-f]{32})"
    " ([!-~]+ [!-~]+ [!-~]+ [!-~]+ [!-~]+)"
)
# Of the last words of an allowance; two expressions, because FreeRADIUS keeps eight groups of one.
SETTINGS = (
    "([A-Za-z0-9][A-Za-z0-9._-]{0,62}|-) ([a-z][a-z0-9_-]{0,30}|-)"
    " ([0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}|-)"
    " ([1-9][0-9]{0,9}|-) ([1-9][0-9]{0,9}|-)"
)
REFUSE = "refuse ([0-9]{1,3} [ -~]+)"

LONGEST_NAME = 253  # of User-Name, as of any attribute (RFC 2865 5)
LONGEST_MESSAGE = 240
USER, EAP = "user", "eap"

SERIAL = "Evertunnel-Serial"
ATTRIBUTES = {
    "tunnel": "Evertunnel-Tunnel",
    "identity": "User-Name",
}
# Of an authentication; a certificate that names no user has no such name, and is refused for it.
PROVED = {
    "identity": "TLS-Client-Cert-Subject-Alt-Name-Upn",
    "serial": "TLS-Client-Cert-Serial",
}
INFORMATION = {
    "gateway": "NAS-Identifier",
    "gateway_address": "Evertunnel-Client",
    "outer": "Calling-Station-Id",
    "inner": "Framed-IP-Address",
    "session": "Acct-Session-Id",
    "port": "NAS-Port",
    "port_type": "NAS-Port-Type",
    "tunnel_type": "Tunnel-Type",
}


def read_question(body: bytes) -> Question:
    """The question in a request's body; ValueError if it is not clear, word for word.

    A gateway knows a device's serial; which certificate a user proved to hold, it was never told.
    """
    document = read_document(body)
    if _value(document, "Service-Type") != "Authorize-Only":
        raise ValueError("not Authorize-Only")
    required = {field: _value(document, name) for field, name in ATTRIBUTES.items()}
    serial = "" if required["tunnel"] == USER else _value(document, SERIAL)
    return Question(serial=serial, **required, **_those_there(document, INFORMATION))


def read_authentication(body: bytes) -> Question:
    """The question whether somebody may come in who has just proved to hold a certificate's key; ValueError as above.

    A name that was said inside PEAP stands in `outer_name` beside the one outside, if it is another one: it would have
    to be the certificate's, too.
    """
    document = read_document(body)
    outer, said = _value(document, "Evertunnel-Outer-Name"), _value(document, "User-Name")
    proved = {"identity": "", "serial": "", **_those_there(document, PROVED)}
    return Question(
        tunnel=USER,
        phase=EAP,
        eap_type=_value(document, "Evertunnel-Eap-Type"),
        outer_name=outer if outer == said else f"{outer} outside, {said} inside",
        **proved,
        **_those_there(document, INFORMATION),
    )


def write_answer(token: str, decision: Decision, identifier: str, pool: str | None = None) -> bytes:
    """The line that FreeRADIUS looks for; `pool` is for whom no other is decided."""
    if decision.allow and decision.limits is not None:
        said = f"allow {decision.name} {decision.reach} {decision.limits.session_seconds} {identifier}"
        settings = _settings(decision.limits, pool)
        fits = len(decision.name or "") <= LONGEST_NAME
        if not fits or not re.fullmatch(ALLOW, f"{said} {settings}") or not re.fullmatch(SETTINGS, settings):
            raise ValueError(f"not an answer that RADIUS can carry: {said!r} {settings!r}")
        said = f"{said} {settings}"
    else:
        reason = decision.reasons[0]
        said = f"refuse {reason.code} {_plain(reason.sentence)}"
    return f"{token} {said}".encode("ascii")


def _settings(limits: Limits, pool: str | None) -> str:
    chosen = (limits.class_, limits.pool or pool, limits.address, limits.idle_seconds, limits.interim_seconds)
    return " ".join(NONE if each is None else str(each) for each in chosen)


def read_document(body: bytes) -> Mapping[str, object]:
    """The attributes as rlm_rest wrote them; ValueError if they are none, or one stands there twice."""
    try:
        document = json.loads(body, object_pairs_hook=_without_doubles)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(document, Mapping):
        raise ValueError("not an object")
    return document


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("an attribute stands there twice")
    return document


def _those_there(document: Mapping[str, object], names: Mapping[str, str]) -> dict[str, str]:
    return {field: _value(document, name) for field, name in names.items() if name in document}


def _value(document: Mapping[str, object], name: str) -> str:
    attribute = document.get(name)
    values = attribute.get("value") if isinstance(attribute, Mapping) else None
    # Numbers are numbers there, unless the dictionary has a word for them; True is none of either.
    if not isinstance(values, list) or len(values) != 1 or type(values[0]) not in {str, int}:
        raise ValueError(f"{name} does not stand there exactly once as text")
    return str(values[0])


def _plain(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)[:LONGEST_MESSAGE]
