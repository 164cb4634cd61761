from dataclasses import replace

import pytest

from evertunnel.drivers.radius_values import Status, Usage
from evertunnel.gateway.accounting import REJECT_SECONDS, REJECTS, Accountant, Admitted

NOW = 1_000_000.0
ALICE = Admitted(
    ike_id=7,
    session="1-7",
    tunnel="user",
    name="alice@corp.contoso.com",
    outer="198.51.100.20",
    inner="10.99.0.1",
    children=frozenset({70}),
    class_="4f5c",
    policy="VPN Users",
    interim=60,
)


def test_first_admission_is_told_once() -> None:
    accountant = started()

    assert accountant.admit(replace(ALICE, outer="198.51.100.21"), NOW + 60) == ()


def test_start_tells_who_from_where_and_by_which_policy() -> None:
    accountant = Accountant()
    accountant.connected("1", NOW)

    (start,) = accountant.admit(ALICE, NOW)

    assert (start.status, start.number, start.session) == (Status.START, 1, "1-7")
    assert (start.name, start.outer, start.inner) == ("alice@corp.contoso.com", "198.51.100.20", "10.99.0.1")
    assert (start.policy, start.class_, start.started, start.seconds) == ("VPN Users", "4f5c", NOW, 0)


def test_interim_comes_when_the_last_word_is_an_interval_ago() -> None:
    accountant = started()
    accountant.count(7, {70: Usage(in_octets=5)})

    assert accountant.tick(NOW + 59) == ()
    (interim,) = accountant.tick(NOW + 60)
    assert (interim.status, interim.number, interim.usage, interim.seconds) == (
        Status.INTERIM,
        2,
        Usage(in_octets=5),
        60,
    )
    assert accountant.tick(NOW + 61) == ()


def test_clock_that_is_set_back_does_not_silence_a_session() -> None:
    accountant = started()

    assert [record.status for record in accountant.tick(NOW - 3600)] == [Status.INTERIM]
    assert accountant.tick(NOW - 3599) == ()


@pytest.mark.parametrize(
    ("reason", "cause"),
    [("", "User-Request"), ("limit", "Session-Timeout"), ("radius", "Admin-Reset"), ("grace", "Service-Unavailable")],
)
def test_stop_says_why(reason: str, cause: str) -> None:
    accountant = started()
    if reason:
        accountant.ending(7, reason, "as it was told")
        accountant.ending(7, "address", "what followed from it")

    (stop,) = accountant.gone(7, NOW + 10)

    assert (stop.status, stop.cause, stop.text) == (Status.STOP, cause, "as it was told" if reason else "")
    assert accountant.gone(7, NOW + 11) == ()


def test_what_a_session_carries_after_it_was_told_to_go_counts() -> None:
    accountant = started()
    accountant.ending(7, "radius", "no")
    accountant.count(7, {70: Usage(in_octets=9)})

    (stop,) = accountant.gone(7, NOW + 1)

    assert stop.usage == Usage(in_octets=9)


def test_event_that_shows_one_child_sa_does_not_end_the_others() -> None:
    accountant = Accountant(children=1)
    accountant.connected("1", NOW)
    accountant.admit(ALICE, NOW)
    accountant.count(7, {71: Usage(in_octets=1)}, whole=False)
    accountant.count(7, {}, whole=True)
    accountant.count(7, {70: Usage(in_octets=4)}, whole=False)

    (stop,) = accountant.gone(7, NOW + 1)

    assert stop.usage == Usage(in_octets=5)


def test_rekeyed_ike_sa_is_the_same_session() -> None:
    accountant = started()
    accountant.count(7, {70: Usage(in_octets=9)})

    assert accountant.admit(replace(ALICE, ike_id=8, session="1-8"), NOW + 5) == ()
    assert accountant.gone(7, NOW + 6) == ()
    (stop,) = accountant.gone(8, NOW + 7)
    assert (stop.session, stop.usage, stop.seconds) == ("1-7", Usage(in_octets=9), 7)


def test_child_sa_with_another_address_makes_no_two_sessions_one() -> None:
    accountant = started()

    records = accountant.admit(replace(ALICE, ike_id=8, session="1-8", inner="10.99.0.2"), NOW + 5)

    assert [(record.status, record.session) for record in records] == [(Status.START, "1-8")]


def test_new_charon_ends_all_sessions_of_the_former() -> None:
    accountant = started()

    (stop,) = accountant.connected("2", NOW + 5)

    assert (stop.status, stop.cause) == (Status.STOP, "NAS-Reboot")
    assert accountant.connected("2", NOW + 6) == ()


def test_service_that_comes_back_goes_on_where_it_was() -> None:
    before = started()
    before.count(7, {70: Usage(in_octets=9)})
    accountant = Accountant(before.kept)

    assert accountant.connected("1", NOW + 5) == ()
    accountant.count(7, {71: Usage(in_octets=1)})
    assert accountant.admit(ALICE, NOW + 5) == ()
    assert accountant.listed(frozenset({7}), NOW + 5) == ()
    (stop,) = accountant.gone(7, NOW + 8)
    assert (stop.usage, stop.number, stop.seconds) == (Usage(in_octets=10), 2, 8)


def test_session_that_went_while_the_service_was_down_is_stopped_by_the_first_list() -> None:
    accountant = Accountant(started().kept)
    accountant.connected("1", NOW + 5)

    assert [record.status for record in accountant.listed(frozenset(), NOW + 5)] == [Status.STOP]


def test_refusal_is_a_record_of_its_own() -> None:
    accountant = Accountant()

    (first,) = accountant.reject("O=Contoso, CN=laptop1", "198.51.100.20", "its certificate is revoked", NOW)
    (second,) = accountant.reject("O=Contoso, CN=laptop1", "198.51.100.20", "its certificate is revoked", NOW)

    assert (first.status, first.name, first.text) == (
        Status.REJECT,
        "O=Contoso, CN=laptop1",
        "its certificate is revoked",
    )
    assert first.session != second.session


def test_strangers_cannot_fill_the_spool_and_it_is_said_how_many_there_were() -> None:
    accountant = Accountant()

    told = [accountant.reject("x" * 4000, "192.0.2.1", "no", NOW) for _ in range(REJECTS + 5)]
    (later,) = accountant.reject("x", "192.0.2.1", "no", NOW + REJECT_SECONDS)

    assert sum(map(len, told)) == REJECTS
    assert len(told[0][0].name) == 240
    assert later.text == "no (5 more refusals were not written down)"


def test_refusals_after_a_restart_with_a_clock_set_back_are_new() -> None:
    before = Accountant()
    (first,) = before.reject("x", "192.0.2.1", "no", NOW)

    (second,) = Accountant(before.kept).reject("x", "192.0.2.1", "no", NOW - 3600)

    assert first.session != second.session


def started() -> Accountant:
    accountant = Accountant()
    accountant.connected("1", NOW)
    accountant.admit(ALICE, NOW)
    return accountant
