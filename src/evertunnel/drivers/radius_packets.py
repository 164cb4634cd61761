"""RADIUS packets of ours: what goes into requests, and what a reply says once it is known to be genuine."""

import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from pyrad.dictionary import Attribute, Dictionary
from pyrad.packet import (
    AccessAccept,
    AccessReject,
    AccountingResponse,
    AcctPacket,
    AuthPacket,
    Packet,
    PacketError,
    StatusServer,
)

from evertunnel.drivers.radius_values import Accept, Accounting, Question, Reject, Status
from evertunnel.errors import EngineRejected
from evertunnel.values import Secret

WORD = 2**32
VENDOR_HEADER = 6
AUTHENTICATOR = 16
TUNNEL_TYPE, ESP = 64, 9
LONGEST_VALUE = 253  # RFC 2865 5.1: an attribute's length octet counts its header of two

DICTIONARY = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE NAS-Port 5 integer
ATTRIBUTE Service-Type 6 integer
VALUE Service-Type Authorize-Only 17
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Filter-Id 11 string
ATTRIBUTE Reply-Message 18 string
ATTRIBUTE Class 25 octets
ATTRIBUTE Session-Timeout 27 integer
ATTRIBUTE Called-Station-Id 30 string
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Acct-Status-Type 40 integer
VALUE Acct-Status-Type Start 1
VALUE Acct-Status-Type Stop 2
VALUE Acct-Status-Type Interim-Update 3
VALUE Acct-Status-Type Tunnel-Reject 11
ATTRIBUTE Acct-Input-Octets 42 integer
ATTRIBUTE Acct-Output-Octets 43 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Acct-Authentic 45 integer
VALUE Acct-Authentic RADIUS 1
ATTRIBUTE Acct-Session-Time 46 integer
ATTRIBUTE Acct-Input-Packets 47 integer
ATTRIBUTE Acct-Output-Packets 48 integer
ATTRIBUTE Acct-Terminate-Cause 49 integer
VALUE Acct-Terminate-Cause User-Request 1
VALUE Acct-Terminate-Cause Lost-Carrier 2
VALUE Acct-Terminate-Cause Idle-Timeout 4
VALUE Acct-Terminate-Cause Session-Timeout 5
VALUE Acct-Terminate-Cause Admin-Reset 6
VALUE Acct-Terminate-Cause NAS-Error 9
VALUE Acct-Terminate-Cause NAS-Reboot 11
VALUE Acct-Terminate-Cause Port-Preempted 13
VALUE Acct-Terminate-Cause Service-Unavailable 15
ATTRIBUTE Acct-Input-Gigawords 52 integer
ATTRIBUTE Acct-Output-Gigawords 53 integer
ATTRIBUTE Event-Timestamp 55 date
ATTRIBUTE NAS-Port-Type 61 integer
VALUE NAS-Port-Type Virtual 5
ATTRIBUTE Message-Authenticator 80 octets
ATTRIBUTE Acct-Interim-Interval 85 integer
VENDOR Evertunnel {vendor}
BEGIN-VENDOR Evertunnel
ATTRIBUTE Evertunnel-Serial 1 string
ATTRIBUTE Evertunnel-Tunnel 2 string
ATTRIBUTE Evertunnel-Record 16 integer
ATTRIBUTE Evertunnel-Device 17 string
ATTRIBUTE Evertunnel-Policy 18 string
ATTRIBUTE Evertunnel-Cause 19 string
ATTRIBUTE Evertunnel-Packets 20 string
END-VENDOR Evertunnel
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The RADIUS server, and how patiently it is asked."""

    address: IPv4Address
    port: int
    secret: Secret
    vendor: int
    seconds: float
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The gateway that accounts, as its records name it."""

    name: str
    address: IPv4Address
    called: str


def dictionary(vendor: int) -> Dictionary:
    """The attributes that travel between a gateway and its RADIUS server."""
    return Dictionary(io.StringIO(DICTIONARY.format(vendor=vendor)))


def request(question: Question, server: Server, attributes: Dictionary) -> AuthPacket:
    """The Authorize-Only request (RFC 5176 1.2) for a question."""
    packet = _packet(server, attributes, code=1)
    _add(
        packet,
        {
            "Service-Type": "Authorize-Only",
            "NAS-Port-Type": "Virtual",
            "User-Name": question.identity,
            "NAS-Identifier": question.nas_name,
            "NAS-IP-Address": str(question.nas_address),
            "Calling-Station-Id": question.outer,
            "Called-Station-Id": question.called,
            "Framed-IP-Address": str(question.address),
            "Acct-Session-Id": question.session,
            "NAS-Port": question.port,
            "Evertunnel-Tunnel": question.tunnel,
            **({"Evertunnel-Serial": str(question.serial)} if question.serial is not None else {}),
        },
    )
    # RFC 2868 3.1: an octet that tags nothing, and the number for ESP.
    packet[TUNNEL_TYPE] = [ESP.to_bytes(4, "big")]
    return packet


def accounting_request(record: Accounting, sender: Sender, server: Server, attributes: Dictionary) -> AcctPacket:
    """The Accounting-Request (RFC 2866 4.1) for a record; pyrad signs it when it is encoded."""
    packet = AcctPacket(secret=server.secret.reveal().encode(), dict=attributes)
    packet.add_message_authenticator()
    said: dict[str, str | int | bytes] = {
        "Acct-Status-Type": record.status.value,
        "Acct-Session-Id": record.session,
        "Event-Timestamp": int(record.at),
        "User-Name": record.name,
        "NAS-Identifier": sender.name,
        "NAS-IP-Address": str(sender.address),
        "NAS-Port-Type": "Virtual",
        "Called-Station-Id": sender.called,
        "Calling-Station-Id": record.outer,
        "Framed-IP-Address": record.inner,
        "Class": record.class_.encode(),
        "Acct-Terminate-Cause": record.cause,
        "Evertunnel-Record": record.number,
        "Evertunnel-Tunnel": record.tunnel,
        "Evertunnel-Device": record.device,
        "Evertunnel-Policy": record.policy,
        "Evertunnel-Cause": record.text,
    }
    if record.status is not Status.REJECT:
        said |= {"Acct-Authentic": "RADIUS", "Acct-Interim-Interval": record.interim, **_usage(record)}
    # RFC 2865 5: no text attribute is empty.
    _add(packet, {name: value for name, value in said.items() if value not in ("", b"")})
    return packet


def _usage(record: Accounting) -> dict[str, str | int | bytes]:
    usage = record.usage
    octets = {
        f"Acct-{way}-{unit}": number
        for way, count in (("Input", usage.in_octets), ("Output", usage.out_octets))
        for unit, number in (("Octets", count % WORD), ("Gigawords", count // WORD))
    }
    # RFC 2869 has gigawords for octets alone; packets beyond a word go in an attribute of ours, whole.
    packets: dict[str, str | int | bytes] = {
        "Acct-Input-Packets": usage.in_packets % WORD,
        "Acct-Output-Packets": usage.out_packets % WORD,
    }
    if max(usage.in_packets, usage.out_packets) >= WORD:
        packets["Evertunnel-Packets"] = f"{usage.in_packets} {usage.out_packets}"
    return {"Acct-Session-Time": record.seconds, **octets, **packets}


def _add(packet: Packet, said: Mapping[str, str | int | bytes]) -> None:
    """Adds attributes as they travel: pyrad's own way looks each name up five times."""
    for name, value in said.items():
        attribute = packet.dict.attributes[name]
        octets = _octets(attribute, value)
        # An attribute of a vendor's has a header of its own inside the other (RFC 2865 5.26).
        if len(octets) > LONGEST_VALUE - (VENDOR_HEADER if attribute.vendor else 0):
            raise EngineRejected(f"{name} does not fit into a RADIUS attribute: {len(octets)} octets")
        vendor = packet.dict.vendors.GetForward(attribute.vendor) if attribute.vendor else None
        packet[attribute.code if vendor is None else (vendor, attribute.code)] = [octets]


def _octets(attribute: Attribute, value: str | int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return value.to_bytes(4, "big")
    match attribute.type:
        case "string":
            return value.encode()
        case "ipaddr":
            return IPv4Address(value).packed
        case _:
            return bytes(attribute.values.GetForward(value))


def verified_reply(asked: Packet, data: bytes) -> Packet | None:
    """The reply in a datagram, or None where it is malformed, forged, or lacks a right Message-Authenticator.

    An Accounting-Response need not have one; its Response Authenticator covers all of it.
    """
    try:
        # Decoded without a dictionary: values stay octets, and no attribute of a stranger's can trip its decoder.
        reply = Packet(packet=data, secret=asked.secret, dict=Dictionary())
        genuine = asked.VerifyReply(reply, data, enforce_ma=True)
    except (PacketError, ValueError, KeyError, IndexError, TypeError):
        return None
    expected = (AccountingResponse,) if isinstance(asked, AcctPacket) else (AccessAccept, AccessReject)
    return reply if genuine and reply.code in expected else None


def answer_of(reply: Packet) -> Accept | Reject:
    """What a verified reply says; an attribute that is there twice says nothing."""
    if reply.code == AccessReject:
        return Reject(message=" ".join(_text(value) for value in reply.get(18, [])))
    return Accept(
        name=_text(_single(reply, 1)),
        reach=_text(_single(reply, 11)),
        seconds=_number(reply, 27),
        idle=_number(reply, 28),
        interim=_number(reply, 85),
        decision=_single(reply, 25).hex() if not _single(reply, 25).isascii() else _text(_single(reply, 25)),
    )


def status_server(server: Server, attributes: Dictionary) -> AuthPacket:
    """The question whether a server lives (RFC 5997)."""
    return _packet(server, attributes, code=StatusServer)


def _packet(server: Server, attributes: Dictionary, *, code: int) -> AuthPacket:
    packet = AuthPacket(code=code, secret=server.secret.reveal().encode(), dict=attributes)
    # pyrad's own makes some thirty calls of the kernel for its sixteen octets.
    packet.authenticator = secrets.token_bytes(AUTHENTICATOR)
    packet.add_message_authenticator()
    return packet


def _single(reply: Packet, code: int) -> bytes:
    values = reply.get(code, [])
    return values[0] if len(values) == 1 else b""


def _number(reply: Packet, code: int) -> int | None:
    """A 32-bit number; 0 where something else stands there."""
    value = _single(reply, code)
    return None if code not in reply else int.from_bytes(value, "big") if len(value) == 4 else 0


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
