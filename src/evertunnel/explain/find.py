"""Finds codes in any text: a number, a name, a sentence with one in it, or lines of a log.

A number alone may be many things, so every family that has it is given, the likeliest first; `nps:16` is exact. In a
longer text a number counts only beside a word like "error" or "reason code", as one of Windows' written with 0x, or
where nothing else was found and it is one that hardly stands for anything else.
"""

import re
from collections.abc import Iterable, Iterator

from evertunnel.errors import DocumentError, NotFound, Problem
from evertunnel.explain import charon, nps, rasclient
from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.model import Cause, Code, Family, Sighting

LARGEST = 1 << 20
MOST = 12
LONGEST_LINE = 200
NUMBER = r"(?P<number>0x[0-9a-f]{1,8}|-?[0-9]{1,10})(?![0-9a-z_])"
ALONE = re.compile(NUMBER, re.IGNORECASE)
BESIDE = re.compile(
    r"(?<![a-z0-9])(?P<word>nps|ras|ikev2|ike|hresult|radius|event|event[ _-]?id|reason(?:[ _-]?code)?|notify"
    r"|error[ -]cause|error(?:[ _-]?code)?|code|e(?=[ \t]{0,20}[:=]))"
    # Something must stand between: NPS1 is a server, and e34 a laptop.
    r"(?:[ \t]{1,20}(?:[:=#][ \t]{0,20})?|(?:[:=#]|[\"']?>)[ \t]{0,20})" + NUMBER,
    re.IGNORECASE,
)
HEXADECIMAL = re.compile(r"(?<![0-9a-z_])(?P<number>0x[0-9a-f]{8}|-21[0-9]{8})(?![0-9a-z_])", re.IGNORECASE)
SHORT = re.compile(r"(?<![0-9a-z_])(?P<number>0x0{0,4}[0-9a-f]{3,4})(?![0-9a-z_])", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,40}(?:[_-][A-Za-z0-9]{1,40}){1,10}")
BARE = re.compile(r"(?<![0-9a-z_.:-])(?P<number>[0-9]{3,5})(?![0-9a-z_-]|[.:][0-9])", re.IGNORECASE)

FAMILIES = {family.value: family for family in Family}
WORDS = {
    **FAMILIES,
    "reason": Family.NPS,
    "reasoncode": Family.NPS,
    "notify": Family.NOTIFY,
    "errorcause": Family.RADIUS,
    "eventid": Family.EVENT,
}
UNMISTAKABLE = (Family.RAS, Family.IKE)


def find(text: str, catalogue: Catalogue) -> tuple[Sighting, ...]:
    """The codes that stand in a text, each once; NotFound says what was looked for."""
    if len(text) > LARGEST:
        what = f"larger than {LARGEST >> 20} MiB"
        raise DocumentError(
            "text", [Problem(path="(whole file)", what=what, mend="Cut out the lines about one attempt.")]
        )
    found = _once((*_in_logs(text, catalogue),)) or _once(_in_words(text, catalogue))
    if not found:
        raise NotFound(_nothing(text.strip(), catalogue))
    return found[:MOST]


def _in_logs(text: str, catalogue: Catalogue) -> Iterator[Sighting]:
    for log in (rasclient, nps, charon):
        yield from log.read(text, catalogue)


def _in_words(text: str, catalogue: Catalogue) -> tuple[Sighting, ...]:
    asked = text.strip()
    whole = _asked(asked, catalogue) or catalogue.named(asked)
    if whole:
        return tuple(Sighting(code=code) for code in whole)
    lines = [line for line in text.splitlines() if line.strip()]
    certain = tuple(each for line in lines for each in _certain(line, catalogue))
    # An event is where a code stands: by itself it is told only where that is not found.
    within = tuple(each for each in certain if each.code.family is not Family.EVENT)
    told = within or _likely(SHORT, lines, catalogue) or certain or tuple(_shown(text, catalogue))
    return told or _likely(BARE, lines, catalogue)


def _asked(text: str, catalogue: Catalogue) -> tuple[Code, ...]:
    """The codes that a text is, if it is nothing but a number, exact or not."""
    if ALONE.fullmatch(text):
        return catalogue.numbered(number_of(text))
    exact = BESIDE.fullmatch(text)
    return _of_family(catalogue, number_of(exact["number"]), _family(exact["word"])) if exact else ()


def _certain(line: str, catalogue: Catalogue) -> Iterator[Sighting]:
    said = line.strip()[:LONGEST_LINE]
    for match in BESIDE.finditer(line):
        yield from _sighted(_of_family(catalogue, number_of(match["number"]), _family(match["word"])), said)
    for match in HEXADECIMAL.finditer(line):
        yield from _sighted(catalogue.numbered(number_of(match["number"])), said)
    for match in NAME.finditer(line):
        yield from _sighted(catalogue.named(match[0]), said)


def _shown(text: str, catalogue: Catalogue) -> Iterator[Sighting]:
    """Windows' own messages, which people read out where they have no number; a screen breaks their lines anywhere."""
    words = " ".join(text.lower().split())
    for code in catalogue.codes:
        yield from (Sighting(code=code, said=piece) for piece in code.shown if piece in words)


def _likely(written: re.Pattern[str], lines: Iterable[str], catalogue: Catalogue) -> tuple[Sighting, ...]:
    """Numbers without a word beside them, of the families whose numbers hardly stand for anything else."""
    return tuple(
        Sighting(code=code, said=line.strip()[:LONGEST_LINE])
        for line in lines
        for match in written.finditer(line)
        for code in catalogue.numbered(number_of(match["number"]))
        if code.family in UNMISTAKABLE
    )


def _family(word: str) -> Family | None:
    return WORDS.get(re.sub(r"[ _-]", "", word.lower()))


def _of_family(catalogue: Catalogue, number: int, family: Family | None) -> tuple[Code, ...]:
    """Without a family the word was "error" or "code", which Windows' clients write: theirs, if there is one."""
    codes = catalogue.numbered(number, family)
    windows = tuple(code for code in codes if code.family in {*UNMISTAKABLE, Family.HRESULT})
    return codes if family else windows or codes


def _sighted(codes: Iterable[Code], said: str) -> Iterator[Sighting]:
    return (Sighting(code=code, said=said) for code in codes)


def _once(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    first: dict[tuple[str, str, Cause | None], Sighting] = {}
    for each in sightings:
        first.setdefault((each.code.key, each.code.source, each.cause), each)
    return tuple(first.values())


def number_of(text: str) -> int:
    """A number as people write codes: decimal, negative, or hexadecimal with 0x.

    >>> number_of("0x329"), number_of("-2146762487")
    (809, -2146762487)
    """
    return int(text, 16) if text[:2].lower() == "0x" else int(text)


def _nothing(asked: str, catalogue: Catalogue) -> str:
    exact = BESIDE.fullmatch(asked)
    lone = ALONE.fullmatch(asked) or exact
    if lone is None:
        return (
            "no code that is known here stands in this text. Looked for: numbers beside words like error, reason code"
            " and event id, names like NO_PROPOSAL_CHOSEN, RasClient events, NPS's text log, and charon's log."
            " Name the code itself: evertunnel explain 13801"
        )
    family = _family(exact["word"]) if exact else None
    whose = f"no {family.title}" if family else "no code"
    nearest = catalogue.near(number_of(lone["number"]), family)
    beside = ", ".join(f"{code.written} ({code.name})" for code in nearest)
    return (
        f"{lone['number']} is {whose} that is known here. The nearest known numbers, which mean other things: {beside}"
    )
