"""What FreeRADIUS and the policy service say to each other.

The question is the request's attributes as rlm_rest writes them (`body = 'json'`):

    {"User-Name": {"type": "string", "value": ["O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"]}, ...}

The answer is one line of text, which FreeRADIUS takes apart with the two regular expressions below. It is not JSON:
rlm_rest would make attributes of whatever JSON it gets, and expand what stands in them, before anyone has looked at who
answered.

    <token> allow laptop1 management 31535999 4f5c…    device, reach, seconds, decision
    <token> refuse 289 The certificate is revoked. …   NPS reason code and sentence
"""

import json
import re
from collections.abc import Mapping

from evertunnel.access import Decision, Question

ALLOW = "allow ([a-z0-9-]{1,63}) ([a-z][a-z0-9_]{0,30}) ([1-9][0-9]{0,9}) ([0-9a-f]{32})"
REFUSE = "refuse ([0-9]{1,3} [ -~]{1,240})"

LONGEST_MESSAGE = 240

ATTRIBUTES = {
    "tunnel": "Evertunnel-Tunnel",
    "identity": "User-Name",
    "serial": "Evertunnel-Serial",
}
INFORMATION = {
    "gateway": "NAS-Identifier",
    "outer": "Calling-Station-Id",
    "inner": "Framed-IP-Address",
    "session": "Acct-Session-Id",
}


def read_question(body: bytes) -> Question:
    """The question in a request's body; ValueError if it is not clear, word for word."""
    try:
        document = json.loads(body, object_pairs_hook=_without_doubles)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(document, Mapping):
        raise ValueError("not an object")
    if _value(document, "Service-Type") != "Authorize-Only":
        raise ValueError("not Authorize-Only")
    required = {field: _value(document, name) for field, name in ATTRIBUTES.items()}
    extra = {field: _value(document, name) for field, name in INFORMATION.items() if name in document}
    return Question(**required, **extra)


def write_answer(token: str, decision: Decision, identifier: str) -> bytes:
    """The line that FreeRADIUS looks for."""
    if decision.allow and decision.limits is not None:
        said = f"allow {decision.device} {decision.reach} {decision.limits.session_seconds} {identifier}"
        if not re.fullmatch(ALLOW, said):
            raise ValueError(f"not an answer that RADIUS can carry: {said!r}")
    else:
        reason = decision.reasons[0]
        said = f"refuse {reason.code} {_plain(reason.sentence)}"
    return f"{token} {said}".encode("ascii")


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("an attribute stands there twice")
    return document


def _value(document: Mapping[str, object], name: str) -> str:
    attribute = document.get(name)
    values = attribute.get("value") if isinstance(attribute, Mapping) else None
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise ValueError(f"{name} does not stand there exactly once as text")
    return str(values[0])


def _plain(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)[:LONGEST_MESSAGE]
