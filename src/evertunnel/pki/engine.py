"""Runs signer and publisher on the authority's host, and proves that they do their work."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography import x509

from evertunnel import documents
from evertunnel.drivers import http, local_socket
from evertunnel.errors import EngineRejected, EngineUnavailable, EvertunnelError
from evertunnel.paths import RUN
from evertunnel.pki import custody
from evertunnel.pki.model import State
from evertunnel.pki.places import PUBLISHER, SIGNER, Places
from evertunnel.pki.render import PUBLISHER_JSON, TREE
from evertunnel.pki.requests import Answer
from evertunnel.pki.settings import PublisherSettings
from evertunnel.reconcile.local import HostDrivers, LocalEngine, Owned
from evertunnel.reconcile.model import Action, Evidence

SOCKET = RUN / "signer" / "signer.sock"
PATIENCE = 5.0
LARGEST_CRL = 64 << 20


class PkiEngine:
    """Engine[State]; `settle_seconds` is how long services that were just started may take to answer."""

    name = "pki"

    def __init__(
        self,
        *,
        host: HostDrivers,
        places: Places | None = None,
        socket: Path = SOCKET,
        clock: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
        settle_seconds: float = PATIENCE,
    ) -> None:
        self._places = places or Places()
        self._socket, self._clock, self._sleep, self._settle_seconds = socket, clock, sleep, settle_seconds
        owned = Owned(
            tree=TREE,
            services=("signer", "publisher"),
            directories=tuple(directory.path for directory in self._places.directories()),
            accounts=(SIGNER.name, PUBLISHER.name),
            programs=("evertunnel", "install"),
        )
        self._local = LocalEngine(name=self.name, owned=owned, host=host)

    def observe(self) -> State:
        """What is there and runs."""
        return self._local.observe()

    def diff(self, current: State, desired: State) -> tuple[Action, ...]:
        """What leads from one to the other."""
        return self._local.diff(current, desired)

    def check(self, desired: State) -> None:
        """Refuses to start a signer where no authority was made."""
        self._local.check(desired)
        wanted = {service.name for service in desired.services}
        if "signer" in wanted and not (self._places.keys / "issuing.key").exists():
            raise EngineRejected(
                "This host has no authority. Make one first: evertunnel ca create PLAN --root-key FILE"
            )

    def perform(self, action: Action) -> None:
        """Does one action of `diff`."""
        self._local.perform(action)

    def verify(self, desired: State) -> tuple[Evidence, ...]:
        """Files and services, the signer's answer, and both CRLs as a gateway fetches them."""
        wanted = {service.name for service in desired.services}
        evidence = list(self._local.verify(desired))
        if "signer" in wanted:
            evidence.append(self._until_held(partial(signer_evidence, self._socket)))
        if "publisher" in wanted:
            base = _base_url(desired)
            looks = [partial(self._crl_evidence, base, name) for name in ("issuing", "root")]
            evidence += [self._until_held(look) for look in looks]
        return tuple(evidence)

    def empty(self) -> State:
        """Nothing; keys, journal and published files stay on disk."""
        return self._local.empty()

    def _until_held(self, look: Callable[[], Evidence]) -> Evidence:
        deadline = self._clock() + self._settle_seconds
        while not (evidence := look()).held and self._clock() < deadline:
            self._sleep(0.1)
        return evidence

    def _crl_evidence(self, base: str, name: str) -> Evidence:
        try:
            fetched = x509.load_der_x509_crl(http.get(f"{base}/{name}.crl", PATIENCE, LARGEST_CRL))
            signers = dict(zip(("root", "issuing"), custody.authorities(self._places), strict=True))
        except (EvertunnelError, ValueError) as error:
            return Evidence(part=f"{name} CRL", held=False, what=f"cannot be fetched: {error}")
        return crl_evidence(name, fetched, signers[name], self._clock())


def signer_evidence(socket: Path) -> Evidence:
    """Whether the signer answers: it is asked for nothing, which is a mistake that it names."""
    try:
        raw = local_socket.ask(socket, b"{}", PATIENCE)
        answer = documents.from_json(Answer, raw, name="the signer's answer")
    except EngineUnavailable as error:
        return Evidence(part="signer", held=False, what=str(error))
    return Evidence(part="signer", held=bool(answer.wrong), what=f"answers on {socket}")


def crl_evidence(name: str, crl: x509.CertificateRevocationList, signer: x509.Certificate, now: float) -> Evidence:
    """Whether a fetched CRL is good: signed by its authority, and not about to be out of date."""
    part = f"{name} CRL"
    until = crl.next_update_utc
    if not crl.is_signature_valid(signer.public_key()):  # type: ignore[arg-type]  # ours are RSA, which it takes
        return Evidence(part=part, held=False, what=f"is not signed by {signer.subject.rfc4514_string()}")
    if until is None or until <= datetime.fromtimestamp(now, UTC):
        return Evidence(part=part, held=False, what=f"is out of date since {until}")
    return Evidence(
        part=part, held=True, what=f"fetched over HTTP, {len(crl)} revoked, valid until {until:%Y-%m-%d %H:%M} UTC"
    )


def _base_url(desired: State) -> str:
    (text,) = (file.content for file in desired.files if file.path == PUBLISHER_JSON)
    settings = documents.from_json(PublisherSettings, text, name=str(PUBLISHER_JSON))
    return f"http://{settings.address}:{settings.port}"
