from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.pki import crl, names
from evertunnel.radius.crls import hand_on, to_pem
from evertunnel.radius.model import Crl

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def der() -> bytes:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = names.subject("Contoso", "Contoso Issuing CA")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.fromtimestamp(NOW, UTC))
        .not_valid_after(datetime.fromtimestamp(NOW + 86_400, UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    issue = crl.Issue(number=1, now=NOW, seconds=60)
    return crl.build((), issue, crl.Issuer(certificate=certificate, key=key)).public_bytes(Encoding.DER)


def test_crl_is_written_as_openssl_writes_it(der: bytes) -> None:
    assert to_pem(der) == x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(("length", "more"), [(-1, b""), (None, b"x"), (0, b""), (0, b"no CRL")])
def test_damaged_crl_does_not_replace_a_good_one(tmp_path: Path, der: bytes, length: int | None, more: bytes) -> None:
    pair = Crl(source=tmp_path / "issuing.crl", target=tmp_path / "a5114ab7.r0")
    pair.source.write_bytes(der)
    hand_on([pair])
    pair.source.write_bytes(der[:length] + more)

    with pytest.raises(ValueError, match=r"issuing\.crl: not a"):
        hand_on([pair])
    assert pair.target.read_bytes() == to_pem(der)


def test_only_what_has_changed_is_written(tmp_path: Path, der: bytes) -> None:
    pair = Crl(source=tmp_path / "issuing.crl", target=tmp_path / "a5114ab7.r0")
    pair.source.write_bytes(der)

    assert hand_on([pair]) == (pair.target,)
    assert hand_on([pair]) == ()
    assert pair.target.stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a5114ab7.r0", "issuing.crl"]
