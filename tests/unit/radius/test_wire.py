import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evertunnel.access import Check, Decision, Limits, Question, Reason
from evertunnel.radius.wire import ALLOW, REFUSE, read_question, write_answer

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
    )


@pytest.mark.parametrize("name", ["User-Name", "Service-Type", "Evertunnel-Serial", "Evertunnel-Tunnel"])
def test_question_that_lacks_something_is_not_understood(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_question(body({key: value for key, value in ASKED.items() if key != name}))


@pytest.mark.parametrize("name", sorted(set(ASKED) - {"NAS-Port-Type"}))
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
    decision = Decision(allow=True, checks=(), device="laptop1", reach="management", limits=Limits(session_seconds=60))

    line = write_answer("token", decision, "0" * 32).decode()

    found = re.fullmatch(f"token {ALLOW}", line)
    assert found is not None
    assert found.groups() == ("laptop1", "management", "60", "0" * 32)


@pytest.mark.parametrize("device", ["laptop 1", "laptop1 management 9 x", "", "x\ntoken allow y"])
def test_allowance_that_radius_cannot_carry_is_no_answer(device: str) -> None:
    decision = Decision(allow=True, checks=(), device=device, reach="management", limits=Limits(session_seconds=60))

    with pytest.raises(ValueError, match="not an answer"):
        write_answer("token", decision, "0" * 32)


@given(st.text(min_size=1))
def test_refusal_is_one_line_whatever_it_says(sentence: str) -> None:
    reason = Reason(code=289, name="x", sentence=sentence)
    decision = Decision(allow=False, checks=(Check(name="x", observed="", reason=reason),))

    line = write_answer("token", decision, "0" * 32).decode()

    found = re.fullmatch(f"token {REFUSE}", line)
    assert found is not None
    assert len(found[1]) <= 253


def body(asked: dict[str, str]) -> bytes:
    return json.dumps({name: {"type": "string", "value": [value]} for name, value in asked.items()}).encode()
