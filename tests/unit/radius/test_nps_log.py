"""Golden files lie in tests/golden/radius/nps; UPDATE_GOLDEN=1 rewrites them."""

import csv
import io
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evertunnel.radius.ledger_queries import Record
from evertunnel.radius.nps_log import COLUMNS, FORMATS, dts, ias

GOLDEN = Path(__file__).parents[2] / "golden" / "radius" / "nps"
AT = 1_795_319_585.25
OURS = Record(
    gateway="gateway1",
    session="1795310000-411-7",
    kind="Stop",
    number=4,
    at=AT,
    name="alice@corp.contoso.com",
    attributes={
        "Acct-Authentic": "RADIUS",
        "Acct-Input-Gigawords": "2",
        "Acct-Input-Octets": "5",
        "Acct-Input-Packets": "70",
        "Acct-Interim-Interval": "300",
        "Acct-Output-Gigawords": "0",
        "Acct-Output-Octets": "6",
        "Acct-Output-Packets": "80",
        "Acct-Session-Id": "1795310000-411-7",
        "Acct-Session-Time": "100",
        "Acct-Status-Type": "Stop",
        "Acct-Terminate-Cause": "Session-Timeout",
        "Called-Station-Id": "vpn.contoso.com",
        "Calling-Station-Id": "198.51.100.20",
        "Class": "0123456789abcdef0123456789abcdef",
        "Event-Timestamp": "1795319585",
        "Evertunnel-Device": "laptop1",
        "Evertunnel-Gateway": "gateway1",
        "Evertunnel-Policy": "VPN Users",
        "Framed-IP-Address": "10.99.0.1",
        "NAS-IP-Address": "10.0.1.10",
        "NAS-Identifier": "gateway1",
        "NAS-Port-Type": "Virtual",
        "User-Name": "alice@corp.contoso.com",
    },
)
HOSTILE = Record(
    gateway="gateway1",
    session="reject-1",
    kind="Tunnel-Reject",
    number=1,
    at=AT,
    name="x",
    attributes={
        "Acct-Status-Type": "Tunnel-Reject",
        "Acct-Terminate-Cause": "No-Cause-We-Know",
        "User-Name": 'a","b\r\n"IAS",</User-Name><Event>&#0;\x00\x1b[2Jü\u2028',
        "Calling-Station-Id": "198.51.100.20",
    },
)


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize(("name", "record"), [("ours", OURS), ("hostile", HOSTILE)])
def test_record_is_written_as_nps_does(form: str, name: str, record: Record) -> None:
    golden, written = GOLDEN / f"{name}.{form}", FORMATS[form](record, "CORE1").encode()
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(written)

    assert written == golden.read_bytes()


def test_columns_are_as_many_as_nps_has_and_where_it_has_them() -> None:
    (row,) = csv.reader(io.StringIO(ias(OURS, "CORE1"), newline=""))

    assert len(COLUMNS) == 61
    assert len(row) == 5 + len(COLUMNS)
    assert (row[:5], row[5]) == (["CORE1", "IAS", "11/22/2026", "03:53:05", "4"], "alice@corp.contoso.com")
    assert (row[31], row[33], row[40]) == ("2", "5", "5")
    assert [row[26 - 1], row[25 - 1]] == ["0", "VPN Users"]


@pytest.mark.parametrize("record", [OURS, HOSTILE])
def test_line_is_one_line_and_one_event_whatever_the_name(record: Record) -> None:
    (row,) = csv.reader(io.StringIO(ias(record, "CORE1"), newline=""))
    event = ET.fromstring(dts(record, "CORE1"))  # noqa: S314 (it is our own)

    assert len(row) == 5 + len(COLUMNS)
    assert dts(record, "CORE1").count("\n") == 1
    assert len(event.findall("User-Name")) == 1
    assert event.findtext("Packet-Type") == "4"


def test_number_without_a_known_name_is_left_out() -> None:
    assert "Acct-Terminate-Cause" in dts(OURS, "CORE1")
    assert "Acct-Terminate-Cause" not in dts(HOSTILE, "CORE1")
