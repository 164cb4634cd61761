from pathlib import Path

import pytest

from evertunnel.explain.catalogue import Catalogue
from evertunnel.explain.nps import ATTRIBUTES, COLUMNS, SERVICE, read
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
PAIRS = "10.0.0.2,alice,11/22/2026,10:24:03,IAS,CORE1"
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


@pytest.mark.parametrize("form", ["dts", "ias", "pairs"])
def test_reject_is_told_with_its_reason_and_who_asked(catalogue: Catalogue, form: str) -> None:
    (sighting,) = read(record(form), catalogue)

    assert (sighting.code.key, dict(sighting.details)) == ("nps:16", TOLD)


def test_formats_may_be_mixed_in_one_file(catalogue: Catalogue) -> None:
    text = f"{record('ias')}\r\nnothing\r\n{record('dts')}\r\n{record('ias')}\r\n{record('pairs')}"

    assert [each.code.key for each in read(text, catalogue)] == ["nps:16"] * 4


def test_pairs_stand_in_the_order_of_whoever_asked_and_others_are_passed_over(catalogue: Catalogue) -> None:
    (sighting,) = read(f"{PAIRS},6,2,4142,48,4136,3,25,0x026,4128,gateway1", catalogue)

    assert sighting.code.key == "nps:48"
    assert dict(sighting.details) == {
        "packet": "Access-Reject",
        "user": "alice",
        "asked by": "gateway1",
        "logged by": "CORE1",
    }


@pytest.mark.parametrize("more", [",9", ",a,b,4142,48", ",4128,gate,way,4142,48"])
def test_pairs_that_are_out_of_step_end_there(catalogue: Catalogue, more: str) -> None:
    (sighting,) = read(f"{PAIRS},4136,3,4142,16{more}", catalogue)

    assert sighting.code.key == "nps:16"


@pytest.mark.parametrize(
    "line",
    [
        PAIRS,
        f"{PAIRS},4136,3",
        f"{PAIRS},4142",
        f"{PAIRS},4142,x",
        f"{PAIRS},a,b,4142,16",
        f"{PAIRS},4142,16".replace("IAS", "httpd"),
        f"{PAIRS},4142,16".removeprefix("10.0.0.2,"),
        f"{PAIRS}{',31,a' * 20_000},4142,16",
    ],
)
def test_pairs_without_a_reason_or_of_another_log_give_nothing(catalogue: Catalogue, line: str) -> None:
    assert list(read(line, catalogue)) == []


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
    if form == "pairs":
        numbers = {name: number for number, name in ATTRIBUTES.items()}
        pairs = [f",{numbers[name]},{hexadecimal(value)}" for name, value in REJECTED.items() if name in numbers]
        return f"10.0.0.2,{REJECTED['User-Name']},11/22/2026,10:24:03,IAS,CORE1{''.join(pairs)}"
    row = ["" for _ in range(66)]
    row[SERVICE] = "IAS"
    for name, place in COLUMNS.items():
        row[place] = f'"{REJECTED[name]}"'
    return ",".join(row)


def hexadecimal(value: str) -> str:
    """A text as an IAS record has it."""
    return f"0x{value.encode().hex()}" if "," in value else value
