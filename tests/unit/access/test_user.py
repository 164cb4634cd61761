import math
from dataclasses import replace

import pytest

from evertunnel.access import Facts, Policy, Question, decide
from evertunnel.access.model import Certificate, Person, Posture, Served
from evertunnel.plan.policies import of_user_tunnel
from evertunnel.plan.tunnels import EapType
from evertunnel.values import Fqdn, GroupName

NOW = 1_000_000.0
ALICE = "alice@corp.contoso.com"
POLICY = Policy(
    domain=Fqdn("corp.contoso.com"),
    device=Served(reach="management"),
    user=Served(reach="intranet", eap_types=(EapType.EAP_TLS,)),
    network_policies=(of_user_tunnel((GroupName("VPN Users"),)),),
)
QUESTION = Question(tunnel="user", identity=ALICE, serial="6a", outer_name=ALICE, phase="eap", eap_type="eap-tls")
CERTIFICATE = Certificate(serial="6a", template="user", principal=ALICE, not_before=NOW - 10, not_after=NOW + 3600)
PERSON = Person(name=ALICE, enabled=True)
FACTS = Facts(question=QUESTION, certificate=CERTIFICATE, person=PERSON, groups=("VPN Users",))
LATER = replace(QUESTION, phase="authorize-only", outer_name="")


def test_user_with_everything_in_order_is_allowed_at_sign_in_and_later() -> None:
    assert decide(POLICY, FACTS, NOW).allow
    assert decide(POLICY, replace(FACTS, question=LATER), NOW).allow


def test_spelling_of_a_name_does_not_matter() -> None:
    spelt = replace(QUESTION, identity="Alice@Corp.Contoso.com", outer_name="ALICE@corp.contoso.com", serial="006A")

    assert decide(POLICY, replace(FACTS, question=spelt), NOW).allow


@pytest.mark.parametrize(
    ("facts", "code", "name"),
    [
        (replace(FACTS, certificate=None, person=None), 285, "certificate-unknown"),
        (replace(FACTS, certificate=replace(CERTIFICATE, serial="7")), 285, "certificate-unknown"),
        (replace(FACTS, question=replace(LATER, serial=""), certificate=None, person=None), 16, "not-authenticated"),
        (replace(FACTS, question=replace(QUESTION, eap_type="")), 66, "eap-type-not-offered"),
        (replace(FACTS, question=replace(QUESTION, eap_type="peap-eap-tls")), 66, "eap-type-not-offered"),
        (replace(FACTS, certificate=replace(CERTIFICATE, template="mail")), 283, "wrong-template"),
        (replace(FACTS, certificate=replace(CERTIFICATE, template="device")), 283, "wrong-template"),
        (replace(FACTS, certificate=replace(CERTIFICATE, revoked=0.0)), 289, "certificate-revoked"),
        (replace(FACTS, certificate=replace(CERTIFICATE, not_before=NOW + 1)), 288, "certificate-not-yet-valid"),
        (replace(FACTS, certificate=replace(CERTIFICATE, not_after=math.nan)), 288, "certificate-expired"),
        (replace(FACTS, person=None), 8, "unknown-user"),
        (replace(FACTS, certificate=replace(CERTIFICATE, principal="bob@corp.contoso.com")), 8, "unknown-user"),
        (replace(FACTS, person=replace(PERSON, added=NOW)), 8, "former-user"),
        (replace(FACTS, certificate=replace(CERTIFICATE, issued=math.nan)), 8, "former-user"),
        (replace(FACTS, person=replace(PERSON, enabled=False)), 34, "user-disabled"),
        (replace(FACTS, groups=()), 48, "not-in-group"),
        (replace(FACTS, posture=Posture.NOT_COMPLIANT), 65, "not-compliant"),
    ],
)
def test_what_is_missing_or_wrong_refuses_with_its_reason(facts: Facts, code: int, name: str) -> None:
    decision = decide(POLICY, facts, NOW)

    assert not decision.allow
    assert (decision.reach, decision.limits) == (None, None)
    assert [(reason.code, reason.name) for reason in decision.reasons] == [(code, name)]


@pytest.mark.parametrize(
    "identity", ["", "anonymous", "bob@corp.contoso.com", "alice", "CONTOSO\\alice", f"{ALICE}\n", f" {ALICE}"]
)
def test_identity_of_someone_else_is_refused(identity: str) -> None:
    facts = replace(FACTS, question=replace(QUESTION, identity=identity))

    assert [reason.name for reason in decide(POLICY, facts, NOW).reasons] == ["identity-mismatch"]


@pytest.mark.parametrize(
    "outer", ["", "anonymous", "anonymous@corp.contoso.com", "bob@corp.contoso.com", "@corp.contoso.com", f"{ALICE}\0"]
)
def test_anonymous_or_other_outer_identity_is_refused(outer: str) -> None:
    facts = replace(FACTS, question=replace(QUESTION, outer_name=outer))

    assert [reason.name for reason in decide(POLICY, facts, NOW).reasons] == ["outer-identity-mismatch"]


def test_outer_name_that_is_remembered_counts_later_too() -> None:
    facts = replace(FACTS, question=replace(LATER, outer_name="anonymous"))

    assert [reason.name for reason in decide(POLICY, facts, NOW).reasons] == ["outer-identity-mismatch"]


def test_homograph_of_a_name_is_another_name() -> None:
    # The Kelvin sign in lower case is the letter k.
    kim = "kim@corp.contoso.com"
    facts = replace(
        FACTS,
        question=replace(QUESTION, identity="\N{KELVIN SIGN}im@corp.contoso.com", outer_name=kim),
        certificate=replace(CERTIFICATE, principal=kim),
        person=replace(PERSON, name=kim),
    )

    assert [reason.name for reason in decide(POLICY, facts, NOW).reasons] == ["identity-mismatch"]


def test_user_who_took_a_former_ones_name_is_let_in_with_their_own_certificate_alone() -> None:
    again = replace(FACTS, person=replace(PERSON, added=NOW - 5))

    assert not decide(POLICY, replace(again, certificate=replace(CERTIFICATE, issued=NOW - 6)), NOW).allow
    assert decide(POLICY, replace(again, certificate=replace(CERTIFICATE, issued=NOW - 5)), NOW).allow
