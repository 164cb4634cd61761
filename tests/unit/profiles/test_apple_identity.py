from tests.unit.profiles.contoso import CONTOSO, plan_with

from evertunnel.profiles.apple_identity import source
from evertunnel.profiles.identity import Identity
from evertunnel.values import UserName

ALICE = Identity(user=UserName("alice@corp.contoso.com"))
SCEP, ACME = {"clients.scep_url": "https://scep.contoso.com/scep"}, {"clients.acme_url": "https://acme.contoso.com/dir"}


def test_certificate_that_was_given_comes_before_any_server() -> None:
    given = source(plan_with({**SCEP, **ACME}), Identity(user=ALICE.user, pkcs12=b"held"))

    assert given is not None
    assert (given.kind, given.content, given.secret) == ("com.apple.security.pkcs12", {"PayloadContent": b"held"}, True)
    assert "held" not in repr(given)


def test_acme_server_gets_a_key_of_the_enclave_and_the_tunnel_is_told() -> None:
    given = source(plan_with({**SCEP, **ACME}), ALICE)

    assert given is not None
    assert given.kind == "com.apple.security.acme"
    assert given.content["DirectoryURL"] == "https://acme.contoso.com/dir"
    assert (given.content["HardwareBound"], given.content["Attest"]) == (True, True)
    assert given.content["SubjectAltName"] == {"ntPrincipalName": "alice@corp.contoso.com"}
    assert given.tunnel == {"CertificateType": "ECDSA256"}
    assert not given.secret


def test_scep_server_is_asked_in_the_persons_name() -> None:
    given = source(plan_with(SCEP), ALICE)

    assert given is not None
    assert given.kind == "com.apple.security.scep"
    content = given.content["PayloadContent"]
    assert isinstance(content, dict)
    assert content["URL"] == "https://scep.contoso.com/scep"
    assert content["Subject"] == [[["O", "Contoso"]], [["CN", "alice@corp.contoso.com"]]]


def test_plan_without_a_server_gives_nothing() -> None:
    assert source(CONTOSO, ALICE) is None
