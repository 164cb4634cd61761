"""The signature is checked by openssl, which is no part of ours; where it is not installed, by nobody."""

import datetime as dt
import shutil
import subprocess  # noqa: TID251 (openssl, to see that somebody else believes the signature)
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from evertunnel.profiles.apple_signing import sign

CONTENT = b"<plist>\n<string>\xc3\xa9</string>\r\n</plist>\n"
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_signature_is_believed_and_content_comes_back_unchanged(tmp_path: Path) -> None:
    signed = sign(CONTENT, certificate(KEY), KEY)

    assert verified(signed, tmp_path) == CONTENT


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_changed_content_is_not_believed(tmp_path: Path) -> None:
    changed = sign(CONTENT, certificate(KEY), KEY).replace(b"<plist>", b"<plisT>", 1)

    with pytest.raises(subprocess.CalledProcessError):
        verified(changed, tmp_path)


def test_authorities_go_along() -> None:
    other = certificate(ec.generate_private_key(ec.SECP256R1()))

    signed = sign(CONTENT, certificate(KEY), KEY, (other,))

    assert other.public_bytes(serialization.Encoding.DER) in signed


def test_key_of_another_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="not the certificate's"):
        sign(CONTENT, certificate(KEY), ec.generate_private_key(ec.SECP256R1()))


def verified(signed: bytes, folder: Path) -> bytes:
    (folder / "signer.pem").write_bytes(certificate(KEY).public_bytes(serialization.Encoding.PEM))
    (folder / "signed.der").write_bytes(signed)
    # -noverify: whose certificate it is does not matter here; the signature itself is verified all the same.
    words = ["openssl", "smime", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", str(folder / "signed.der")]
    return subprocess.run(words, check=True, capture_output=True).stdout


def certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Contoso profiles")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
