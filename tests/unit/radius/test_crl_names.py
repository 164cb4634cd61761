import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from evertunnel.pki import names
from evertunnel.radius.crl_names import subject_hash


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        # What `openssl x509 -hash` says of certificates with these subjects.
        (names.subject("Contoso", "Contoso Root CA"), 0x451EAE57),
        (names.subject("Contoso", "Contoso Issuing CA"), 0xA5114AB7),
        (names.subject("Größe  Über GmbH", "Root Ä  x"), 0xA1ECBCE7),
        (names.subject("Größe  Über GmbH", "Issuing É"), 0x6731790C),
    ],
)
def test_hash_is_openssls(subject: x509.Name, expected: int) -> None:
    assert subject_hash(subject) == expected


def test_case_and_blanks_make_no_difference() -> None:
    assert subject_hash(_named("Contoso  ROOT ca")) == subject_hash(_named("contoso root CA"))
    assert subject_hash(_named("Contoso Root CB")) != subject_hash(_named("contoso root CA"))


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
