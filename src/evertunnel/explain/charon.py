"""Lines of charon's log (strongSwan), from a gateway or from a client, with or without syslog's prefix.

What a line means stands at its start, before anything that a peer chose; so patterns match there alone. The same line
says another thing at each end: a certificate that is out of date is the client's in a gateway's log, and the
gateway's in a client's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.model import Family, Sighting

LONGEST_LINE = 1000
SAID = 300
PREFIX = re.compile(r"(?:^|.{0,200}? )\d{2,5}\[[A-Z]{3}\](?: <[^>]{0,100}>)? (?P<text>.*)", re.DOTALL)
INITIATOR = re.compile(r"initiating IKE_SA |received [A-Z_]+ (?:notify error|error notify)|giving up after ")
PEER = re.compile(r"looking for peer configs matching .*\.\.\.(?P<outer>[^\[]+)\[(?P<name>.*)\]$")
NOTIFY = re.compile(r"received (?P<name>[A-Z][A-Za-z0-9_]{3,60}) (?:notify|error)")
MESSAGE = re.compile(r"(?:generating|parsed) [A-Z_]{3,40} response [0-9]{1,10} \[ (?P<payloads>[^\]]{0,300})\]")
SHORT = re.compile(r"N\((?P<name>[A-Za-z_]{3,20})\)")

# strongSwan's short names of error notifies, as they stand in the lines about messages.
SHORT_NAMES = {
    "CRIT": "UNSUPPORTED_CRITICAL_PAYLOAD",
    "INVAL_IKE_SPI": "INVALID_IKE_SPI",
    "INVAL_MAJOR": "INVALID_MAJOR_VERSION",
    "INVAL_SYN": "INVALID_SYNTAX",
    "INVAL_MID": "INVALID_MESSAGE_ID",
    "INVAL_SPI": "INVALID_SPI",
    "NO_PROP": "NO_PROPOSAL_CHOSEN",
    "INVAL_KE": "INVALID_KE_PAYLOAD",
    "AUTH_FAILED": "AUTHENTICATION_FAILED",
    "SINGLE_PAIR": "SINGLE_PAIR_REQUIRED",
    "NO_ADD_SAS": "NO_ADDITIONAL_SAS",
    "INT_ADDR_FAIL": "INTERNAL_ADDRESS_FAILURE",
    "FAIL_CP_REQ": "FAILED_CP_REQUIRED",
    "TS_UNACCEPT": "TS_UNACCEPTABLE",
    "INVAL_SEL": "INVALID_SELECTORS",
    "TEMP_FAIL": "TEMPORARY_FAILURE",
    "NO_CHILD_SA": "CHILD_SA_NOT_FOUND",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A line, the code that it leads to, and its cause at the end that answers and at the end that begins."""

    line: re.Pattern[str]
    code: str
    answering: str = ""
    beginning: str = ""


def _meaning(line: str, code: str, *, answering: str = "", beginning: str = "", both: str = "") -> Meaning:
    return Meaning(line=re.compile(line), code=code, answering=answering or both, beginning=beginning or both)


REFUSED, NO_PROPOSAL, NO_ADDRESS = "AUTHENTICATION_FAILED", "NO_PROPOSAL_CHOSEN", "INTERNAL_ADDRESS_FAILURE"
REVOKED = r"certificate (?:was revoked on |status is revoked)"
NO_CRL = r"certificate status is (?:unknown, crl is stale|not available)"
EAP_FAILED = r"(?:RADIUS authentication of .* failed|EAP method \S+ failed for peer|received EAP_FAILURE)"
MEANINGS = (
    _meaning(REVOKED, REFUSED, answering="machine-certificate-revoked", beginning="gateway-certificate-revoked"),
    _meaning(NO_CRL, REFUSED, both="crl-out-of-date"),
    _meaning(
        r"subject certificate invalid \(valid from ",
        REFUSED,
        answering="client-certificate-expired",
        beginning="gateway-certificate-expired",
    ),
    _meaning(r"constraint requires cert policy ", REFUSED, both="certificate-of-another-template"),
    _meaning(
        r"no issuer certificate found for ",
        REFUSED,
        answering="certificate-of-another-authority",
        beginning="root-missing-on-client",
    ),
    _meaning(r"no matching peer config found", REFUSED, answering="identity-differs"),
    _meaning(
        r"constraint check failed: identity ",
        REFUSED,
        answering="identity-differs",
        beginning="gateway-name-not-in-certificate",
    ),
    _meaning(EAP_FAILED, REFUSED, both="refused-by-radius"),
    _meaning(r"RADIUS \S+ timed out ", REFUSED, answering="radius-silent"),
    _meaning(r"no IKE config found for ", NO_PROPOSAL, answering="gateway-not-loaded"),
    _meaning(r"no virtual IP found for ", NO_ADDRESS, answering="pool-exhausted"),
)
# What follows from the above, or says less: counts where none of them tells the cause of the same code.
CONSEQUENCES = (
    _meaning(r"received proposals unacceptable", NO_PROPOSAL),
    _meaning(r"no acceptable proposal found", NO_PROPOSAL),
    _meaning(
        r"no trusted \S+ public key found for ",
        REFUSED,
        answering="certificate-of-another-authority",
        beginning="root-missing-on-client",
    ),
    _meaning(r"constraint check failed", REFUSED),
    _meaning(r"no alternative config found", REFUSED),
    _meaning(r"giving up after [0-9]+ retransmits", "ERROR_IPSEC_IKE_TIMED_OUT"),
)
# Most lines tell nothing: one pattern that passes them over is quicker than each row's.
TELLING = re.compile(
    "|".join(
        (
            *(row.line.pattern for row in (*MEANINGS, *CONSEQUENCES)),
            "initiating IKE_SA ",
            "received ",
            "generating ",
            "parsed ",
        )
    )
)


def read(text: str, catalogue: Catalogue) -> Iterator[Sighting]:
    """What the lines lead to; of one code, those that tell its cause stand for those that do not."""
    everything = tuple(dict.fromkeys(map(_text, text.splitlines())))
    lines = [line for line in everything if TELLING.match(line)]
    details = _peer(everything) if lines else ()
    begins = any(INITIATOR.match(line) for line in lines)
    explained: set[str] = set()
    for found in (
        [*_meant(lines, MEANINGS, catalogue, begins=begins)],
        [*_meant(lines, CONSEQUENCES, catalogue, begins=begins)],
        [*_notified(lines, catalogue)],
    ):
        yield from (replace(each, details=details) for each in found if each.code.key not in explained)
        explained |= {each.code.key for each in found}


def _text(line: str) -> str:
    line = line[:LONGEST_LINE]
    found = PREFIX.match(line)
    return found["text"] if found else line.strip()


def _peer(lines: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Who it was about, where the log is about one alone; the name is what they claimed."""
    peers = {(found["name"], found["outer"]) for line in lines if (found := PEER.match(line))}
    if len(peers) != 1:
        return ()
    ((name, outer),) = peers
    return (("client, as it named itself", name), ("from", outer))


def _meant(lines: list[str], table: tuple[Meaning, ...], catalogue: Catalogue, *, begins: bool) -> Iterator[Sighting]:
    for line in lines:
        for meaning in table:
            if meaning.line.match(line):
                cause = meaning.beginning if begins else meaning.answering
                (code,) = (each for each in catalogue.named(meaning.code) if each.family in {Family.NOTIFY, Family.IKE})
                yield Sighting(code=code, said=line[:SAID], cause=catalogue.causes.get(cause))
                break


def _notified(lines: list[str], catalogue: Catalogue) -> Iterator[Sighting]:
    for line in lines:
        message, notify = MESSAGE.match(line), NOTIFY.match(line)
        names = [SHORT_NAMES.get(each["name"], "") for each in SHORT.finditer(message["payloads"])] if message else []
        for name in (*names, notify["name"] if notify else ""):
            codes = (code for code in catalogue.named(name) if code.family is Family.NOTIFY)
            yield from (Sighting(code=code, said=line[:SAID]) for code in codes)
