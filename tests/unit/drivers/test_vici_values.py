from ipaddress import IPv4Address

import pytest

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

    assert event_of("child-updown", {"up": b"yes", "x": SECTION}) == Changed(ike_id=7, up=True, sa=sa)
    assert event_of("child-updown", {"x": SECTION}) == Changed(ike_id=7, up=False)
    assert event_of("ike-updown", {"up": b"yes", "x": SECTION}) == Changed(ike_id=7, up=True)
    assert event_of("ike-updown", {"x": SECTION}) == Changed(ike_id=7, up=False)
    assert event_of("ike-updown", {}) is None
    assert event_of("log", {"group": b"IKE", "msg": b"\xff"}) == LogLine(ike_id=0, group="IKE", text="\\xff")


def test_digits_of_other_scripts_are_no_number() -> None:
    with pytest.raises(EngineRejected):
        number_of({"uniqueid": "\u0667".encode()}, "uniqueid")
