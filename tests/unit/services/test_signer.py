import dataclasses
import grp
import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from evertunnel import documents
from evertunnel.directory import records as directory
from evertunnel.directory import users
from evertunnel.directory.model import Kind, NewUser
from evertunnel.drivers.host.users import Account
from evertunnel.drivers.local_socket import Peer
from evertunnel.pki import authority, custody, journal, records
from evertunnel.pki.authority import AuthoritySettings, Keys
from evertunnel.pki.crl import Issuer
from evertunnel.pki.custody import Places
from evertunnel.pki.requests import Answer, Issue, Request, SignCrl
from evertunnel.pki.settings import SignerSettings, TemplateRules
from evertunnel.pki.templates import TemplateName
from evertunnel.services.signer import Signer, new_serial
from evertunnel.store import migrate, open_store
from evertunnel.store.audit import Act
from evertunnel.values import Fqdn, GroupName, HostName, ObjectId, PrincipalName, Serial, Sid, UserName

NOW = 1_800_000_000.0
ACT = Act(at=NOW, actor="alice")
ROOT, PUBLISHER, STRANGER = (Peer(uid=uid, gid=uid, pid=1) for uid in (0, 990, 1000))
ALICE, SID = UserName("alice@corp.contoso.com"), Sid("S-1-5-21-1-2-3-1104")
LAPTOP, DEVICES, SALES = HostName("laptop1"), GroupName("VPN Devices"), GroupName("Sales")
Change = Callable[[Callable[[Connection], object]], None]


def _add_laptop(connection: Connection) -> None:
    directory.add_computer(connection, LAPTOP, Kind.DEVICE, ACT)
    directory.add_member(connection, LAPTOP, SALES, ACT)


def _add_alice(connection: Connection) -> None:
    users.add_user(connection, NewUser(name=ALICE, sid=SID), ACT)
    directory.add_member(connection, ALICE, SALES, ACT)


def test_member_of_a_nested_group_gets_a_certificate_that_is_in_the_journal(signer: Signer, csr: str) -> None:
    answer = _ask(signer, ROOT, _issue(csr))

    assert answer.issued is not None
    assert answer.issued.subject == f"O=Contoso, CN=laptop1.corp.contoso.com, serialNumber={answer.issued.serial}"
    assert journal.read(signer.places.journal) == (answer.issued,)
    certificate = x509.load_pem_x509_certificate(answer.issued.pem.encode())
    certificate.verify_directly_issued_by(signer.issuer.certificate)


@pytest.mark.parametrize(
    ("spoil", "mend", "reason"),
    [
        (
            lambda connection: directory.set_enabled(connection, LAPTOP, ACT, enabled=False),
            lambda connection: directory.set_enabled(connection, LAPTOP, ACT, enabled=True),
            "laptop1 is disabled",
        ),
        (
            lambda connection: directory.remove_member(connection, SALES, DEVICES, ACT),
            lambda connection: directory.add_member(connection, SALES, DEVICES, ACT),
            "laptop1 is not in VPN Devices",
        ),
        (
            lambda connection: directory.remove_computer(connection, LAPTOP, ACT),
            _add_laptop,
            "laptop1 is not in the directory",
        ),
    ],
)
def test_what_the_store_says_at_that_moment_decides(
    signer: Signer,
    csr: str,
    change: Change,
    spoil: Callable[[Connection], None],
    mend: Callable[[Connection], None],
    reason: str,
) -> None:
    change(spoil)
    assert reason in " ".join(_ask(signer, ROOT, _issue(csr)).refused)
    assert journal.read(signer.places.journal) == ()

    change(mend)
    assert _ask(signer, ROOT, _issue(csr)).issued is not None


def test_a_user_in_a_nested_group_gets_a_certificate_with_upn_and_sid(signer: Signer, csr: str, change: Change) -> None:
    change(_add_alice)

    issued = _ask(signer, ROOT, _issue(csr, TemplateName.USER, ALICE)).issued

    assert issued is not None
    assert (issued.principal, type(issued.principal)) == (ALICE, UserName)
    assert issued.subject == f"O=Contoso, CN={ALICE}, serialNumber={issued.serial}"
    assert journal.read(signer.places.journal) == (issued,)
    extensions = x509.load_pem_x509_certificate(issued.pem.encode()).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.OtherName)[0].value == b"\x0c" + bytes([len(ALICE)]) + ALICE.encode()
    sid = extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.4.1.311.25.2"))
    assert isinstance(sid.value, x509.UnrecognizedExtension)
    assert sid.value.value.endswith(SID.encode())
    assert not sid.critical


@pytest.mark.parametrize(
    ("spoil", "mend", "reason"),
    [
        (
            lambda connection: users.set_enabled(connection, ALICE, ACT, enabled=False),
            lambda connection: users.set_enabled(connection, ALICE, ACT, enabled=True),
            "alice@corp.contoso.com is disabled",
        ),
        (
            lambda connection: directory.remove_member(connection, SALES, DEVICES, ACT),
            lambda connection: directory.add_member(connection, SALES, DEVICES, ACT),
            "alice@corp.contoso.com is not in VPN Devices",
        ),
        (
            lambda connection: users.remove_user(connection, ALICE, ACT),
            _add_alice,
            "alice@corp.contoso.com is not in the directory",
        ),
    ],
)
def test_what_the_store_says_of_a_user_at_that_moment_decides(
    signer: Signer,
    csr: str,
    change: Change,
    spoil: Callable[[Connection], None],
    mend: Callable[[Connection], None],
    reason: str,
) -> None:
    change(_add_alice)
    change(spoil)
    assert reason in " ".join(_ask(signer, ROOT, _issue(csr, TemplateName.USER, ALICE)).refused)

    change(mend)
    assert _ask(signer, ROOT, _issue(csr, TemplateName.USER, ALICE)).issued is not None


@pytest.mark.parametrize("template", [TemplateName.USER, TemplateName.MAIL])
def test_a_computer_gets_no_name_that_is_a_users(
    signer: Signer, csr: str, change: Change, template: TemplateName
) -> None:
    namesake = HostName("alice")
    change(lambda connection: directory.add_computer(connection, namesake, Kind.DEVICE, ACT))
    change(lambda connection: directory.add_member(connection, namesake, SALES, ACT))
    assert _ask(signer, ROOT, _issue(csr, template, namesake)).issued is not None

    change(_add_alice)

    assert "is a user" in _ask(signer, ROOT, _issue(csr, template, namesake)).refused[0]
    assert _ask(signer, ROOT, _issue(csr, TemplateName.DEVICE, namesake)).issued is not None


def test_only_root_gets_certificates_and_the_publisher_a_crl(signer: Signer, csr: str) -> None:
    crl = Request(sign_crl=SignCrl())

    assert "may not ask for certificates" in _ask(signer, PUBLISHER, _issue(csr)).refused[0]
    assert "may not ask for certificates" in _ask(signer, STRANGER, _issue(csr)).refused[0]
    assert "may not ask for a CRL" in _ask(signer, STRANGER, crl).refused[0]
    assert _ask(signer, PUBLISHER, crl).crl is not None
    assert _ask(signer, ROOT, crl).crl is not None


def test_wrong_certificate_request_is_answered_with_its_mistake(signer: Signer) -> None:
    (problem,) = _ask(signer, ROOT, _issue("not a request")).wrong

    assert str(problem).startswith("csr: not a certificate request")


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"{}", b"[1]", b'{"issue": {"template": "device"}}', b"[" * 100_000])
def test_hostile_bytes_are_answered_with_their_mistake(signer: Signer, raw: bytes) -> None:
    answer = documents.from_json(Answer, signer.answer(STRANGER, raw), name="answer")

    assert answer.wrong
    assert answer.issued is None


def test_certificate_that_cannot_be_journaled_is_not_handed_out(signer: Signer, csr: str) -> None:
    signer.places.journal.parent.rmdir()

    answer = _ask(signer, ROOT, _issue(csr))

    assert "nothing was issued" in answer.failed
    assert answer.issued is None


def test_crl_lists_what_the_store_holds_as_revoked_and_its_number_grows(
    signer: Signer, csr: str, change: Change
) -> None:
    issued = _ask(signer, ROOT, _issue(csr)).issued
    assert issued is not None
    change(lambda connection: records.keep(connection, issued, ACT))
    first = signer.sign_crl()
    change(lambda connection: records.revoke(connection, issued.serial, "keyCompromise", ACT))

    second = signer.sign_crl()

    published = custody.published_crl(signer.places.published, "issuing")
    assert published is not None
    assert [entry.serial_number for entry in published] == [issued.serial.number]
    assert (first.revoked, second.revoked) == (0, 1)
    assert second.number > first.number


def test_crl_is_renewed_at_half_its_life_when_it_is_gone_and_when_it_is_not_ours(signer: Signer) -> None:
    assert not signer.renew_crl_if_due()
    later = dataclasses.replace(signer, clock=lambda: NOW + 84 * 3600)
    assert later.renew_crl_if_due()
    assert not later.renew_crl_if_due()

    (signer.places.published / "issuing.crl").unlink()
    assert later.renew_crl_if_due()
    (signer.places.published / "issuing.crl").write_bytes((signer.places.published / "root.crl").read_bytes())
    assert later.renew_crl_if_due()


def test_revocation_whose_asker_died_is_published_all_the_same(signer: Signer, csr: str, change: Change) -> None:
    issued = _ask(signer, ROOT, _issue(csr)).issued
    assert issued is not None
    change(lambda connection: records.keep(connection, issued, ACT))
    assert not signer.renew_crl_if_due()

    change(lambda connection: records.revoke(connection, issued.serial, "superseded", ACT))

    assert signer.renew_crl_if_due()
    assert not signer.renew_crl_if_due()


def test_serials_are_long_positive_and_new() -> None:
    serials = [new_serial() for _ in range(100)]

    assert len(set(serials)) == 100
    assert all(len(serial) == 32 and serial[0] in "4567" for serial in serials)


def _ask(signer: Signer, peer: Peer, request: Request) -> Answer:
    return documents.from_json(Answer, signer.answer(peer, documents.to_json(request).encode()), name="answer")


def _issue(csr: str, template: TemplateName = TemplateName.DEVICE, principal: PrincipalName = LAPTOP) -> Request:
    return Request(issue=Issue(template=template, principal=principal, csr_pem=csr))


@pytest.fixture(scope="session")
def keys() -> Keys:
    root, issuing = (authority.generate_key(2048) for _ in range(2))
    return Keys(root=root, issuing=issuing, root_serial=Serial("a1"), issuing_serial=Serial("b2"))


@pytest.fixture(scope="session")
def csr() -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(authority.generate_key(2048), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once and copied: migrations are slow."""
    folder = tmp_path_factory.mktemp("filled") / "store"
    migrate(folder / "store.db")
    with open_store(folder / "store.db").transaction() as connection:
        for group in (DEVICES, SALES):
            directory.add_group(connection, group, ACT)
        directory.add_member(connection, SALES, DEVICES, ACT)
        _add_laptop(connection)
    return folder


@pytest.fixture
def store(tmp_path: Path, filled_store: Path) -> Path:
    shutil.copytree(filled_store, tmp_path / "store")
    return tmp_path / "store" / "store.db"


@pytest.fixture
def change(store: Path) -> Change:
    def run(what: Callable[[Connection], object]) -> None:
        with open_store(store).transaction() as connection:
            what(connection)

    return run


@pytest.fixture
def signer(tmp_path: Path, keys: Keys, store: Path) -> Signer:
    me = Account(name=pwd.getpwuid(os.getuid()).pw_name, group=grp.getgrgid(os.getgid()).gr_name)
    places = Places(
        keys=tmp_path / "ca", journal=tmp_path / "signer" / "journal.jsonl", published=tmp_path / "published", owner=me
    )
    settings = AuthoritySettings(
        organisation="Contoso",
        root_name="Contoso Root CA",
        issuing_name="Contoso Issuing CA",
        publication_name=Fqdn("pki.corp.contoso.com"),
        root_years=20,
        issuing_years=10,
        root_crl_days=365,
        crl_hours=168,
    )
    new = authority.create(settings, keys, NOW)
    custody.install(new, places, NoAccounts())
    return Signer(
        settings=SignerSettings(
            organisation="Contoso",
            domain=Fqdn("corp.contoso.com"),
            policy_arc=ObjectId("1.3.6.1.4.1.32473.1"),
            publication_name=Fqdn("pki.corp.contoso.com"),
            crl_hours=168,
            templates={name: TemplateRules(days=365, groups=(DEVICES,)) for name in TemplateName},
            server_names={},
        ),
        issuer=Issuer(certificate=new.issuing, key=new.issuing_key),
        places=places,
        store=store,
        crl_askers=frozenset({0, PUBLISHER.uid}),
        clock=lambda: NOW,
    )


class NoAccounts:
    """An account database in which every account is there."""

    def observe(self, name: str) -> Account | None:
        return None

    def make(self, account: Account) -> None:
        return None
