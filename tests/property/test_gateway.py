"""What engines may answer, however odd, is read or refused, and nothing else happens."""

import contextlib
from ipaddress import IPv4Address

from hypothesis import given, settings
from hypothesis import strategies as st
from pyrad.packet import AuthPacket  # noqa: TID251 (makes what a server would send)

from evertunnel.drivers.charon_log import line_of
from evertunnel.drivers.radius import Server, answer_of, dictionary, verified_reply
from evertunnel.drivers.radius_values import Accept, Reject
from evertunnel.drivers.vici_values import LogLine, event_of, sas_of
from evertunnel.errors import EngineRejected
from evertunnel.gateway.identity import serial_of
from evertunnel.gateway.refusals import Reader, Refusal
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
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["IKE", "ENC"]), st.text(max_size=60)), max_size=20),
    st.sampled_from(["5.9.8", "7.0"]),
)
def test_any_log_is_read(lines: list[tuple[int, str, str]], version: str) -> None:
    reader = Reader(version)

    for ike_id, group, text in lines:
        reader.read(LogLine(ike_id=ike_id, group=group, text=text), 0)


def written(ike_id: int, group: str, message: str, name: str = "evertunnel-device-x|") -> list[str]:
    """How charon writes a message to a file (file_logger.c): its prefix before every line of it."""
    return [f"09[{group}] <{name}{ike_id}> {line}" for line in message.split("\n")]


def refusals_in(text: str) -> dict[int, list[Refusal]]:
    reader, found = Reader("5.9.8"), dict[int, list[Refusal]]()
    for line in filter(None, map(line_of, text.split("\n"))):
        refusal = reader.read(line, 0)
        if refusal is not None:
            found.setdefault(line.ike_id, []).append(refusal)
    return found


HONEST = (
    ("IKE", "192.0.2.1 is initiating an IKE_SA"),
    ("CFG", "looking for peer configs matching 203.0.113.10[vpn.contoso.com]...192.0.2.1[O=Contoso, CN=honest]"),
    ("CFG", "constraint requires cert policy 1.3.6.1.4.1.32473.1.1"),
    ("ENC", "generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]"),
)
FORGED = (
    "\n",
    "\r",
    "\u2028",
    "\0",
    "]",
    "...",
    "<7> ",
    "<evertunnel-device-x|7> ",
    "09[ENC] <7> ",
    "09[IKE] <evertunnel-device-x|7> ",
    "certificate was revoked on x",
    "192.0.2.66 is initiating an IKE_SA",
    "generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]",
    "looking for peer configs matching a...192.0.2.66[O=Contoso, CN=forged]",
)
SPOKEN = (
    "looking for peer configs matching 203.0.113.10[b]...192.0.2.66[{}]",
    "no trusted RSA public key found for '{}'",
)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(SPOKEN),
            st.lists(st.sampled_from(FORGED) | st.text(max_size=8), max_size=6).map("".join),
            st.sampled_from(["evertunnel-device-x|", ""]),
        ),
        max_size=5,
    ),
    st.integers(0, 4),
)
def test_no_identity_however_hostile_changes_what_is_written_of_another(
    spoken: list[tuple[str, str, str]], place: int
) -> None:
    honest = [written(7, group, message) for group, message in HONEST]
    hostile = [written(8, "CFG", words.format(identity), name) for words, identity, name in spoken]
    lines = [line for message in (*honest[:place], *hostile, *honest[place:]) for line in message]

    assert refusals_in("\n".join(lines)).get(7) == refusals_in("\n".join(line for each in honest for line in each))[7]


@given(st.text(max_size=80))
def test_any_line_of_a_log_file_is_read_or_left(text: str) -> None:
    line = line_of(text)

    assert line is None or text.endswith(line.text)


@given(st.text(max_size=300))
def test_serial_is_what_stands_at_the_end_of_the_identity_or_nothing(identity: str) -> None:
    serial = serial_of(identity)

    assert serial is None or identity.endswith(f", serialNumber={serial}")
