"""Lines of NPS's text log, in its three formats; a line that is in none of them is passed over.

DTS compliant is one XML element a record, ODBC columns without a header, and IAS six fields, then the number and the
value of each attribute. Ours writes the first two (`evertunnel sessions export`).
"""

import csv
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from xml.parsers import expat

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.model import Family, Sighting

PACKETS = {
    "1": "Access-Request",
    "2": "Access-Accept",
    "3": "Access-Reject",
    "4": "Accounting-Request",
    "11": "Access-Challenge",
}
SERVICES = {"IAS", "NPS"}
# The columns that are told, by their place in a line; in DTS the same have these names.
COLUMNS = {
    "Computer-Name": 0,
    "Packet-Type": 4,
    "User-Name": 5,
    "Calling-Station-Id": 8,
    "Client-Friendly-Name": 16,
    "NP-Policy-Name": 24,
    "Reason-Code": 25,
}
SERVICE = 1
# In an IAS record: fields before the pairs by their place, and the numbers of those attributes that are told.
HEADER = {"User-Name": 1, "Computer-Name": 5}
HEADER_SERVICE = 4
HEADER_LENGTH = 6
ATTRIBUTES = {
    "31": "Calling-Station-Id",
    "4128": "Client-Friendly-Name",
    "4136": "Packet-Type",
    "4142": "Reason-Code",
    "4149": "NP-Policy-Name",
}
HEXADECIMAL = re.compile(r"0x((?:[0-9A-Fa-f]{2})+)")
TOLD = {
    "Packet-Type": "packet",
    "User-Name": "user",
    "Calling-Station-Id": "from",
    "Client-Friendly-Name": "asked by",
    "NP-Policy-Name": "network policy",
    "Computer-Name": "logged by",
}
BEGIN, END = "<Event>", "</Event>"
LONGEST = 64 * 1024
LONGEST_VALUE = 256


def read(text: str, catalogue: Catalogue) -> Iterator[Sighting]:
    """The reason codes of the records in the text, in its order; what went well is told where nothing else stands."""
    records = [*_dts(text), *_columns(text), *_pairs(text)]
    failed = [each for each in records if each[1].get("Reason-Code", "").strip("0") != ""]
    for form, fields in failed or records:
        reason = fields.get("Reason-Code", "")
        if not _is_number(reason):
            continue
        packet = fields.get("Packet-Type", "")
        told = {**fields, "Packet-Type": PACKETS.get(packet, packet)}
        details = tuple((word, told[name][:LONGEST_VALUE]) for name, word in TOLD.items() if told.get(name))
        for code in catalogue.numbered(int(reason), Family.NPS):
            yield Sighting(code=code, said=f"a record of NPS's text log, {form}", details=details)


def _dts(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    begin = text.find(BEGIN)
    while begin >= 0:
        end = text.find(END, begin)
        if end < 0:
            return
        record = text[begin : end + len(END)]
        fields = _elements(record) if len(record) <= LONGEST else {}
        if fields:
            yield "in XML", fields
        begin = text.find(BEGIN, end)


def _elements(record: str) -> dict[str, str]:
    """The texts of a record's elements by name; nothing where it is no XML.

    A record begins with its element: a document type, and with it an entity of somebody's own, is a mistake to expat.
    """
    fields: dict[str, str] = {}
    path: list[str] = []

    def start(name: str, _attributes: Mapping[str, str]) -> None:
        path.append(name)

    def end(_name: str) -> None:
        path.pop()

    def characters(data: str) -> None:
        if len(path) == 2:
            fields[path[-1]] = fields.get(path[-1], "") + data

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(record.encode(errors="replace"), True)  # noqa: FBT003 (expat's own way to say that it is all)
    except expat.ExpatError:
        return {}
    return fields


def _columns(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for line in text.splitlines():
        if line.count(",") < max(COLUMNS.values()) or len(line) > LONGEST:
            continue
        row = next(csv.reader([line]))
        if len(row) > max(COLUMNS.values()) and row[SERVICE] in SERVICES and _is_number(row[COLUMNS["Packet-Type"]]):
            yield "in columns", {name: row[place] for name, place in COLUMNS.items()}


def _pairs(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for line in text.splitlines():
        if line.count(",") < HEADER_LENGTH or len(line) > LONGEST:
            continue
        row = line.split(",")
        if row[HEADER_SERVICE] in SERVICES:
            numbers, values = row[HEADER_LENGTH::2], row[HEADER_LENGTH + 1 :: 2]
            # Behind a number that is none all is out of step, and a line that was cut off may end with a number.
            pairs = takewhile(lambda pair: _is_number(pair[0]), zip(numbers, values, strict=False))
            told = {ATTRIBUTES[number]: _text(value) for number, value in pairs if number in ATTRIBUTES}
            yield "in pairs", {**{name: _text(row[place]) for name, place in HEADER.items()}, **told}


def _text(value: str) -> str:
    """A value of an IAS record: text with a comma or a sign that cannot be printed stands in hexadecimal."""
    written = HEXADECIMAL.fullmatch(value)
    return bytes.fromhex(written[1]).decode(errors="replace") if written else value


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9
