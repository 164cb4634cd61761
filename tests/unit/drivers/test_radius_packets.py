from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from pyrad.packet import AcctPacket

from evertunnel.drivers.radius_packets import Sender, Server, accounting_request, dictionary, verified_reply
from evertunnel.drivers.radius_values import Accounting, Status, Usage
from evertunnel.errors import EngineRejected
from evertunnel.values import Secret

SECRET = b"a-secret-for-tests"
SERVER = Server(
    address=IPv4Address("127.0.0.1"), port=1813, secret=Secret(SECRET.decode()), vendor=32473, seconds=0.2, tries=2
)
SENDER = Sender(name="gateway1", address=IPv4Address("10.0.1.10"), called="vpn.contoso.com")
STOP = Accounting(
    status=Status.STOP,
    session="1-7",
    number=9,
    at=1_000_100.9,
    started=1_000_000.2,
    tunnel="user",
    name="alice@corp.contoso.com",
    device="laptop1",
    outer="198.51.100.20",
    inner="10.99.0.1",
    policy="VPN Users",
    class_="4f5c",
    usage=Usage(in_octets=2**32 * 3 + 5, out_octets=6, in_packets=7, out_packets=8),
    cause="Session-Timeout",
    text="its time is over",
    interim=300,
)


def test_record_travels_signed_with_all_it_says() -> None:
    asked = decoded(STOP)

    assert asked.VerifyAcctRequest()
    assert asked.verify_message_authenticator()
    assert {name: asked[name][0] for name in asked.keys() if name != "Message-Authenticator"} == {  # noqa: SIM118 (pyrad's packet is no mapping)
        "Acct-Status-Type": "Stop",
        "Acct-Session-Id": "1-7",
        "Event-Timestamp": 1_000_100,
        "User-Name": "alice@corp.contoso.com",
        "NAS-Identifier": "gateway1",
        "NAS-IP-Address": "10.0.1.10",
        "NAS-Port-Type": "Virtual",
        "Called-Station-Id": "vpn.contoso.com",
        "Calling-Station-Id": "198.51.100.20",
        "Framed-IP-Address": "10.99.0.1",
        "Class": b"4f5c",
        "Acct-Terminate-Cause": "Session-Timeout",
        "Evertunnel-Record": 9,
        "Evertunnel-Tunnel": "user",
        "Evertunnel-Device": "laptop1",
        "Evertunnel-Policy": "VPN Users",
        "Evertunnel-Cause": "its time is over",
        "Acct-Authentic": "RADIUS",
        "Acct-Interim-Interval": 300,
        "Acct-Session-Time": 100,
        "Acct-Input-Octets": 5,
        "Acct-Input-Gigawords": 3,
        "Acct-Output-Octets": 6,
        "Acct-Output-Gigawords": 0,
        "Acct-Input-Packets": 7,
        "Acct-Output-Packets": 8,
    }


def test_packets_beyond_a_word_travel_whole() -> None:
    asked = decoded(replace(STOP, usage=Usage(in_packets=2**32 + 1, out_packets=2)))

    assert asked["Evertunnel-Packets"] == ["4294967297 2"]
    assert asked["Acct-Input-Packets"] == [1]


def test_refusal_has_no_counters() -> None:
    asked = decoded(replace(STOP, status=Status.REJECT, inner="", cause=""))

    assert asked["Acct-Status-Type"] == ["Tunnel-Reject"]
    assert not {"Acct-Input-Octets", "Acct-Session-Time", "Framed-IP-Address"} & set(asked.keys())


def test_record_that_does_not_fit_is_refused() -> None:
    with pytest.raises(EngineRejected, match="Evertunnel-Cause does not fit"):
        accounting_request(replace(STOP, text="x" * 248), SENDER, SERVER, dictionary(32473))
    accounting_request(replace(STOP, text="x" * 247), SENDER, SERVER, dictionary(32473))


def test_only_an_answer_to_this_very_record_counts() -> None:
    asked = accounting_request(STOP, SENDER, SERVER, dictionary(32473))
    asked.id = 7
    received = AcctPacket(packet=asked.RequestPacket(), secret=SECRET, dict=dictionary(32473))
    another = accounting_request(replace(STOP, number=8), SENDER, SERVER, dictionary(32473))
    another.id = 7
    another.RequestPacket()
    good = received.CreateReply().ReplyPacket()
    forged = AcctPacket(packet=asked.RequestPacket(), secret=b"another", dict=dictionary(32473)).CreateReply()

    assert verified_reply(asked, good) is not None
    assert verified_reply(another, good) is None
    assert verified_reply(asked, forged.ReplyPacket()) is None
    assert verified_reply(asked, bytes([2]) + good[1:]) is None


def decoded(record: Accounting) -> AcctPacket:
    packet = accounting_request(record, SENDER, SERVER, dictionary(32473))
    packet.id = 1
    return AcctPacket(packet=packet.RequestPacket(), secret=SECRET, dict=dictionary(32473))
