import math
from dataclasses import replace

import pytest

from evertunnel.access import Facts, Policy, Question, decide
from evertunnel.access.model import Certificate, Computer, Posture
from evertunnel.values import Fqdn, GroupName

NOW = 1_000_000.0
POLICY = Policy.for_devices(
    domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"), GroupName("Kiosks")), reach="management"
)
IDENTITY = "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"
QUESTION = Question(tunnel="device", identity=IDENTITY, serial="5f3a9c")
CERTIFICATE = Certificate(
    serial="5f3a9c", template="device", principal="laptop1", not_before=NOW - 10, not_after=NOW + 3600.5
)
COMPUTER = Computer(name="laptop1", kind="device", enabled=True)
FACTS = Facts(question=QUESTION, certificate=CERTIFICATE, computer=COMPUTER, groups=("VPN Devices",))


@pytest.mark.parametrize(
    ("facts", "code", "name"),
    [
        (replace(FACTS, question=replace(QUESTION, tunnel="user")), 48, "no-policy"),
        (replace(FACTS, certificate=None, computer=None), 285, "certificate-unknown"),
        (replace(FACTS, certificate=replace(CERTIFICATE, serial="1")), 285, "certificate-unknown"),
        (replace(FACTS, certificate=replace(CERTIFICATE, template="mail")), 283, "wrong-template"),
        (replace(FACTS, certificate=replace(CERTIFICATE, revoked=0.0)), 289, "certificate-revoked"),
        (replace(FACTS, certificate=replace(CERTIFICATE, not_before=NOW + 1)), 288, "certificate-not-yet-valid"),
        (replace(FACTS, certificate=replace(CERTIFICATE, not_before=math.nan)), 288, "certificate-not-yet-valid"),
        (replace(FACTS, certificate=replace(CERTIFICATE, not_after=NOW + 0.9)), 288, "certificate-expired"),
        (replace(FACTS, certificate=replace(CERTIFICATE, not_after=math.nan)), 288, "certificate-expired"),
        (replace(FACTS, computer=None), 8, "unknown-device"),
        (replace(FACTS, certificate=replace(CERTIFICATE, principal="laptop2")), 8, "unknown-device"),
        (replace(FACTS, computer=replace(COMPUTER, added=NOW)), 8, "former-device"),
        (replace(FACTS, certificate=replace(CERTIFICATE, issued=math.nan)), 8, "former-device"),
        (replace(FACTS, computer=replace(COMPUTER, kind="host")), 65, "not-a-device"),
        (replace(FACTS, computer=replace(COMPUTER, enabled=False)), 34, "device-disabled"),
        (replace(FACTS, groups=()), 48, "not-in-group"),
        (replace(FACTS, groups=("vpn devices",)), 48, "not-in-group"),
        (replace(FACTS, posture=Posture.NOT_COMPLIANT), 65, "not-compliant"),
    ],
)
def test_what_is_missing_or_wrong_refuses_with_its_reason(facts: Facts, code: int, name: str) -> None:
    decision = decide(POLICY, facts, NOW)

    assert not decision.allow
    assert decision.reach is None
    assert decision.limits is None
    assert [(reason.code, reason.name) for reason in decision.reasons] == [(code, name)]


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "laptop1.corp.contoso.com",
        "O=Contoso, CN=laptop2.corp.contoso.com, serialNumber=5f3a9c",
        "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9d",
        "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c, OU=x",
        "O=Contoso, CN=laptop1.corp.contoso.com, CN=laptop2.corp.contoso.com, serialNumber=5f3a9c",
        "O=Contoso, CN=laptop1.corp.contoso.com.evil.net, serialNumber=5f3a9c",
        "O=Contoso, XCN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
        "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c\n",
    ],
)
def test_identity_of_someone_else_is_refused(identity: str) -> None:
    facts = replace(FACTS, question=replace(QUESTION, identity=identity))

    assert [reason.name for reason in decide(POLICY, facts, NOW).reasons] == ["identity-mismatch"]


@pytest.mark.parametrize(
    "identity",
    [
        IDENTITY,
        "O=Contoso, Inc., CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
        "CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
        "O=Contoso, CN=Laptop1.Corp.Contoso.com, serialNumber=005F3A9C",
    ],
)
def test_spelling_of_an_identity_does_not_matter(identity: str) -> None:
    assert decide(POLICY, replace(FACTS, question=replace(QUESTION, identity=identity)), NOW).allow


def test_homograph_of_a_name_is_another_name() -> None:
    # The Kelvin sign in lower case is the letter k.
    kiosk = replace(
        FACTS,
        question=replace(QUESTION, identity="O=Contoso, CN=\N{KELVIN SIGN}iosk1.corp.contoso.com, serialNumber=5f3a9c"),
        certificate=replace(CERTIFICATE, principal="kiosk1"),
        computer=replace(COMPUTER, name="kiosk1"),
    )

    assert [reason.name for reason in decide(POLICY, kiosk, NOW).reasons] == ["identity-mismatch"]


def test_device_that_took_a_former_ones_name_is_let_in_with_its_own_certificate_alone() -> None:
    again = replace(FACTS, computer=replace(COMPUTER, added=NOW - 5))

    assert not decide(POLICY, replace(again, certificate=replace(CERTIFICATE, issued=NOW - 6)), NOW).allow
    assert decide(POLICY, replace(again, certificate=replace(CERTIFICATE, issued=NOW - 5)), NOW).allow
