import json

import pytest

from evertunnel.drivers.radius_values import Usage
from evertunnel.radius.accounting_wire import RAW, read_report

OURS = {
    "Acct-Status-Type": "Stop",
    "Evertunnel-Gateway": "gateway1",
    "Evertunnel-Record": 4,
    "Acct-Session-Time": 100,
    "Acct-Input-Octets": 5,
    "Acct-Input-Gigawords": 2,
    "Acct-Output-Octets": 6,
    "Acct-Delay-Time": 70,
    "Framed-IP-Address": "10.99.0.1",
    "Message-Authenticator": "secret",
}
TEXT = {"User-Name": "al%{x}ü", "Acct-Session-Id": "1-7", "Class": "4f5c", "Evertunnel-Tunnel": "user"}


def test_record_is_read() -> None:
    report = read_report(body(OURS, TEXT, stamp=1_000_000), 0.0)

    assert (report.status, report.gateway, report.session, report.number) == ("Stop", "gateway1", "1-7", 4)
    assert (report.at, report.started) == (1_000_000.0, 999_900.0)
    assert (report.name, report.class_, report.inner, report.tunnel) == ("al%{x}ü", "4f5c", "10.99.0.1", "user")
    assert report.usage == Usage(in_octets=2 * 2**32 + 5, out_octets=6)


def test_what_is_kept_has_no_secret_and_nothing_of_freeradius() -> None:
    report = read_report(body(OURS, TEXT, stamp=1), 0.0)

    assert not {RAW, "Message-Authenticator", "Arrived", "Acct-Delay-Time"} & set(report.attributes)


def test_packets_beyond_a_word_are_read_whole() -> None:
    report = read_report(body(OURS, {**TEXT, "Evertunnel-Packets": "4294967297 3"}), 0.0)

    assert (report.usage.in_packets, report.usage.out_packets) == (4294967297, 3)


def test_time_without_a_time_stamp_is_the_arrival_without_the_senders_delay() -> None:
    lines = ["Arrived 1000", f"Acct-Session-Id {b'7'.hex()}", "Acct-Delay-Time 00000005"]

    assert read_report(body(OURS, {}, lines=lines), 0.0).at == 995.0
    assert read_report(body(OURS, {}, lines=lines[:2]), 0.0).at == 1000.0


def test_computer_of_windows_is_a_device_and_who_says_nothing_a_user() -> None:
    said = {"Acct-Session-Id": "7", "User-Name": "host/laptop1.corp.contoso.com"}

    assert read_report(body(OURS, said), 0.0).tunnel == "device"
    assert read_report(body(OURS, {**said, "User-Name": "CONTOSO\\alice"}), 0.0).tunnel == "user"


def test_class_that_is_no_text_is_written_in_digits() -> None:
    lines = [f"Acct-Session-Id {b'7'.hex()}", "Class 00ff41"]

    assert read_report(body(OURS, {}, lines=lines), 0.0).class_ == "0x00ff41"


def test_interim_record_that_does_not_say_how_long_has_no_start() -> None:
    said = {name: value for name, value in OURS.items() if name != "Acct-Session-Time"}

    assert read_report(body(said, TEXT), 0.0).started is None


@pytest.mark.parametrize(
    "wrong",
    [b"", b"[]", b"{}", b"[" * 100_000, b'{"Acct-Status-Type": {"value": ["Stop"]}}', b"\xff", b'{"a": 1}'],
)
def test_what_is_no_record_is_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (each kind of rubbish is refused in words of its own)
        read_report(wrong, 0.0)


def test_digits_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        read_report(body(OURS, {}, lines=["User-Name zz"]), 0.0)


def body(said: dict[str, object], text: dict[str, str], *, stamp: int = 0, lines: list[str] | None = None) -> bytes:
    raw = [f"{name} {value.encode().hex()}" for name, value in text.items()]
    raw += [f"Event-Timestamp {stamp:08x}"] if stamp else []
    document = {name: {"type": "x", "value": [value]} for name, value in said.items()}
    return json.dumps({**document, RAW: {"type": "string", "value": [*raw, *(lines or [])]}}).encode()
