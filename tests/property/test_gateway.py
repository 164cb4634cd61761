"""What engines may answer, however odd, is read or refused, and nothing else happens."""

import contextlib
from ipaddress import IPv4Address

from hypothesis import given, settings
from hypothesis import strategies as st
from pyrad.packet import AuthPacket  # noqa: TID251 (makes what a server would send)

from evertunnel.drivers.radius import Server, answer_of, dictionary, verified_reply
from evertunnel.drivers.radius_values import Accept, Reject
from evertunnel.drivers.vici_values import LogLine, event_of, sas_of
from evertunnel.errors import EngineRejected
from evertunnel.gateway.identity import serial_of
from evertunnel.gateway.refusals import Reader
from evertunnel.values import Secret

KEYS = ["uniqueid", "state", "remote-vips", "local-vips", "child-sas", "remote-id", "remote-ts", "name", "up", "msg"]
leaves = st.binary(max_size=12) | st.lists(st.binary(max_size=12), max_size=3)
messages = st.recursive(
    st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), leaves, max_size=4),
    lambda inner: st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), leaves | inner, max_size=5),
    max_leaves=12,
)
SECRET = b"a-secret-for-tests"
ATTRIBUTES = dictionary(32473)
SERVER = Server(
    address=IPv4Address("127.0.0.1"), port=1, secret=Secret(SECRET.decode()), vendor=32473, seconds=1, tries=1
)


@given(messages, st.sampled_from(["log", "ike-updown", "child-updown"]))
def test_any_vici_message_is_read_or_refused(message: dict[str, object], event: str) -> None:
    with contextlib.suppress(EngineRejected):
        sas_of(message)
    with contextlib.suppress(EngineRejected):
        event_of(event, message)


def asked() -> AuthPacket:
    packet = AuthPacket(code=1, id=7, secret=SECRET, authenticator=b"0123456789abcdef", dict=ATTRIBUTES)
    packet.add_message_authenticator()
    return packet


@given(
    st.binary(max_size=80)
    | st.binary(max_size=60).map(lambda tail: b"\x02\x07" + (20 + len(tail)).to_bytes(2, "big") + bytes(16) + tail)
)
def test_no_datagram_without_the_secret_is_an_answer(data: bytes) -> None:
    assert verified_reply(asked(), data) is None


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 11, 18, 25, 26, 27, 80, 33, 200]), st.binary(min_size=1, max_size=40)), max_size=8
    ),
    st.booleans(),
)
def test_any_genuine_answer_is_read(attributes: list[tuple[int, bytes]], rejected: bool) -> None:  # noqa: FBT001 (drawn)
    reply = asked().CreateReply()
    reply.code = 3 if rejected else 2
    for code, value in attributes:
        if code not in (80, 33):
            reply.setdefault(code, []).append(value)

    read = verified_reply(asked(), reply.ReplyPacket())

    assert read is not None
    assert isinstance(answer_of(read), Reject if rejected else Accept)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 3), st.text(max_size=60)), max_size=20), st.sampled_from(["5.9.8", "7.0"]))
def test_any_log_is_read(lines: list[tuple[int, str]], version: str) -> None:
    reader = Reader(version)

    for ike_id, text in lines:
        reader.read(LogLine(ike_id=ike_id, group="IKE", text=text), 0)


@given(st.text(max_size=300))
def test_serial_is_what_stands_at_the_end_of_the_identity_or_nothing(identity: str) -> None:
    serial = serial_of(identity)

    assert serial is None or identity.endswith(f", serialNumber={serial}")
