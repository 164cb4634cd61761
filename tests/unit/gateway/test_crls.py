import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.errors import EngineRejected
from evertunnel.gateway.crls import taken

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def test_first_and_newer_crls_are_taken_and_the_same_one_is_no_news() -> None:
    first, second = crl(1), crl(2)

    assert taken(None, first, authority()) == first
    assert taken(first, second, authority()) == second
    assert taken(first, first, authority()) is None


def test_pem_is_kept_as_der() -> None:
    pem = x509.load_der_x509_crl(crl(1)).public_bytes(Encoding.PEM)

    assert taken(None, pem, authority()) == crl(1)


@pytest.mark.parametrize(
    ("held", "offered", "why"),
    [
        (2, lambda: crl(1), "older than 2"),
        (None, lambda: crl(1, key=ec.generate_private_key(ec.SECP256R1())), "signature"),
        (None, lambda: crl(1, name="Fabrikam"), "is of CN=Fabrikam"),
        (None, lambda: crl(None), "no number"),
        (None, lambda: b"<html>", "not a CRL"),
        (None, lambda: b"-----BEGIN nonsense", "not a CRL"),
    ],
)
def test_crl_that_is_older_or_not_of_the_authority_is_refused(held: int | None, offered: object, why: str) -> None:
    assert callable(offered)

    with pytest.raises(EngineRejected, match=why):
        taken(None if held is None else crl(held), offered(), authority())


def test_damaged_crl_is_refused_and_breaks_nothing() -> None:
    # Whoever sits on the way of a plain HTTP fetch can send any of these.
    whole, refused = crl(1), 0
    for place in range(len(whole)):
        for octet in (0x00, 0x30, 0xFF):
            damaged = whole[:place] + bytes([octet]) + whole[place + 1 :]
            try:
                taken(whole, damaged, authority())
            except EngineRejected:
                refused += 1

    assert refused > len(whole)


def test_delta_crl_never_takes_the_place_of_a_whole_one() -> None:
    with pytest.raises(EngineRejected, match="not a whole one"):
        taken(crl(1), crl(2, delta=True), authority())


def test_revocation_changes_with_the_number_alone_are_seen() -> None:
    assert taken(crl(1), crl(3), authority()) is not None


# Helpers


def authority() -> str:
    builder = x509.CertificateBuilder().subject_name(named("Contoso")).issuer_name(named("Contoso"))
    builder = builder.public_key(KEY.public_key()).serial_number(1)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + dt.timedelta(days=1))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def crl(
    number: int | None, *, key: ec.EllipticCurvePrivateKey = KEY, name: str = "Contoso", delta: bool = False
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(named(name))
    builder = builder.last_update(NOW).next_update(NOW + dt.timedelta(days=1))
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if delta:
        builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    return MADE.setdefault(
        (number, id(key), name, delta), builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    )


MADE: dict[tuple[int | None, int, str, bool], bytes] = {}  # ECDSA signs anew each time: the same CRL is the same bytes
