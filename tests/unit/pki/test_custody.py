import grp
import os
import pwd
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evertunnel.drivers.host.users import Account
from evertunnel.errors import EngineRejected, NotFound, Refused
from evertunnel.pki import custody
from evertunnel.pki.authority import NewAuthority
from evertunnel.pki.custody import Places


class NoAccounts:
    """An account database in which every account is there."""

    def observe(self, name: str) -> Account | None:
        return None

    def make(self, account: Account) -> None:
        return None


def test_issuing_key_is_its_owners_alone_and_the_roots_key_is_nowhere(new: NewAuthority, places: Places) -> None:
    custody.install(new, places, NoAccounts())

    assert (places.keys / "issuing.key").stat().st_mode & 0o777 == 0o600
    assert places.keys.stat().st_mode & 0o777 == 0o700
    root_key = new.root_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    everything = [path.read_bytes() for path in places.keys.parent.rglob("*") if path.is_file()]
    assert len(everything) == 7
    assert all(root_key not in content for content in everything)


def test_published_are_both_certificates_and_both_crls(new: NewAuthority, places: Places) -> None:
    custody.install(new, places, NoAccounts())

    assert custody.authorities(places) == (new.root, new.issuing)
    assert custody.published_crl(places.published, "root") == new.root_crl
    assert custody.published_crl(places.published, "issuing") == new.issuing_crl
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in places.published.iterdir())


def test_second_authority_is_refused_and_changes_nothing(new: NewAuthority, places: Places) -> None:
    custody.install(new, places, NoAccounts())
    before = (places.keys / "issuing.key").read_bytes()

    with pytest.raises(Refused, match="an authority on this host already"):
        custody.install(new, places, NoAccounts())
    assert (places.keys / "issuing.key").read_bytes() == before


def test_signer_loads_what_was_installed(new: NewAuthority, places: Places) -> None:
    with pytest.raises(NotFound, match="evertunnel ca create"):
        custody.load_issuer(places)
    custody.install(new, places, NoAccounts())

    assert custody.load_issuer(places).certificate == new.issuing


def test_key_that_does_not_fit_its_certificate_is_refused(new: NewAuthority, places: Places) -> None:
    custody.install(new, places, NoAccounts())
    (places.keys / "issuing.crt").write_bytes(new.root.public_bytes(Encoding.PEM))
    with pytest.raises(EngineRejected, match="not the key of"):
        custody.load_issuer(places)

    (places.keys / "issuing.key").write_text("no key")
    with pytest.raises(EngineRejected, match="cannot be read"):
        custody.load_issuer(places)


def test_key_with_the_right_modulus_that_cannot_sign_is_refused(new: NewAuthority, places: Places) -> None:
    custody.install(new, places, NoAccounts())
    good = new.issuing_key.private_numbers()
    spoilt = rsa.RSAPrivateNumbers(
        p=good.p,
        q=good.q,
        d=good.d ^ 2**64,
        dmp1=good.dmp1 ^ 2**64,
        dmq1=good.dmq1,
        iqmp=good.iqmp,
        public_numbers=good.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
    pem = spoilt.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (places.keys / "issuing.key").write_bytes(pem)

    with pytest.raises(EngineRejected, match="not the key of"):
        custody.load_issuer(places)


def test_unreadable_crl_counts_as_none(tmp_path: Path) -> None:
    assert custody.published_crl(tmp_path, "issuing") is None
    (tmp_path / "issuing.crl").write_bytes(b"no CRL")
    assert custody.published_crl(tmp_path, "issuing") is None


def test_publishing_replaces_whole_files_and_leaves_no_others(tmp_path: Path) -> None:
    custody.publish(tmp_path, "issuing.crl", b"one")
    custody.publish(tmp_path, "issuing.crl", b"two")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("issuing.crl", b"two")]
    with pytest.raises(EngineRejected, match="cannot be published"):
        custody.publish(tmp_path / "nowhere", "issuing.crl", b"three")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    me = Account(name=pwd.getpwuid(os.getuid()).pw_name, group=grp.getgrgid(os.getgid()).gr_name)
    return Places(
        keys=tmp_path / "ca", journal=tmp_path / "signer" / "journal.jsonl", published=tmp_path / "published", owner=me
    )
