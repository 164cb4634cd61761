"""Accounting records as NPS writes them into its log files, so that what reads those reads these.

- `dts`: one XML element a line; data types 0 number, 1 text, 2 octets, 3 address, 4 time.
- `ias`: what Windows calls the ODBC format: columns in a fixed order, commas between them, text in quotes, no header.

Times are in UTC. A name is what somebody sent: what could end a field, a line or the file is taken out of its meaning.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from xml.sax.saxutils import escape

from evertunnel.radius.ledger_queries import Record

ACCOUNTING_REQUEST = "4"
SERVICE = "IAS"
GRANTED = "0"

# RFC 2866 5 and 2867, by the names that FreeRADIUS gives their numbers.
NUMBERS: Mapping[str, Mapping[str, str]] = {
    "Acct-Status-Type": {
        "Start": "1",
        "Stop": "2",
        "Interim-Update": "3",
        "Accounting-On": "7",
        "Accounting-Off": "8",
        "Tunnel-Start": "9",
        "Tunnel-Stop": "10",
        "Tunnel-Reject": "11",
    },
    "Acct-Authentic": {"RADIUS": "1", "Local": "2", "Remote": "3"},
    "Acct-Terminate-Cause": {
        name: str(number)
        for number, name in enumerate(
            (
                "User-Request",
                "Lost-Carrier",
                "Lost-Service",
                "Idle-Timeout",
                "Session-Timeout",
                "Admin-Reset",
                "Admin-Reboot",
                "Port-Error",
                "NAS-Error",
                "NAS-Request",
                "NAS-Reboot",
                "Port-Unneeded",
                "Port-Preempted",
                "Port-Suspended",
                "Service-Unavailable",
                "Callback",
                "User-Error",
                "Host-Request",
            ),
            1,
        )
    },
    "NAS-Port-Type": {"Async": "0", "Sync": "1", "Ethernet": "15", "Wireless-802.11": "19", "Virtual": "5"},
    "Service-Type": {"Login-User": "1", "Framed-User": "2", "Authorize-Only": "17"},
    "Framed-Protocol": {"PPP": "1"},
    "Tunnel-Type": {"PPTP": "1", "L2TP": "3", "AH": "6", "ESP": "9"},
    "Tunnel-Medium-Type": {"IPv4": "1", "IPv6": "2"},
}


class _Kind(Enum):
    NUMBER = 0
    TEXT = 1
    ADDRESS = 3
    TIME = 4


N, T, A, W = _Kind.NUMBER, _Kind.TEXT, _Kind.ADDRESS, _Kind.TIME

# NPS's columns, in its order, with the attribute that fills each; those without one stay empty.
COLUMNS: tuple[tuple[str, str, _Kind], ...] = (
    ("User-Name", "User-Name", T),
    ("Fully-Qualified-Distinguished-Name", "User-Name", T),
    ("Called-Station-ID", "Called-Station-Id", T),
    ("Calling-Station-ID", "Calling-Station-Id", T),
    ("Callback-Number", "Callback-Number", T),
    ("Framed-IP-Address", "Framed-IP-Address", A),
    ("NAS-Identifier", "NAS-Identifier", T),
    ("NAS-IP-Address", "NAS-IP-Address", A),
    ("NAS-Port", "NAS-Port", N),
    ("Client-Vendor", "", N),
    ("Client-IP-Address", "NAS-IP-Address", A),
    ("Client-Friendly-Name", "Evertunnel-Gateway", T),
    ("Event-Timestamp", "Event-Timestamp", W),
    ("Port-Limit", "Port-Limit", N),
    ("NAS-Port-Type", "NAS-Port-Type", N),
    ("Connect-Info", "Connect-Info", T),
    ("Framed-Protocol", "Framed-Protocol", N),
    ("Service-Type", "Service-Type", N),
    ("Authentication-Type", "", N),
    ("Policy-Name", "Evertunnel-Policy", T),
    ("Reason-Code", "Reason-Code", N),
    ("Class", "Class", T),
    ("Session-Timeout", "Session-Timeout", N),
    ("Idle-Timeout", "Idle-Timeout", N),
    ("Termination-Action", "Termination-Action", N),
    ("EAP-Friendly-Name", "", T),
    ("Acct-Status-Type", "Acct-Status-Type", N),
    ("Acct-Delay-Time", "Acct-Delay-Time", N),
    ("Acct-Input-Octets", "Acct-Input-Octets", N),
    ("Acct-Output-Octets", "Acct-Output-Octets", N),
    ("Acct-Session-Id", "Acct-Session-Id", T),
    ("Acct-Authentic", "Acct-Authentic", N),
    ("Acct-Session-Time", "Acct-Session-Time", N),
    ("Acct-Input-Packets", "Acct-Input-Packets", N),
    ("Acct-Output-Packets", "Acct-Output-Packets", N),
    ("Acct-Terminate-Cause", "Acct-Terminate-Cause", N),
    ("Acct-Multi-Ssn-ID", "Acct-Multi-Session-Id", T),
    ("Acct-Link-Count", "Acct-Link-Count", N),
    ("Acct-Interim-Interval", "Acct-Interim-Interval", N),
    ("Tunnel-Type", "Tunnel-Type", N),
    ("Tunnel-Medium-Type", "Tunnel-Medium-Type", N),
    ("Tunnel-Client-Endpt", "Tunnel-Client-Endpoint", T),
    ("Tunnel-Server-Endpt", "Tunnel-Server-Endpoint", T),
    ("Acct-Tunnel-Conn", "Acct-Tunnel-Connection", T),
    ("Tunnel-Pvt-Group-ID", "Tunnel-Private-Group-Id", T),
    ("Tunnel-Assignment-ID", "Tunnel-Assignment-Id", T),
    ("Tunnel-Preference", "Tunnel-Preference", N),
    ("MS-Acct-Auth-Type", "", N),
    ("MS-Acct-EAP-Type", "", N),
    ("MS-RAS-Version", "MS-RAS-Version", T),
    ("MS-RAS-Vendor", "MS-RAS-Vendor", N),
    ("MS-CHAP-Error", "", T),
    ("MS-CHAP-Domain", "", T),
    ("MS-MPPE-Encryption-Types", "", N),
    ("MS-MPPE-Encryption-Policy", "", N),
    ("Proxy-Policy-Name", "", T),
    ("Provider-Type", "", N),
    ("Provider-Name", "", T),
    ("Remote-Server-Address", "", A),
    ("MS-RAS-Client-Name", "", T),
    ("MS-RAS-Client-Version", "", T),
)

# What DTS calls differently, one of them with Microsoft's own spelling; and what only it has.
DTS_NAMES: Mapping[str, str] = {
    "Fully-Qualified-Distinguished-Name": "Fully-Qualifed-User-Name",
    "Called-Station-ID": "Called-Station-Id",
    "Calling-Station-ID": "Calling-Station-Id",
    "Policy-Name": "NP-Policy-Name",
    "Acct-Multi-Ssn-ID": "Acct-Multi-Session-Id",
    "Tunnel-Client-Endpt": "Tunnel-Client-Endpoint",
    "Tunnel-Server-Endpt": "Tunnel-Server-Endpoint",
}
DTS_MORE: tuple[tuple[str, str, _Kind], ...] = (
    ("Acct-Input-Gigawords", "Acct-Input-Gigawords", N),
    ("Acct-Output-Gigawords", "Acct-Output-Gigawords", N),
)


def dts(record: Record, computer: str) -> str:
    """A record as one line of a DTS compliant log."""
    said = _said(record)
    fields = [("Timestamp", W, _time(record.at, milliseconds=True)), ("Computer-Name", T, computer)]
    fields.append(("Event-Source", T, SERVICE))
    for column, attribute, kind in (*COLUMNS, *DTS_MORE):
        if value := _value(attribute, said.get(attribute, ""), kind):
            fields.append((DTS_NAMES.get(column, column), kind, value))
    fields.append(("Packet-Type", N, ACCOUNTING_REQUEST))
    elements = (f'<{name} data_type="{kind.value}">{_xml(value)}</{name}>' for name, kind, value in fields)
    return f"<Event>{''.join(elements)}</Event>\n"


def ias(record: Record, computer: str) -> str:
    """A record as one line of columns."""
    said = _said(record)
    day, _, hour = _time(record.at, milliseconds=False).partition(" ")
    fields = [_quoted(computer), _quoted(SERVICE), day, hour, ACCOUNTING_REQUEST]
    for _, attribute, kind in COLUMNS:
        value = _value(attribute, said.get(attribute, ""), kind)
        fields.append(value if kind in (N, W) else _quoted(value))
    return ",".join(fields) + "\r\n"


FORMATS: Mapping[str, Callable[[Record, str], str]] = {"dts": dts, "ias": ias}


def _said(record: Record) -> dict[str, str]:
    return {"Reason-Code": GRANTED, **record.attributes}


def _value(attribute: str, value: str, kind: _Kind) -> str:
    if kind is W:
        return _time(float(value), milliseconds=False) if value.isascii() and value.isdigit() else ""
    if kind is not N or not value:
        return value
    number = NUMBERS.get(attribute, {}).get(value, value)
    # A number that this table does not know by its name is left out: a word would break who reads the columns.
    return number if number.isascii() and number.isdigit() else ""


def _time(seconds: float, *, milliseconds: bool) -> str:
    text = datetime.fromtimestamp(seconds, UTC).strftime("%m/%d/%Y %H:%M:%S.%f")
    return text[:-3] if milliseconds else text[:-7]


def _quoted(text: str) -> str:
    return f'"{_plain(text).replace(chr(34), chr(34) * 2)}"' if text else ""


def _xml(text: str) -> str:
    return escape(_plain(text), {'"': "&quot;"})


def _plain(text: str) -> str:
    """Text without what XML 1.0 cannot hold and without what begins a line."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
