"""Knocks at an IKEv2 responder: an IKE_SA_INIT that no gateway should agree to: it says no and keeps nothing."""

import secrets
import socket
import struct
from ipaddress import IPv4Address

IKE, IKE_NAT = 500, 4500
NON_ESP_MARKER = bytes(4)  # RFC 7296 2.23: it tells IKE from ESP on UDP 4500
PATIENCE, TRIES = 1.5, 3

HEADER = struct.Struct("!QQBBBBII")  # RFC 7296 3.1
SA, KE, NONCE, LAST = 33, 34, 40, 0
VERSION, IKE_SA_INIT, INITIATOR, RESPONSE = 0x20, 34, 0x08, 0x20
# (type, id): 3DES, HMAC-SHA1, HMAC-SHA1-96, MODP-1024; a gateway of ours refuses each (RFC 8247).
WEAK = ((1, 3), (2, 2), (3, 2), (4, 2))
MODP_1024, MODP_1024_OCTETS = 2, 128


def answers(address: IPv4Address, port: int) -> bool:
    """Whether an IKEv2 responder is there."""
    cookie = secrets.randbits(64) or 1
    request = initial(cookie, secrets.token_bytes(32), secrets.token_bytes(MODP_1024_OCTETS))
    marker = NON_ESP_MARKER if port == IKE_NAT else b""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
        knock.settimeout(PATIENCE)
        try:
            knock.connect((str(address), port))
            return any(_exchange(knock, marker, request, cookie) for _ in range(TRIES))
        except OSError:
            return False


def initial(cookie: int, nonce: bytes, public: bytes) -> bytes:
    """The IKE_SA_INIT request (RFC 7296 1.2)."""
    body = _payload(KE, _proposal()) + _payload(NONCE, struct.pack("!HH", MODP_1024, 0) + public)
    body += _payload(LAST, nonce)
    return HEADER.pack(cookie, 0, SA, VERSION, IKE_SA_INIT, INITIATOR, 0, HEADER.size + len(body)) + body


def is_answer(packet: bytes, cookie: int) -> bool:
    """Whether a packet answers the request: any IKE_SA_INIT response to it, a refusal most of all."""
    if len(packet) < HEADER.size:
        return False
    initiator, _, _, version, exchange, flags, _, length = HEADER.unpack_from(packet)
    ours = initiator == cookie and version >> 4 == VERSION >> 4 and exchange == IKE_SA_INIT
    return bool(ours and flags & RESPONSE and length == len(packet))


def _exchange(knock: socket.socket, marker: bytes, request: bytes, cookie: int) -> bool:
    try:
        knock.send(marker + request)
        return is_answer(knock.recv(4096).removeprefix(marker), cookie)
    except TimeoutError:
        return False


def _payload(following: int, body: bytes) -> bytes:
    return struct.pack("!BBH", following, 0, 4 + len(body)) + body


def _proposal() -> bytes:
    last = len(WEAK) - 1
    transforms = b"".join(
        struct.pack("!BBHBBH", 0 if index == last else 3, 0, 8, kind, 0, number)
        for index, (kind, number) in enumerate(WEAK)
    )
    return struct.pack("!BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, len(WEAK)) + transforms
