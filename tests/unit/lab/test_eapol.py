import pytest

from evertunnel.lab.eapol import ACCEPTED, NO_ANSWER, REFUSED, Login, Method, answer, network
from evertunnel.lab.strangers import Credential
from evertunnel.values import Secret

ALICE = "alice@corp.contoso.com"
HELD = Credential(owner=ALICE, certificate="certificate", key=Secret("key"))
KEYS = "MPPE keys OK: 1  mismatch: 0\n"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (f"SSL: Using TLS version TLSv1.3\n{KEYS}SUCCESS\n", f"{ACCEPTED} with TLSv1.3"),
        (
            f"SSL: Using TLS version TLSv1.3\nSSL: Using TLS version TLSv1.2\n{KEYS}SUCCESS\n",
            f"{ACCEPTED} with TLSv1.2",
        ),
        ("SSL: Using TLS version TLSv1.2\nMPPE keys OK: 0  mismatch: 1\nSUCCESS\n", NO_ANSWER),
        ("RADIUS message: code=3 (Access-Reject) identifier=4\nFAILURE\n", REFUSED),
        ("EAPOL test timed out\nFAILURE\n", NO_ANSWER),
    ],
)
def test_only_keys_that_are_the_same_at_both_ends_are_an_acceptance(said: str, expected: str) -> None:
    assert answer(said) == expected


def test_certificate_is_proved_inside_peap_and_the_other_name_said_outside() -> None:
    outer = "anonymous@corp.contoso.com"
    text = network(Login(credential=HELD, name=ALICE, outer=outer, method=Method.PEAP))

    assert f'anonymous_identity="{outer}"\n' in text
    assert f'\nidentity="{ALICE}"\n' in text
    assert "\nclient_cert2=" in text
    assert "\nclient_cert=" not in text
