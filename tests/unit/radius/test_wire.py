import json
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evertunnel.access import Check, Decision, Limits, Question, Reason
from evertunnel.radius.wire import ALLOW, REFUSE, SETTINGS, read_authentication, read_question, write_answer

ASKED = {
    "User-Name": "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=1a",
    "Service-Type": "Authorize-Only",
    "Evertunnel-Serial": "1a",
    "Evertunnel-Tunnel": "device",
    "NAS-Identifier": "gateway1",
    "Calling-Station-Id": "198.51.100.20",
    "Framed-IP-Address": "10.99.0.5",
    "Acct-Session-Id": "4-17",
    "NAS-Port-Type": "Virtual",
}


def test_question_is_read_word_for_word() -> None:
    assert read_question(body(ASKED)) == Question(
        tunnel="device",
        identity=ASKED["User-Name"],
        serial="1a",
        gateway="gateway1",
        outer="198.51.100.20",
        inner="10.99.0.5",
        session="4-17",
        port_type="Virtual",
    )


@pytest.mark.parametrize("name", ["User-Name", "Service-Type", "Evertunnel-Serial", "Evertunnel-Tunnel"])
def test_question_that_lacks_something_is_not_understood(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_question(body({key: value for key, value in ASKED.items() if key != name}))


@pytest.mark.parametrize("name", sorted(ASKED))
def test_attribute_with_two_values_is_not_understood(name: str) -> None:
    document = json.loads(body(ASKED))
    document[name]["value"].append("x")

    with pytest.raises(ValueError, match=name):
        read_question(json.dumps(document).encode())


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"1", b"{", b"\xff", b"[" * 100_000, b'{"a": 1, "a": 2}', b'{"User-Name": {"value": [1]}}']
)
def test_what_is_no_question_is_not_understood(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_question(raw)


@given(
    st.binary()
    | st.dictionaries(st.sampled_from(sorted(ASKED)), st.text() | st.lists(st.text())).map(json.dumps).map(str.encode)
)
def test_any_bytes_give_a_question_or_a_value_error(raw: bytes) -> None:
    try:
        read_question(raw)
    except ValueError:
        return


def test_allowance_is_what_freeradius_looks_for() -> None:
    decision = allowed("laptop1", Limits(session_seconds=60))

    line = write_answer("token", decision, "0" * 32).decode()

    found = re.fullmatch(f"token {ALLOW}", line)
    assert found is not None
    assert found.groups() == ("laptop1", "management", "60", "0" * 32, "- - - - -")


def test_settings_of_an_allowance_are_told_apart() -> None:
    limits = Limits(
        session_seconds=60, class_="staff", pool="users", address="10.98.0.7", idle_seconds=900, interim_seconds=30
    )

    line = write_answer("token", allowed("alice@corp.contoso.com", limits), "0" * 32, "others").decode()

    allow = re.fullmatch(f"token {ALLOW}", line)
    assert allow is not None
    settings = re.fullmatch(SETTINGS, allow[5])
    assert settings is not None
    assert settings.groups() == ("staff", "users", "10.98.0.7", "900", "30")


def test_pool_that_nobody_decided_is_the_tunnels() -> None:
    line = write_answer("token", allowed("alice@corp.contoso.com", Limits(session_seconds=60)), "0" * 32, "users")

    assert line.endswith(b" - users - - -")


@pytest.mark.parametrize(
    "limits",
    [
        Limits(session_seconds=60, class_="a b"),
        Limits(session_seconds=60, class_=""),
        Limits(session_seconds=60, class_="pool:others"),
        Limits(session_seconds=60, pool="-x"),
        Limits(session_seconds=60, address="here"),
    ],
)
def test_settings_that_radius_cannot_carry_are_no_answer(limits: Limits) -> None:
    with pytest.raises(ValueError, match="not an answer"):
        write_answer("token", allowed("alice@corp.contoso.com", limits), "0" * 32)


@pytest.mark.parametrize("device", ["laptop 1", "laptop1 management 9 x", "", "x\ntoken allow y", "a" * 254])
def test_allowance_that_radius_cannot_carry_is_no_answer(device: str) -> None:
    decision = allowed(device, Limits(session_seconds=60))

    with pytest.raises(ValueError, match="not an answer"):
        write_answer("token", decision, "0" * 32)


PROVED: dict[str, str | int] = {
    "User-Name": "alice@corp.contoso.com",
    "Evertunnel-Outer-Name": "alice@corp.contoso.com",
    "Evertunnel-Eap-Type": "eap-tls",
    "Evertunnel-Client": "10.0.1.10",
    "TLS-Client-Cert-Serial": "5F",
    "TLS-Client-Cert-Subject-Alt-Name-Upn": "alice@corp.contoso.com",
    "NAS-Identifier": "gateway1",
    "NAS-Port": 17,
    "NAS-Port-Type": "Virtual",
}


def test_authentication_is_read_word_for_word() -> None:
    assert read_authentication(body(PROVED)) == Question(
        tunnel="user",
        phase="eap",
        identity="alice@corp.contoso.com",
        serial="5F",
        outer_name="alice@corp.contoso.com",
        eap_type="eap-tls",
        gateway="gateway1",
        gateway_address="10.0.1.10",
        port="17",
        port_type="Virtual",
    )


def test_name_said_inside_peap_does_not_hide_behind_the_one_outside() -> None:
    question = read_authentication(body({**PROVED, "User-Name": "bob@corp.contoso.com"}))

    assert question.outer_name == "alice@corp.contoso.com outside, bob@corp.contoso.com inside"


def test_certificate_without_a_users_name_is_a_question_without_identity() -> None:
    named = "TLS-Client-Cert-Subject-Alt-Name-Upn"

    assert read_authentication(body({name: PROVED[name] for name in PROVED if name != named})).identity == ""


@pytest.mark.parametrize("name", ["User-Name", "Evertunnel-Outer-Name", "Evertunnel-Eap-Type"])
def test_authentication_that_lacks_something_is_not_understood(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_authentication(body({key: value for key, value in PROVED.items() if key != name}))


def test_certificate_with_two_users_names_is_not_understood() -> None:
    document = json.loads(body(PROVED))
    document["TLS-Client-Cert-Subject-Alt-Name-Upn"]["value"].append("bob@corp.contoso.com")

    with pytest.raises(ValueError, match="Upn"):
        read_authentication(json.dumps(document).encode())


def test_serial_that_a_gateway_says_of_a_user_is_not_heard() -> None:
    question = read_question(body({**ASKED, "Evertunnel-Tunnel": "user", "User-Name": "alice@corp.contoso.com"}))

    assert question.serial == ""


@given(st.text(min_size=1))
def test_refusal_is_one_line_whatever_it_says(sentence: str) -> None:
    reason = Reason(code=289, name="x", sentence=sentence)
    decision = Decision(allow=False, checks=(Check(name="x", observed="", reason=reason),))

    line = write_answer("token", decision, "0" * 32).decode()

    found = re.fullmatch(f"token {REFUSE}", line)
    assert found is not None
    assert len(found[1]) <= 253


def allowed(name: str, limits: Limits) -> Decision:
    return Decision(allow=True, checks=(), name=name, reach="management", limits=limits)


def body(asked: Mapping[str, str | int]) -> bytes:
    return json.dumps({name: {"type": "string", "value": [value]} for name, value in asked.items()}).encode()
