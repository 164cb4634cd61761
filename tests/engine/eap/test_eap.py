"""EAP-TLS and PEAP through the real FreeRADIUS and the real policy service, by eapol_test."""

import signal

import pytest
from tests.engine.eap.world import ALICE, BOB, CAROL, OTHER, PORT, Said, World

from evertunnel.radius.ledger_queries import Query, sessions

pytestmark = pytest.mark.engine

TLS_1_2, TLS_1_3 = "tls_disable_tlsv1_3=1", "tls_disable_tlsv1_3=0"
ANONYMOUS = "anonymous@corp.contoso.com"


@pytest.mark.parametrize(("phase1", "version"), [(TLS_1_2, "TLSv1.2"), (TLS_1_3, "TLSv1.3")])
def test_user_is_accepted_by_eap_tls(world: World, phase1: str, version: str) -> None:
    said = world.eap_tls("alice", ALICE, phase1=phase1)

    assert said.is_accepted
    assert set(said.versions) == {version}
    assert world.decided(ALICE).facts.question.eap_type == "eap-tls"


@pytest.mark.parametrize(("phase1", "version"), [(TLS_1_2, "TLSv1.2"), (TLS_1_3, "TLSv1.3")])
def test_user_is_accepted_by_eap_tls_inside_peap(world: World, phase1: str, version: str) -> None:
    said = world.peap("alice", ALICE, ALICE, phase1=phase1)

    assert said.is_accepted
    assert said.versions[0] == version
    assert world.decided(ALICE).facts.question.eap_type == "peap-eap-tls"


@pytest.mark.parametrize("way", ["eap-tls", "peap"])
def test_answer_carries_what_was_decided(world: World, way: str) -> None:
    said = world.eap_tls("alice", ALICE) if way == "eap-tls" else world.peap("alice", ALICE, ALICE)

    decided = world.decided(ALICE)
    assert said.is_accepted
    assert said.attribute(1) == [f"'{ALICE}'"]
    assert said.attribute(11) == [f"<{len('management')}>"]
    assert said.attribute(88) == [f"<{len('users')}>"]
    assert said.attribute(27) == ["28800"]
    assert said.attribute(28) == ["900"]
    assert len(said.attribute(85)) == 1
    assert said.attribute(8) == ["10.98.0.77"]
    assert said.attribute(25) == [each.encode().hex() for each in (decided.id, "staff", "pool:users")]
    assert len(said.attribute(80)) == 1


def test_one_authentication_is_one_decision(world: World) -> None:
    before = world.decisions(ALICE)

    assert world.eap_tls("alice", ALICE).is_accepted
    assert world.peap("alice", ALICE, ALICE).is_accepted

    assert world.decisions(ALICE) == before + 2


def test_session_is_never_resumed(world: World) -> None:
    before = world.decisions(ALICE)

    # -r: the same client authenticates once more, and offers what it kept of the first session.
    said = world.eap_tls("alice", ALICE, more=("-r", "1"))

    assert said.text.rstrip().endswith("SUCCESS")
    assert world.decisions(ALICE) == before + 2


def test_anothers_name_is_refused(world: World) -> None:
    assert world.eap_tls("alice", BOB).is_rejected
    assert world.peap("alice", BOB, BOB).is_rejected
    assert reason(world, ALICE) == "outer-identity-mismatch"

    assert world.eap_tls("bob", BOB).is_accepted


def test_anonymous_name_outside_is_refused(world: World) -> None:
    assert world.peap("alice", ANONYMOUS, ALICE).is_rejected
    assert reason(world, ALICE) == "outer-identity-mismatch"

    assert world.peap("alice", ALICE, ALICE).is_accepted


def test_anothers_name_inside_is_refused(world: World) -> None:
    assert world.peap("alice", ALICE, BOB).is_rejected
    assert world.decided(ALICE).facts.question.outer_name == f"{ALICE} outside, {BOB} inside"

    assert world.peap("alice", ALICE, ALICE).is_accepted


def test_device_certificate_is_refused(world: World) -> None:
    assert world.eap_tls("device", "laptop1.corp.contoso.com").is_rejected
    assert world.eap_tls("device", ALICE).is_rejected
    assert reason(world, "laptop1") == "wrong-template"

    assert world.eap_tls("alice", ALICE).is_accepted


@pytest.mark.parametrize(
    ("leaf", "why"), [("mail", "not for signing in"), ("expired", "has expired"), ("stranger", "another authority's")]
)
@pytest.mark.parametrize("way", ["eap-tls", "peap"])
def test_certificate_that_proves_nothing_is_refused_without_asking_and_why_tells(
    world: World, leaf: str, why: str, way: str
) -> None:
    before, failures = world.decisions(ALICE), world.failures(ALICE)

    said = world.eap_tls(leaf, ALICE) if way == "eap-tls" else world.peap(leaf, ALICE, ALICE)

    assert said.is_rejected
    assert world.decisions(ALICE) == before
    assert world.failures(ALICE) == failures + 1
    assert f"{ALICE} (claimed)" in world.why(ALICE)
    assert why in world.why(ALICE)
    assert world.eap_tls("alice", ALICE).is_accepted
    assert world.failures(ALICE) == failures + 1


@pytest.mark.parametrize("way", ["eap-tls", "peap"])
def test_what_was_decided_is_no_failure(world: World, way: str) -> None:
    before, failures = world.decisions(CAROL), world.failures(CAROL)

    said = world.eap_tls("carol", CAROL) if way == "eap-tls" else world.peap("carol", CAROL, CAROL)

    assert said.is_rejected
    assert world.decisions(CAROL) == before + 1
    assert world.failures(CAROL) == failures


@pytest.mark.parametrize("way", ["eap-tls", "peap"])
def test_other_radius_client_is_served_by_the_same_policies(world: World, way: str) -> None:
    def ask(leaf: str, name: str) -> Said:
        more = ("-A", str(OTHER))
        return world.eap_tls(leaf, name, more=more) if way == "eap-tls" else world.peap(leaf, name, name, more=more)

    assert ask("alice", ALICE).is_accepted
    assert world.decided(ALICE).facts.question.gateway_address == str(OTHER)
    assert ask("carol", CAROL).is_rejected
    assert reason(world, CAROL) == "not-in-group"


@pytest.mark.parametrize("password", ["User-Password = 'x'", "MS-CHAP-Password = 'x'", "CHAP-Password = 'x'"])
def test_passwords_of_other_radius_clients_are_refused(world: World, password: str) -> None:
    answer = world.as_other("auth", [f"User-Name = '{ALICE}'", password])

    assert answer.startswith("Access-Reject")
    assert "66 " in answer


def test_other_radius_client_accounts_into_the_ledger(world: World) -> None:
    said = [f"User-Name = '{ALICE}'", "Acct-Session-Id = 'other-1'", "NAS-Identifier = 'gateway1'"]

    for status in ("Start", "Stop"):
        assert world.as_other("acct", [*said, f"Acct-Status-Type = {status}"]).startswith("Accounting-Response")

    (session,) = sessions(world.directory / "ledger", Query(past=True))
    assert (session.gateway, session.session, session.name) == ("rras1", "other-1", ALICE)


def test_revoked_certificate_is_refused_before_any_crl(world: World) -> None:
    serial = str(world.leaves["second"].serial)
    assert world.eap_tls("second", ALICE).is_accepted

    world.change("UPDATE certificate SET revoked = 1 WHERE serial = ?", serial)
    try:
        assert world.eap_tls("second", ALICE).is_rejected
        assert reason(world, ALICE) == "certificate-revoked"
    finally:
        world.change("UPDATE certificate SET revoked = NULL WHERE serial = ?", serial)
    assert world.eap_tls("second", ALICE).is_accepted


def test_certificate_on_the_crl_alone_is_refused(world: World) -> None:
    world.publish_and_restart(world.leaves["second"])
    before = world.decisions(ALICE)
    try:
        assert world.eap_tls("second", ALICE).is_rejected
        assert world.peap("second", ALICE, ALICE).is_rejected
        assert world.decisions(ALICE) == before
        assert "on the revocation list" in world.why(ALICE)
        assert world.eap_tls("alice", ALICE).is_accepted
    finally:
        world.publish_and_restart()
    assert world.eap_tls("second", ALICE).is_accepted


def test_disabled_user_is_refused(world: World) -> None:
    world.change("UPDATE directory_user SET enabled = 0 WHERE name = ?", ALICE)
    try:
        assert world.eap_tls("alice", ALICE).is_rejected
        assert reason(world, ALICE) == "user-disabled"
    finally:
        world.change("UPDATE directory_user SET enabled = 1 WHERE name = ?", ALICE)
    assert world.eap_tls("alice", ALICE).is_accepted


def test_user_outside_the_group_is_refused(world: World) -> None:
    assert world.eap_tls("carol", CAROL).is_rejected
    assert world.peap("carol", CAROL, CAROL).is_rejected

    world.change("INSERT INTO membership VALUES (?, 'user', 'VPN Users')", CAROL)
    try:
        assert world.eap_tls("carol", CAROL).is_accepted
    finally:
        world.change("DELETE FROM membership WHERE member = ?", CAROL)


@pytest.mark.parametrize("way", ["eap-tls", "peap"])
def test_policy_service_away_is_no_answer(world: World, way: str) -> None:
    world.end("policy")
    try:
        said = world.eap_tls("alice", ALICE) if way == "eap-tls" else world.peap("alice", ALICE, ALICE)
        assert said.codes == []
        assert said.text.rstrip().endswith("FAILURE")
    finally:
        world.start_policy()
    assert world.soon_accepted("alice", ALICE)


def test_frozen_policy_service_is_no_answer(world: World) -> None:
    world.processes["policy"].send_signal(signal.SIGSTOP)
    try:
        assert world.eap_tls("alice", ALICE).codes == []
    finally:
        world.processes["policy"].send_signal(signal.SIGCONT)
    assert world.soon_accepted("alice", ALICE)


def test_eap_within_authorize_only_is_refused(world: World) -> None:
    assert world.eap_tls("alice", ALICE, more=("-N", "6:d:17")).is_rejected
    assert world.eap_tls("alice", ALICE, more=("-N", "6:d:2")).is_accepted


def test_live_session_of_an_authenticated_user_is_allowed_again(world: World) -> None:
    assert world.eap_tls("bob", BOB).is_accepted

    assert world.authorize(BOB).startswith("Access-Accept")
    assert f'User-Name = "{BOB}"' in world.authorize(BOB)
    assert world.decided(BOB).facts.question.serial == world.leaves["bob"].serial


def test_session_that_nobody_authenticated_is_refused(world: World) -> None:
    assert world.eap_tls("bob", BOB).is_accepted

    for answer in (
        world.authorize(BOB, port=PORT + 1),
        world.authorize(BOB, gateway="gateway2"),
        world.authorize(CAROL, port=PORT + 1),
        world.authorize(CAROL, port=PORT + 1, more=(f"Evertunnel-Serial = '{world.leaves['carol'].serial}'",)),
    ):
        assert answer.startswith("Access-Reject")
        assert "16 " in answer
    assert world.authorize(BOB).startswith("Access-Accept")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_authentication_is_remembered_by_the_next_policy_service(world: World, number: int) -> None:
    assert world.eap_tls("bob", BOB).is_accepted

    world.end("policy", number)
    world.start_policy()

    assert world.soon(lambda: world.authorize(BOB).startswith("Access-Accept"))
    assert "16 " in world.authorize(BOB, port=PORT + 1)


def test_names_that_only_freeradius_gives_are_not_taken_from_a_client(world: World) -> None:
    # Evertunnel-Outer-Name, as alice says it herself, under another name (26: vendor, number, length, text).
    text = ALICE.encode()
    attribute = (32_473).to_bytes(4) + bytes([3, len(text) + 2]) + text

    assert world.eap_tls("alice", BOB, more=("-N", f"26:x:{attribute.hex()}")).is_rejected
    assert world.eap_tls("alice", ALICE, more=("-N", f"26:x:{attribute.hex()}")).is_accepted


def reason(world: World, name: str) -> str:
    return world.decided(name).decision.reasons[0].name
