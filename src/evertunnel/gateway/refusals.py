"""Why charon refused a device: its log lines, read by one table per version, and the bounded journal of refusals.

charon tells a peer and VICI only that authentication failed. The reason stands in its log, in lines that differ between
versions; a version without a table, or a line that no table knows, is written down as unknown, never guessed. What a
line means stands at its start, before anything that a peer chose.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers.vici_values import LogLine
from evertunnel.errors import DocumentError

LONGEST_TEXT = 500
JOURNAL_BYTES = 1_000_000
ATTEMPTS = 1000
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Somebody was refused or sent away at the gateway; `line` is charon's own, where it was charon."""

    at: float
    identity: str
    outer: str
    reason: str
    text: str
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A line of charon's log, and what it means."""

    line: re.Pattern[str]
    reason: str
    text: str


def _meaning(line: str, reason: str, text: str) -> Meaning:
    return Meaning(line=re.compile(line), reason=reason, text=text)


# Of several lines about one attempt the first in the table tells the reason: what follows from it comes later in it.
V5_9_8 = (
    _meaning(r"certificate was revoked on ", "revoked", "its certificate is revoked"),
    _meaning(r"certificate status is unknown, crl is stale", "crl", "the CRL for its certificate is stale"),
    _meaning(r"certificate status is not available", "crl", "there is no CRL for its certificate"),
    _meaning(r"subject certificate invalid \(valid from ", "expired", "its certificate is outside its validity"),
    _meaning(r"constraint requires cert policy ", "policy", "its certificate is not of the device template"),
    _meaning(r"no issuer certificate found for ", "issuer", "its certificate is of another authority"),
    _meaning(r"no matching peer config found", "identity", "its identity lacks the serial of a certificate of ours"),
    _meaning(r"no IKE config found for ", "not loaded", "the gateway had no connection loaded"),
    _meaning(r"received proposals unacceptable", "proposal", "it offers no IKE proposal of the plan"),
    _meaning(r"no acceptable proposal found", "proposal", "it offers no ESP proposal of the plan"),
    _meaning(r"no virtual IP found for ", "pool", "the pool has no free address"),
    _meaning(r"no trusted \S+ public key found for ", "untrusted", "it brought no certificate that can be trusted"),
)
TABLES = {"5.9.8": V5_9_8}

OUTERS = (
    re.compile(r"(\S+) is initiating an IKE_SA$"),
    re.compile(r"no IKE config found for \S+?\.\.\.(\S+), sending "),
)
IDENTITY = re.compile(r"looking for peer configs matching .*\.\.\.[^\[]+\[(.*)\]$")
REFUSAL = r"generating IKE_(SA_INIT|AUTH) response .*N\((AUTH_FAILED|NO_PROP|TS_UNACCEPT|INT_ADDR_FAIL|FAIL_CP_REQ)\)"
REFUSED = re.compile(REFUSAL)
# A third of all that charon logs of a start: the messages that refuse nobody.
SAYS_NOTHING = re.compile(rf"\d+\[ENC\] (?!<[^>]*> {REFUSAL})")


@dataclass(slots=True)
class _Attempt:
    identity: str = ""
    outer: str = ""
    rank: int | None = None
    line: str = ""


class Reader:
    """Reads the log of one charon as it comes; lines of one IKE_SA belong together, and the refusal is their last."""

    def __init__(self, version: str) -> None:
        self._table = TABLES.get(version, ())
        # Of the 50 lines about a start that goes well, hardly one means anything: one look tells.
        telling = (*OUTERS, IDENTITY, *(meaning.line for meaning in self._table))
        self._telling = re.compile("|".join(pattern.pattern for pattern in telling))
        self._attempts: dict[int, _Attempt] = {}

    def read(self, line: LogLine, now: float) -> Refusal | None:
        """The refusal that this line completes."""
        if line.ike_id == 0:
            return None
        if line.group == "ENC":
            if REFUSED.match(line.text):
                return self._refusal(self._attempts.pop(line.ike_id, _Attempt()), now)
            return None
        self._note(self._attempt(line.ike_id), line.text[:LONGEST_TEXT])
        return None

    def _attempt(self, ike_id: int) -> _Attempt:
        """The attempt, as the one heard of last."""
        attempt = self._attempts.pop(ike_id, None)
        if attempt is None:
            attempt = _Attempt()
        self._attempts[ike_id] = attempt
        if len(self._attempts) > ATTEMPTS:
            del self._attempts[next(iter(self._attempts))]
        return attempt

    def _note(self, attempt: _Attempt, text: str) -> None:
        if not self._telling.match(text):
            if attempt.rank is None:
                attempt.line = text
            return
        for pattern in OUTERS:
            if found := pattern.match(text):
                attempt.outer = found[1]
        if found := IDENTITY.match(text):
            attempt.identity = found[1]
            return
        for rank, meaning in enumerate(self._table):
            if meaning.line.match(text) and (attempt.rank is None or rank < attempt.rank):
                attempt.rank, attempt.line = rank, text
                return
        if attempt.rank is None:
            attempt.line = text

    def _refusal(self, attempt: _Attempt, now: float) -> Refusal:
        meaning = None if attempt.rank is None else self._table[attempt.rank]
        return Refusal(
            at=now,
            identity=attempt.identity,
            outer=attempt.outer,
            reason=UNKNOWN if meaning is None else meaning.reason,
            text="charon does not say why in words known here" if meaning is None else meaning.text,
            line=attempt.line,
        )


class Journal:
    """The latest refusals, one JSON object a line, in two files that take turns, so that it stays within bounds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = path.with_name(path.name + ".1")

    def append(self, refusal: Refusal) -> None:
        """Adds one; the oldest half goes when there is no room."""
        line = json.dumps(documents.write(refusal)) + "\n"
        if self._path.exists() and self._path.stat().st_size + len(line) > JOURNAL_BYTES // 2:
            self._path.replace(self._before)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(line)

    def read(self) -> Iterator[Refusal]:
        """All that is kept, oldest first; a line that a crash cut short is left out."""
        for path in (self._before, self._path):
            if not path.exists():
                continue
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    yield documents.from_json(Refusal, line, name=str(path))
                except DocumentError:
                    continue

    def about(self, device: str) -> tuple[Refusal, ...]:
        """What is kept about a device: by its name in the certificate's subject, or the whole identity."""
        name = re.compile(rf"(^|CN=){re.escape(device)}(\.|,|$)", re.IGNORECASE)
        return tuple(refusal for refusal in self.read() if name.search(refusal.identity))
