from ipaddress import IPv4Address

import pytest

from evertunnel.drivers.radius_values import Usage
from evertunnel.drivers.vici_values import Changed, Child, LogLine, Sa, event_of, number_of, sas_of
from evertunnel.errors import EngineRejected

SECTION = {
    "uniqueid": b"7",
    "state": b"ESTABLISHED",
    "remote-host": b"198.51.100.20",
    "remote-port": b"4500",
    "remote-id": b"O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
    "established": b"12",
    "remote-vips": [b"10.99.0.1"],
    "child-sas": {"device-3": {"name": b"device", "state": b"INSTALLED", "remote-ts": [b"10.99.0.1/32"]}},
}


def test_sa_is_read_whole() -> None:
    assert sas_of({"evertunnel-device-x": SECTION}) == (
        Sa(
            ike_id=7,
            connection="evertunnel-device-x",
            state="ESTABLISHED",
            remote_host="198.51.100.20",
            remote_port=4500,
            remote_id="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
            addresses=(IPv4Address("10.99.0.1"),),
            children=(Child(name="device", state="INSTALLED", remote_selectors=("10.99.0.1/32",)),),
            established_seconds=12,
        ),
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("uniqueid", b"seven"),
        ("uniqueid", b"9" * 30),
        ("state", [b"ESTABLISHED"]),
        ("remote-vips", b"10.99.0.1"),
        ("remote-vips", [b"fd00::1"]),
        ("child-sas", [b"device"]),
        ("child-sas", {"device": b"INSTALLED"}),
        ("remote-port", b"-1"),
    ],
)
def test_sa_that_does_not_fit_is_refused_with_what_is_wrong(key: str, value: object) -> None:
    with pytest.raises(EngineRejected, match=f"cannot be read: {key}"):
        sas_of({"x": {**SECTION, key: value}})


def test_events_are_read() -> None:
    (sa,) = sas_of({"x": SECTION})

    assert event_of("child-updown", {"up": b"yes", "x": SECTION}) == Changed(ike_id=7, up=True, sa=sa, shown=sa)
    assert event_of("child-updown", {"x": SECTION}) == Changed(ike_id=7, up=False, shown=sa)
    assert event_of("ike-updown", {"up": b"yes", "x": SECTION}) == Changed(ike_id=7, up=True)
    assert event_of("ike-updown", {"x": SECTION}) == Changed(ike_id=7, up=False)
    assert event_of("ike-updown", {}) is None
    assert event_of("log", {"group": b"IKE", "msg": b"\xff"}) == LogLine(ike_id=0, group="IKE", text="\\xff")
    line = {"group": b"IKE", "msg": b"x", "ikesa-name": b"evertunnel-device", "ikesa-uniqueid": b"7"}
    assert event_of("log", line) == LogLine(ike_id=7, group="IKE", text="x", connection="evertunnel-device")


def test_counters_are_read_where_charon_shows_them() -> None:
    child = {"name": b"device", "state": b"INSTALLED", "uniqueid": b"3"}
    counted = {**child, "bytes-in": b"10", "bytes-out": b"20", "packets-in": b"1", "packets-out": b"2"}

    (sa,) = sas_of({"x": {**SECTION, "child-sas": {"device-3": counted, "device-4": child}}})

    usage = Usage(in_octets=10, out_octets=20, in_packets=1, out_packets=2)
    assert [each.usage for each in sa.children] == [usage, None]


def test_rekeying_shows_both_child_sas() -> None:
    old = {"name": b"device", "state": b"REKEYED", "uniqueid": b"3", "bytes-in": b"10"}
    new = {"name": b"device", "state": b"INSTALLED", "uniqueid": b"4", "bytes-in": b"0"}

    event = event_of("child-rekey", {"x": {**SECTION, "child-sas": {"device": {"old": old, "new": new}}}})

    assert isinstance(event, Changed)
    assert event.shown is not None
    assert [(each.unique, each.usage and each.usage.in_octets) for each in event.shown.children] == [(3, 10), (4, 0)]


def test_user_is_whom_radius_authenticated() -> None:
    (sa,) = sas_of({"x": {**SECTION, "remote-eap-id": b"alice@corp.contoso.com"}})

    assert sa.remote_eap_id == "alice@corp.contoso.com"


def test_digits_of_other_scripts_are_no_number() -> None:
    with pytest.raises(EngineRejected):
        number_of({"uniqueid": "\u0667".encode()}, "uniqueid")
