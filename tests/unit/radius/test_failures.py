import json
from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel.errors import EngineUnavailable
from evertunnel.radius.failures import DATABASE, UNKNOWN, Failure, Failures, failures_about, read_failure

ALICE = "alice@corp.contoso.com"
ONE = Failure(
    at=100.0,
    name=ALICE,
    gateway="gateway1",
    outer="198.51.100.20",
    serial="6a",
    words="error 10 : certificate has expired",
)


def test_failure_is_read_as_freeradius_tells_it() -> None:
    said = {
        "User-Name": ["bob@corp.contoso.com"],
        "Evertunnel-Outer-Name": ["Alice@corp.contoso.com"],
        "NAS-Identifier": ["gateway1"],
        "Calling-Station-Id": ["198.51.100.20[4500]"],
        "TLS-Client-Cert-Serial": ["6a"],
        "Module-Failure-Message": ["error 10 : certificate has expired", "Alert write:fatal"],
    }

    assert read_failure(body(said), 100.0) == ONE


@pytest.mark.parametrize("wrong", [b"", b"[]", b"{}", b'{"User-Name": {"value": []}}', b'{"User-Name": 1}'])
def test_what_names_nobody_is_no_failure(wrong: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_failure(wrong, 100.0)


def test_what_a_stranger_sends_is_cut_short() -> None:
    found = read_failure(body({"User-Name": ["x" * 10_000], "Module-Failure-Message": ["y" * 10_000]}), 1.0)

    assert (len(found.name), len(found.words)) == (300, 300)


def test_failures_of_a_name_are_told_up_to_a_time_and_what_comes_again_counts(tmp_path: Path) -> None:
    failures = Failures(tmp_path)
    for each in (ONE, replace(ONE, at=200.0), replace(ONE, at=150.0, words="other"), replace(ONE, name="bob@x.y")):
        failures.keep(each)

    assert failures_about(tmp_path, ALICE.upper(), 300.0, 5) == (
        replace(ONE, at=150.0, words="other"),
        replace(ONE, at=200.0, times=2),
    )
    assert failures_about(tmp_path, ALICE, 199.0, 5) == (replace(ONE, at=150.0, words="other"),)
    assert failures_about(tmp_path, ALICE, 300.0, 1) == (replace(ONE, at=200.0, times=2),)


def test_stranger_fills_neither_the_disk_nor_anothers_place(tmp_path: Path) -> None:
    failures = Failures(tmp_path, most=20, most_of_one=5)
    failures.keep(ONE)
    for number in range(50):
        failures.keep(replace(ONE, at=200.0 + number, name=f"n{number}", outer="192.0.2.66"))

    assert failures_about(tmp_path, ALICE, 300.0, 5) == (ONE,)
    assert [n for n in range(50) if failures_about(tmp_path, f"n{n}", 300.0, 5)] == [45, 46, 47, 48, 49]

    for number in range(50):
        failures.keep(replace(ONE, at=300.0 + number, name=f"m{number}", outer=f"192.0.2.{number}"))

    assert [n for n in range(50) if failures_about(tmp_path, f"m{n}", 400.0, 5)] == list(range(30, 50))


def test_nothing_was_kept_and_what_is_damaged_is_said(tmp_path: Path) -> None:
    assert failures_about(tmp_path, ALICE, 300.0, 5) == ()
    (tmp_path / DATABASE).write_bytes(b"no database" * 100)
    with pytest.raises(EngineUnavailable, match=r"failures\.db"):
        failures_about(tmp_path, ALICE, 300.0, 5)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("eap_tls: (TLS) OpenSSL says error 26 : unsuitable certificate purpose", "not for signing in to a VPN"),
        ("eap_tls: (TLS) OpenSSL says error 10 : certificate has expired", "has expired"),
        ("eap_tls: (TLS) OpenSSL says error 20 : unable to get local issuer certificate", "another authority's"),
        ("eap_tls: (TLS) OpenSSL says error 23 : certificate revoked", "on the revocation list"),
        ("eap_tls: (TLS) TLS - Alert read:fatal:unknown CA", "did not accept this server's certificate"),
        ("something new", UNKNOWN),
    ],
)
def test_words_are_explained(words: str, text: str) -> None:
    assert text in replace(ONE, words=words).text


def body(said: dict[str, list[str]]) -> bytes:
    return json.dumps({name: {"type": "string", "value": value} for name, value in said.items()}).encode()
