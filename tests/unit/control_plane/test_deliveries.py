from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evertunnel.control_plane import deliveries
from evertunnel.errors import DocumentError, Refused
from evertunnel.plan.load import load
from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Delivery, Document, Trust
from evertunnel.profiles.identity import Identity
from evertunnel.values import UserName

ROOT = Path(__file__).parents[3]
TRUST = ROOT / "tests" / "golden" / "profiles" / "windows" / "trust"
ALICE = Identity(user=UserName("alice@corp.contoso.com"))


@pytest.mark.parametrize("way", deliveries.WAYS)
def test_every_way_builds_contosos_plan(plan: Plan, trust: Trust, way: str) -> None:
    made = deliveries.build(way, plan, trust, None, None)

    assert made.documents
    assert len({document.path for document in made.documents}) == len(made.documents)
    assert not any(document.path.is_absolute() or ".." in document.path.parts for document in made.documents)


def test_what_is_for_everybody_is_made_for_nobody_alone(plan: Plan, trust: Trust) -> None:
    assert deliveries.build("apple", plan, trust, ALICE, None).documents
    with pytest.raises(Refused, match="the same for everybody"):
        deliveries.build("powershell", plan, trust, ALICE, None)


def test_apples_profiles_are_signed_and_no_others(plan: Plan, trust: Trust, tmp_path: Path) -> None:
    signer = deliveries.signer(*pair(tmp_path))

    plain, signed = (deliveries.build("apple", plan, trust, None, each).documents[0] for each in (None, signer))
    assert plain.content in signed.content
    assert signed.content != plain.content
    with pytest.raises(Refused, match="only Apple's"):
        deliveries.build("xml", plan, trust, None, signer)


def test_authorities_in_each_others_place_are_refused(tmp_path: Path) -> None:
    root, issuing = TRUST / "root.pem", TRUST / "issuing.pem"
    other, _ = pair(tmp_path)

    assert deliveries.trust(root, issuing).root == root.read_text()
    for first, second, told in (
        (issuing, root, "it has not signed itself"),
        (other, issuing, "not issued by the root"),
        (root, root, "the root again"),
    ):
        with pytest.raises(DocumentError, match=told):
            deliveries.trust(first, second)


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    _, other = pair(tmp_path, "other")

    assert deliveries.signer(certificate, key).certificate.serial_number == 1
    with pytest.raises(DocumentError, match="not the key of"):
        deliveries.signer(certificate, other)
    with pytest.raises(DocumentError, match="no private key"):
        deliveries.signer(certificate, certificate)


def test_files_are_written_with_their_modes_and_octets(tmp_path: Path) -> None:
    octets = bytes(range(256))
    delivery = Delivery(documents=(document("a/open", octets), document("closed", b"x", secret=True)))

    written = deliveries.write(delivery, tmp_path / "out")

    assert [path.stat().st_mode & 0o777 for path in written] == [0o644, 0o600]
    assert written[0].read_bytes() == octets
    assert deliveries.write(delivery, tmp_path / "out") == written


def test_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    old = tmp_path / "old.ps1"
    old.touch()

    with pytest.raises(Refused, match=r"holds other files \(old.ps1\)"):
        deliveries.write(Delivery(documents=(document("new", b""),)), tmp_path)

    assert list(tmp_path.iterdir()) == [old]


def test_folder_with_a_link_to_another_in_it_is_refused(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "startup").symlink_to(elsewhere)

    with pytest.raises(Refused, match=r"holds other files \(startup\)"):
        deliveries.write(Delivery(documents=(document("startup/new", b""),)), out)

    assert list(elsewhere.iterdir()) == []


def test_account_without_a_name_is_refused() -> None:
    with pytest.raises(Refused, match="user 2147480000 and group 0 need names"):
        deliveries.account(2_147_480_000, 0)

    assert deliveries.account(0, 0) == ("root", "root")


def document(path: str, content: bytes, *, secret: bool = False) -> Document:
    return Document(path=PurePosixPath(path), content=content, secret=secret)


def pair(folder: Path, name: str = "signer") -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), 1, start, start.replace(year=2036))
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@pytest.fixture
def trust() -> Trust:
    return deliveries.trust(TRUST / "root.pem", TRUST / "issuing.pem")


@pytest.fixture
def plan() -> Plan:
    return load((ROOT / "examples" / "contoso.toml").read_text(), name="contoso.toml")
