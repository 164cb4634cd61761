from pathlib import Path

import pytest

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.nps import COLUMNS, SERVICE, read
from evertunnel.radius import nps_log

GOLDEN = Path(__file__).parents[2] / "golden" / "radius" / "nps"
# The five columns that come before those of the accounting attributes.
FIRST = ("ComputerName", "ServiceName", "Record-Date", "Record-Time", "Packet-Type")
REJECTED = {
    "Computer-Name": "CORE1",
    "Packet-Type": "3",
    "User-Name": "alice@corp.contoso.com",
    "Calling-Station-Id": "198.51.100.20",
    "Client-Friendly-Name": "gateway1",
    "NP-Policy-Name": "VPN, Users",
    "Reason-Code": "16",
}
TOLD = {
    "packet": "Access-Reject",
    "user": "alice@corp.contoso.com",
    "from": "198.51.100.20",
    "asked by": "gateway1",
    "network policy": "VPN, Users",
    "logged by": "CORE1",
}


def test_columns_are_read_where_the_exporter_writes_them() -> None:
    written = [*FIRST, *(name for name, _, _ in nps_log.COLUMNS)]

    assert written[SERVICE] == "ServiceName"
    assert {
        name: nps_log.DTS_NAMES.get(written[place], written[place]) for name, place in COLUMNS.items() if place
    } == {name: name for name, place in COLUMNS.items() if place}


@pytest.mark.parametrize("form", ["dts", "ias"])
@pytest.mark.parametrize("name", ["ours", "hostile"])
def test_what_the_exporter_writes_is_read(catalogue: Catalogue, name: str, form: str) -> None:
    (sighting,) = read((GOLDEN / f"{name}.{form}").read_bytes().decode(), catalogue)

    assert sighting.code.key == "nps:0"
    assert dict(sighting.details)["packet"] == "Accounting-Request"


@pytest.mark.parametrize("form", ["dts", "ias"])
def test_reject_is_told_with_its_reason_and_who_asked(catalogue: Catalogue, form: str) -> None:
    (sighting,) = read(record(form), catalogue)

    assert (sighting.code.key, dict(sighting.details)) == ("nps:16", TOLD)


def test_formats_may_be_mixed_in_one_file(catalogue: Catalogue) -> None:
    text = f"{record('ias')}\r\nnothing\r\n{record('dts')}\r\n{record('ias')}"

    assert [each.code.key for each in read(text, catalogue)] == ["nps:16"] * 3


def test_records_may_be_laid_out_in_lines(catalogue: Catalogue) -> None:
    assert [each.code.key for each in read(record("dts").replace("><", ">\r\n  <"), catalogue)] == ["nps:16"]


def test_document_type_is_refused(catalogue: Catalogue) -> None:
    entity = '<!DOCTYPE Event [<!ENTITY a "16">]>'
    inside = record("dts").replace("<Event>", f"<Event>{entity}").replace(">16<", ">&a;<")

    assert list(read(inside, catalogue)) == []
    assert list(read(entity + record("dts").replace(">16<", ">&a;<"), catalogue)) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<Event></Event>",
        "<Event>" * 1000,
        "<Event><a></b></Event>",
        "<Event><Reason-Code>x</Reason-Code></Event>",
        "<Event><Reason-Code>" + "9" * 5000 + "</Reason-Code></Event>",
        ",".join(["IAS"] * 66),
        '"CORE1","IAS",' + "," * 60,
        '"unended,' * 30,
        "\x00," * 40,
    ],
)
def test_what_is_no_record_gives_nothing(catalogue: Catalogue, text: str) -> None:
    assert list(read(text, catalogue)) == []


def record(form: str) -> str:
    if form == "dts":
        return "<Event>" + "".join(f'<{k} data_type="1">{v}</{k}>' for k, v in REJECTED.items()) + "</Event>"
    row = ["" for _ in range(66)]
    row[SERVICE] = "IAS"
    for name, place in COLUMNS.items():
        row[place] = f'"{REJECTED[name]}"'
    return ",".join(row)
