"""The signer as a process of its own under an account of its own, and its certificates as OpenSSL reads them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel import documents
from evertunnel.directory import records as directory
from evertunnel.directory import users
from evertunnel.directory.model import Kind, NewUser
from evertunnel.drivers.host.users import Account
from evertunnel.errors import EngineUnavailable, Refused
from evertunnel.pki import authority, custody, journal, records
from evertunnel.pki.authority import AuthoritySettings, NewAuthority
from evertunnel.pki.custody import Places
from evertunnel.pki.requests import Issued
from evertunnel.pki.settings import SignerSettings, TemplateRules
from evertunnel.pki.signer_client import SignerClient
from evertunnel.pki.templates import TemplateName
from evertunnel.store import migrate, open_store
from evertunnel.store.audit import Act
from evertunnel.values import Fqdn, GroupName, HostName, ObjectId, PrincipalName, Sid, UserName

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

# Numbers that no account has: what the signer may touch is decided by them all the same.
SIGNER, STRANGER, GROUP = 61_801, 61_802, 61_800
LAPTOP, GATEWAY, MEMBERS = HostName("laptop1"), HostName("gateway1"), GroupName("Members")
ALICE, SID, INNER = UserName("alice@corp.contoso.com"), Sid("S-1-5-21-1-2-3-1104"), GroupName("Inner")
ACT = Act(at=1.0, actor="test")

PROGRAM = """
import sys, threading
from pathlib import Path
from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.pki import custody
from evertunnel.pki.custody import Places
from evertunnel.pki.settings import SignerSettings
from evertunnel.services.signer import Signer
base = Path(sys.argv[1])
places = Places(keys=base / "ca", journal=base / "signer" / "journal.jsonl", published=base / "published")
settings = documents.from_json(SignerSettings, (base / "signer.json").read_text(), name="signer.json")
signer = Signer(settings=settings, issuer=custody.load_issuer(places), places=places, store=base / "store" / "store.db")
local_socket.serve(base / "run" / "signer.sock", signer.answer, 0o666, None)
"""
ASK = """
import sys
from pathlib import Path
from evertunnel.pki.signer_client import SignerClient
SignerClient(socket=Path(sys.argv[1]) / "run" / "signer.sock").sign_crl()
"""


def test_openssl_sees_the_subject_names_and_usages(base: Path, client: SignerClient) -> None:
    issued = _issue(client, TemplateName.DEVICE, LAPTOP)
    (base / "device.pem").write_text(issued.pem)

    text = _run("openssl", "x509", "-in", str(base / "device.pem"), "-noout", "-text")

    assert f"Subject: O = Contoso, CN = laptop1.corp.contoso.com, serialNumber = {issued.serial}\n" in text
    for line in (
        "Issuer: O = Contoso, CN = Contoso Issuing CA",
        "DNS:laptop1.corp.contoso.com",
        "TLS Web Client Authentication\n",
        "Policy: 1.3.6.1.4.1.32473.1.1",
        "URI:http://pki.corp.contoso.com/issuing.crl",
        "CA Issuers - URI:http://pki.corp.contoso.com/issuing.crt",
        "Digital Signature, Key Encipherment",
    ):
        assert line in text


def test_openssl_sees_the_gateways_names(base: Path, client: SignerClient) -> None:
    (base / "gateway.pem").write_text(_issue(client, TemplateName.VPN_SERVER, GATEWAY).pem)

    text = _run("openssl", "x509", "-in", str(base / "gateway.pem"), "-noout", "-text")

    assert "DNS:vpn.contoso.com, IP Address:203.0.113.10" in text
    assert "TLS Web Server Authentication, ipsec Internet Key Exchange" in text or "1.3.6.1.5.5.8.2.2" in text


def test_openssl_sees_a_users_name_and_sid(base: Path, client: SignerClient) -> None:
    issued = _issue(client, TemplateName.USER, ALICE)
    (base / "device.pem").write_text(issued.pem)

    text = _run("openssl", "x509", "-in", str(base / "device.pem"), "-noout", "-text")
    parsed = _run("openssl", "asn1parse", "-in", str(base / "device.pem"))

    assert f"Subject: O = Contoso, CN = {ALICE}, serialNumber = {issued.serial}\n" in text
    assert "TLS Web Client Authentication, E-mail Protection, Microsoft Encrypted File System" in text
    assert f"othername: UPN::{ALICE}\n" in text
    assert "1.3.6.1.4.1.311.25.2: \n" in text
    assert SID.encode().hex().upper() in parsed
    assert _verify(base, "1.3.6.1.4.1.32473.1.4") == ""
    assert "no explicit policy" in _verify(base, "1.3.6.1.4.1.32473.1.1")


def test_a_mail_certificate_signs_nobody_in(base: Path, client: SignerClient) -> None:
    (base / "device.pem").write_text(_issue(client, TemplateName.MAIL, ALICE).pem)

    text = _run("openssl", "x509", "-in", str(base / "device.pem"), "-noout", "-text")

    assert f"email:{ALICE}" in text
    assert "Client Authentication" not in text
    assert "1.3.6.1.4.1.311.25.2" not in text
    assert "unsuitable certificate purpose" in _verify(base, "1.3.6.1.4.1.32473.1.5")


def test_a_user_who_is_disabled_or_out_of_the_group_gets_nothing_until_that_is_mended(
    base: Path, client: SignerClient
) -> None:
    store = open_store(base / "store" / "store.db")
    with store.transaction() as connection:
        users.set_enabled(connection, ALICE, ACT, enabled=False)
    with pytest.raises(Refused, match="is disabled"):
        _issue(client, TemplateName.USER, ALICE)
    with store.transaction() as connection:
        users.set_enabled(connection, ALICE, ACT, enabled=True)
        directory.remove_member(connection, INNER, MEMBERS, ACT)
    with pytest.raises(Refused, match="is not in Members"):
        _issue(client, TemplateName.USER, ALICE)
    with store.transaction() as connection:
        directory.add_member(connection, INNER, MEMBERS, ACT)

    assert _issue(client, TemplateName.USER, ALICE)


def test_openssl_verifies_chain_policy_and_both_crls_and_refuses_another_policy(
    base: Path, client: SignerClient
) -> None:
    issued = _issue(client, TemplateName.DEVICE, LAPTOP)
    (base / "device.pem").write_text(issued.pem)

    assert _verify(base, "1.3.6.1.4.1.32473.1.1") == ""
    assert "no explicit policy" in _verify(base, "1.3.6.1.4.1.32473.1.4")


def test_openssl_refuses_a_revoked_certificate_once_the_crl_says_so(base: Path, client: SignerClient) -> None:
    issued = _issue(client, TemplateName.DEVICE, LAPTOP)
    (base / "device.pem").write_text(issued.pem)
    with open_store(base / "store" / "store.db").transaction() as connection:
        records.keep(connection, issued, ACT)
        records.revoke(connection, issued.serial, "keyCompromise", ACT)
    assert _verify(base, "1.3.6.1.4.1.32473.1.1") == ""

    assert client.sign_crl().revoked == 1

    assert "certificate revoked" in _verify(base, "1.3.6.1.4.1.32473.1.1")


def test_stranger_gets_nothing_and_root_does(base: Path, client: SignerClient) -> None:
    stranger = subprocess.run(
        [*_as(STRANGER), sys.executable, "-c", ASK, str(base)], capture_output=True, text=True, check=False
    )

    assert f"User {STRANGER} may not ask for a CRL" in stranger.stderr
    assert client.sign_crl().number > 0


def test_principal_that_the_store_does_not_know_is_refused(client: SignerClient) -> None:
    with pytest.raises(Refused, match="laptop9 is not in the directory"):
        _issue(client, TemplateName.DEVICE, HostName("laptop9"))
    assert _issue(client, TemplateName.DEVICE, LAPTOP)


def test_what_a_killed_asker_was_given_is_recovered_from_the_journal(base: Path, client: SignerClient) -> None:
    issued = _issue(client, TemplateName.DEVICE, LAPTOP)

    with open_store(base / "store" / "store.db").transaction() as connection:
        assert records.find(connection, issued.serial) is None
        assert issued.serial in journal.recover(connection, base / "signer" / "journal.jsonl", ACT)
        assert records.get(connection, issued.serial).pem == issued.pem


def _issue(client: SignerClient, template: TemplateName, principal: PrincipalName) -> Issued:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = builder.sign(authority.generate_key(2048), hashes.SHA256())
    return client.issue(template, principal, request.public_bytes(Encoding.PEM).decode())


def _verify(base: Path, policy: str) -> str:
    """OpenSSL's complaint about device.pem, nothing if it is content."""
    crls = b"".join(
        x509.load_der_x509_crl((base / "published" / f"{name}.crl").read_bytes()).public_bytes(Encoding.PEM)
        for name in ("issuing", "root")
    )
    (base / "crls.pem").write_bytes(crls)
    done = subprocess.run(
        [
            *("openssl", "verify", "-x509_strict", "-crl_check_all", "-explicit_policy", "-policy", policy),
            *("-purpose", "sslclient", "-CRLfile", str(base / "crls.pem"), "-CAfile", str(base / "ca" / "root.crt")),
            *("-untrusted", str(base / "ca" / "issuing.crt"), str(base / "device.pem")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr + done.stdout


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _as(uid: int) -> list[str]:
    return ["setpriv", f"--reuid={uid}", f"--regid={GROUP}", "--clear-groups", "--inh-caps=-all", "--no-new-privs"]


@pytest.fixture
def client(base: Path) -> Iterator[SignerClient]:
    process = subprocess.Popen([*_as(SIGNER), sys.executable, "-c", PROGRAM, str(base)])
    client = SignerClient(socket=base / "run" / "signer.sock")
    try:
        _wait_for(client)
        yield client
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(client: SignerClient) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            client.sign_crl()
        except EngineUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def base(new: NewAuthority) -> Iterator[Path]:
    # Not below pytest's own directory, which is closed to the signer's account.
    with tempfile.TemporaryDirectory(prefix="evertunnel-signer-") as name:
        Path(name).chmod(0o755)
        _furnish(Path(name), new)
        yield Path(name)


def _furnish(base: Path, new: NewAuthority) -> None:
    root = Account(name="root", group="root")
    places = Places(keys=base / "ca", journal=base / "signer" / "j", published=base / "published", owner=root)
    custody.install(new, places, NoAccounts())
    _make_store(base / "store" / "store.db")
    (base / "run").mkdir()
    (base / "signer.json").write_text(documents.to_json(_settings()))
    for path in (base / "ca", base / "ca" / "issuing.key", base / "signer", base / "published", base / "run"):
        os.chown(path, SIGNER, GROUP)
    os.chown(base / "store", 0, GROUP)
    os.chown(base / "store" / "store.db", 0, GROUP)
    (base / "store").chmod(0o2770)
    (base / "store" / "store.db").chmod(0o660)


def _make_store(path: Path) -> None:
    migrate(path)
    with open_store(path).transaction() as connection:
        directory.add_group(connection, MEMBERS, ACT)
        directory.add_computer(connection, LAPTOP, Kind.DEVICE, ACT)
        directory.add_computer(connection, GATEWAY, Kind.HOST, ACT)
        for name in (LAPTOP, GATEWAY):
            directory.add_member(connection, name, MEMBERS, ACT)
        directory.add_group(connection, INNER, ACT)
        directory.add_member(connection, INNER, MEMBERS, ACT)
        users.add_user(connection, NewUser(name=ALICE, sid=SID), ACT)
        directory.add_member(connection, ALICE, INNER, ACT)


def _settings() -> SignerSettings:
    return SignerSettings(
        organisation="Contoso",
        domain=Fqdn("corp.contoso.com"),
        policy_arc=ObjectId("1.3.6.1.4.1.32473.1"),
        publication_name=Fqdn("pki.corp.contoso.com"),
        crl_hours=168,
        templates={name: TemplateRules(days=365, groups=(MEMBERS,)) for name in TemplateName},
        server_names={GATEWAY: ("vpn.contoso.com", "203.0.113.10")},
    )


@pytest.fixture(scope="module")
def new() -> NewAuthority:
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
    return authority.create(settings, authority.generate_keys(), time.time())


class NoAccounts:
    """An account database in which every account is there."""

    def observe(self, name: str) -> Account | None:
        return None

    def make(self, account: Account) -> None:
        return None
