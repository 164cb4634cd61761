from dataclasses import replace

import pytest

from evertunnel.access import Question
from evertunnel.radius.exchanges import Exchanges

EAP = Question(
    tunnel="user",
    phase="eap",
    identity="alice@corp.contoso.com",
    serial="5f",
    outer_name="Alice@corp.contoso.com",
    eap_type="eap-tls",
    gateway="gateway1",
    gateway_address="10.0.1.10",
    port="17",
    port_type="Virtual",
)
AGAIN = Question(
    tunnel="user",
    identity="alice@corp.contoso.com",
    serial="",
    gateway="gateway1",
    gateway_address="10.0.1.10",
    port="17",
)


def test_serial_of_the_exchange_is_filled_in() -> None:
    exchanges = Exchanges()
    exchanges.remember(EAP)

    assert exchanges.completed(AGAIN) == replace(AGAIN, serial="5f", eap_type="eap-tls", port_type="Virtual")


@pytest.mark.parametrize(
    "other",
    [
        {"gateway": "gateway2"},
        {"gateway_address": "10.0.1.11"},
        {"port": "18"},
        {"port": ""},
        {"identity": "bob@corp.contoso.com"},
    ],
)
def test_exchange_of_another_session_is_not_taken(other: dict[str, str]) -> None:
    exchanges = Exchanges()
    exchanges.remember(EAP)

    assert exchanges.completed(replace(AGAIN, **other)).serial == ""


def test_what_a_gateway_says_of_the_certificate_is_not_heard() -> None:
    said = replace(AGAIN, serial="5f", eap_type="eap-tls")

    assert Exchanges().completed(said) == AGAIN


def test_questions_about_devices_and_exchanges_stay_as_they_are() -> None:
    device = replace(AGAIN, tunnel="device", serial="1a")
    exchanges = Exchanges()
    exchanges.remember(device)
    exchanges.remember(EAP)

    assert exchanges.completed(device) == device
    assert exchanges.completed(EAP) == EAP


def test_allowance_of_a_live_session_is_as_good_as_its_exchange() -> None:
    first, second = Exchanges(), Exchanges()
    first.remember(EAP)
    second.remember(first.completed(AGAIN))

    assert second.completed(AGAIN) == first.completed(AGAIN)


def test_newer_exchange_takes_the_older_ones_place() -> None:
    exchanges = Exchanges()
    exchanges.remember(EAP)
    exchanges.remember(replace(EAP, serial="60"))

    assert exchanges.completed(AGAIN).serial == "60"


def test_memory_has_an_end_and_forgets_what_was_unused_for_longest() -> None:
    exchanges = Exchanges(largest=2)
    for port in ("1", "2", "1", "3"):
        exchanges.remember(replace(EAP, port=port))

    assert [exchanges.completed(replace(AGAIN, port=port)).serial for port in ("1", "2", "3")] == ["5f", "", "5f"]
