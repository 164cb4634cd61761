import pytest

from evertunnel.radius.calls import CALL, MODULE, SECTION, call, fill, module

RESULTS = ("reject", "fail", "ok", "handled", "invalid", "userlock", "notfound", "noop", "updated")


def test_freeradius_own_variables_stay_and_each_section_has_its_path() -> None:
    text = module("people", 812, {"authorize": "authenticate", "post-auth": "failed"})

    assert 'connect_uri = "http://127.0.0.1:812"' in text
    assert text.index("authorize {") < text.index("${..connect_uri}/authenticate") < text.index("post-auth {")
    assert "${..connect_uri}/failed" in text


def test_freeradius_starts_without_the_policy_service_and_never_waits_longer_than_a_second_for_it() -> None:
    text = module("people", 812, {"authorize": "authenticate"})

    assert "start = 0\n" in text
    assert text.count("timeout = 1.0") == 2


def test_call_carries_its_token_and_goes_on_whatever_rest_says() -> None:
    lines = call("people", "token", 2).splitlines()

    assert '\t\t\t&REST-HTTP-Header := "Authorization: Bearer token"' in lines
    assert lines[4] == "\t\tpeople {"
    results = {line.strip() for line in lines[5:-1]}
    assert results == {f"{each} = 1" for each in RESULTS}


def test_value_left_out_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill(CALL, {})


def test_nothing_is_expanded() -> None:
    assert "%{" not in MODULE + SECTION + CALL
