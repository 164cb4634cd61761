"""Windows' RasClient events 20226 (ended) and 20227 (failed), pasted as text in any language, or as the event's XML.

The text begins with CoId={...}, and its last number is the code, whatever the language around it.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.model import Family, Sighting

BEGIN = re.compile(r"CoI[dD]\s{0,3}=\s{0,3}(?P<id>\{[0-9A-Fa-f-]{1,40}\})")
END = re.compile(r"\n[ \t\r]*\n|<|Event Xml|Ereignis-XML")
EVENT = re.compile(r"(?<![0-9])(2022[67])(?![0-9])")
DATA, DATA_END = "<EventData", "</EventData>"
TAG = re.compile(r"<[^<>]{0,200}>")
NUMBER = re.compile(r"(?<![0-9A-Za-z{_-])-?[0-9]{1,10}(?![0-9A-Za-z}_])")
CONNECTION = re.compile(r"connection named (?P<name>.{1,256}?) which ", re.DOTALL)
LONGEST = 2000
SAID = 300
FAILED = 20227


def read(text: str, catalogue: Catalogue) -> Iterator[Sighting]:
    """The codes of the events in the text, in its order."""
    starts = [*BEGIN.finditer(text)]
    for start, following in zip_longest(starts, starts[1:]):
        end = min(following.start() if following else len(text), start.end() + LONGEST)
        message = END.split(text[start.end() : end], maxsplit=1)[0]
        yield from _sightings(message, catalogue, start["id"])
    if not starts and EVENT.search(text[:LONGEST]):
        yield from _from_data(text, catalogue)


def _from_data(text: str, catalogue: Catalogue) -> Iterator[Sighting]:
    begin = text.find(DATA)
    end = text.find(DATA_END, begin)
    if 0 <= begin < end:
        yield from _sightings(TAG.sub(" ", text[begin : min(end, begin + LONGEST)]), catalogue, "")


def _sightings(message: str, catalogue: Catalogue, identity: str) -> Iterator[Sighting]:
    numbers = NUMBER.findall(message)
    if not numbers:
        return
    last = int(numbers[-1])
    named = CONNECTION.search(message)
    details = (
        *((("connection", " ".join(named["name"].split())),) if named else ()),
        *((("CoId", identity),) if identity else ()),
    )
    codes = [code for code in catalogue.numbered(last) if code.family in {Family.RAS, Family.IKE, Family.HRESULT}]
    if not codes:
        codes = list(catalogue.numbered(FAILED, Family.EVENT))
        details = (("code", f"{last}, which is not known here"), *details)
    said = " ".join(message.strip(" :").split())[:SAID]
    yield from (Sighting(code=code, said=said, details=details) for code in codes)
