"""The signer: its own process, without network, and the only reader of the issuing key.

It believes nobody: the kernel says who asks, the store (opened read-only) says who the principal is, its own settings
say what the template gives. What it signs is in its journal before it is handed out.
"""

import pwd
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from evertunnel import documents
from evertunnel.directory import records as directory
from evertunnel.directory import users
from evertunnel.drivers import local_socket, logs
from evertunnel.drivers.local_socket import Peer
from evertunnel.errors import DocumentError, EvertunnelError, Refused
from evertunnel.paths import ETC, RUN, STATE
from evertunnel.pki import crl, custody, entitlement, issue, names
from evertunnel.pki import records as certificates
from evertunnel.pki.crl import Issuer, Revoked
from evertunnel.pki.custody import Places
from evertunnel.pki.entitlement import Principal
from evertunnel.pki.journal import Journal
from evertunnel.pki.requests import Answer, Issue, Issued, Request, SignCrl, SignedCrl
from evertunnel.pki.settings import SignerSettings
from evertunnel.pki.templates import TEMPLATES, NameRule, TemplateName
from evertunnel.store import open_store
from evertunnel.values import HostName, Serial, UserName

SETTINGS = ETC / "pki" / "signer.json"
SOCKET = RUN / "signer" / "signer.sock"
STORE = STATE / "store" / "store.db"
LOOK_SECONDS = 30.0

log = logs.get_logger(__name__)


def main(settings_file: Path = SETTINGS) -> None:
    """Serves for ever."""
    settings = documents.from_json(SignerSettings, settings_file.read_text(), name=str(settings_file))
    places = Places()
    signer = Signer(
        settings=settings,
        issuer=custody.load_issuer(places),
        places=places,
        store=STORE,
        crl_askers=frozenset({0, pwd.getpwnam(custody.PUBLISHER.name).pw_uid}),
    )
    threading.Thread(target=signer.keep_crl_fresh, daemon=True, name="crl").start()
    local_socket.serve(SOCKET, signer.answer, mode=0o660, group=custody.SIGNER.group)


def new_serial() -> Serial:
    """126 random bits below a leading one: always positive, always of one length."""
    return Serial.of(secrets.randbits(126) | 1 << 126)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Answers requests; `issue_askers` and `crl_askers` are the uids that may ask for each."""

    settings: SignerSettings
    issuer: Issuer
    places: Places
    store: Path
    issue_askers: frozenset[int] = frozenset({0})
    crl_askers: frozenset[int] = frozenset({0})
    clock: Callable[[], float] = time.time
    serials: Callable[[], Serial] = new_serial
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, peer: Peer, raw: bytes) -> bytes:
        """One request's answer, as `local_socket` wants it."""
        return documents.to_json(self._answer(peer, raw)).encode()

    def issue(self, wish: Issue) -> Issued:
        """Decides, signs, journals, and only then gives the certificate."""
        now = self.clock()
        request = issue.read_request(wish.csr_pem)
        order = entitlement.decide(self.settings, wish.template, self._principal(wish), wish.names, self.serials())
        certificate = issue.build(request, order, self.issuer, now)
        issued = Issued(
            serial=order.serial,
            template=wish.template,
            principal=wish.principal,
            subject=names.in_words(certificate.subject),
            not_before=certificate.not_valid_before_utc.timestamp(),
            not_after=certificate.not_valid_after_utc.timestamp(),
            pem=certificate.public_bytes(Encoding.PEM).decode(),
            issued=now,
        )
        with self._lock:
            Journal(path=self.places.journal).append(issued)
        log.info("certificate issued", serial=issued.serial, template=issued.template.value)
        return issued

    def sign_crl(self) -> SignedCrl:
        """Signs and publishes the CRL of what the store holds as revoked."""
        with self._lock:
            now, seconds = self.clock(), self.settings.crl_hours * 3600
            revoked = self._revoked(now)
            number = crl.next_number(custody.published_crl(self.places.published, "issuing"), now)
            signed = crl.build(revoked, crl.Issue(number=number, now=now, seconds=seconds), self.issuer)
            custody.publish(self.places.published, "issuing.crl", signed.public_bytes(Encoding.DER))
        log.info("crl published", number=number, revoked=len(revoked))
        return SignedCrl(number=number, next_update=now + seconds, revoked=len(revoked))

    def renew_crl_if_due(self) -> bool:
        """Renews the CRL at half its life, and when the published one is gone, not ours, or lacks a revocation."""
        now = self.clock()
        current = custody.published_crl(self.places.published, "issuing")
        if (
            current is not None
            and current.is_signature_valid(self.issuer.key.public_key())
            and not crl.due(current, now)
            # Whoever revoked may have died before it asked for the CRL.
            and {entry.serial.number for entry in self._revoked(now)} <= {entry.serial_number for entry in current}
        ):
            return False
        self.sign_crl()
        return True

    def keep_crl_fresh(self) -> None:
        """Looks now and then, for ever: a CRL that runs out locks everybody out."""
        while True:
            try:
                self.renew_crl_if_due()
            except EvertunnelError as error:
                log.warning("crl not renewed", error=str(error))
            except Exception:
                log.exception("crl not renewed because of a fault of ours")
            time.sleep(LOOK_SECONDS)

    def _answer(self, peer: Peer, raw: bytes) -> Answer:
        try:
            return self._do(peer, documents.from_json(Request, raw, name="request"))
        except Refused as refusal:
            log.warning("refused", uid=peer.uid, reasons=" ".join(refusal.reasons))
            return Answer(refused=refusal.reasons)
        except DocumentError as error:
            return Answer(wrong=error.problems)
        except EvertunnelError as error:
            log.warning("failed", error=str(error))
            return Answer(failed=str(error))

    def _do(self, peer: Peer, request: Request) -> Answer:
        match request.issue or request.sign_crl:
            case Issue() as wish:
                _require(peer, self.issue_askers, "certificates")
                return Answer(issued=self.issue(wish))
            case SignCrl():
                _require(peer, self.crl_askers, "a CRL")
                return Answer(crl=self.sign_crl())
            case None:
                raise Refused("A request asks for something.")

    def _revoked(self, now: float) -> tuple[Revoked, ...]:
        with open_store(self.store, read_only=True).transaction() as connection:
            return certificates.revoked(connection, expired_after=now - self.settings.crl_hours * 3600)

    def _principal(self, wish: Issue) -> Principal:
        with open_store(self.store, read_only=True).transaction() as connection:
            if isinstance(wish.principal, UserName):
                return _user(connection, wish.principal)
            self._require_own_name(connection, wish.principal, wish.template)
            return _computer(connection, wish.principal)

    def _require_own_name(self, connection: Connection, name: HostName, template: TemplateName) -> None:
        """A computer never gets the name of a person whom the directory knows."""
        if TEMPLATES[template].names not in {NameRule.FROM_DIRECTORY_UPN, NameRule.FROM_DIRECTORY_MAIL}:
            return
        person = users.find_user(connection, UserName(f"{name}@{self.settings.domain}"))
        if person is not None:
            raise Refused(
                f"{name} is a computer, and {person.name} is a user. Ask for a certificate for {person.name}."
            )


def _user(connection: Connection, name: UserName) -> Principal:
    found = users.find_user(connection, name)
    if found is None:
        raise Refused(f"{name} is not in the directory. Add the user first.")
    groups = directory.groups_of(connection, name)
    return Principal(name=name, enabled=found.enabled, groups=groups, sid=found.sid)


def _computer(connection: Connection, name: HostName) -> Principal:
    found = directory.find_computer(connection, name)
    if found is None:
        raise Refused(f"{name} is not in the directory. Add it first.")
    return Principal(name=name, enabled=found.enabled, groups=directory.groups_of(connection, name))


def _require(peer: Peer, allowed: frozenset[int], what: str) -> None:
    if peer.uid not in allowed:
        raise Refused(f"User {peer.uid} may not ask for {what}. Run the command as root.")
