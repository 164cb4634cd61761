"""Who knocks at the gateway with what: certificates good and bad, and attempts with them from a stranger's host."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from queue import Queue

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.namespaces.warm import Warm
from evertunnel.lab import attempt
from evertunnel.lab.attempt import CONF, LEAVE, SERVER, Attempt, Outcome, strongswan_conf
from evertunnel.lab.hosts import Host, Process
from evertunnel.lab.scenario import PROGRAM, WORK, Scenario, wait_for
from evertunnel.pki import authority, issue, names
from evertunnel.pki.crl import Issuer
from evertunnel.pki.templates import TEMPLATES, TemplateName
from evertunnel.plan.hosts import Role
from evertunnel.plan.proposals import proposals
from evertunnel.values import Fqdn, Secret, Serial

DAY = 86_400
ANSWER_SECONDS = 30.0
PYTHON = str(Path(PROGRAM).parent / "python")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A certificate with its key, and whose it is."""

    owner: str
    certificate: str
    key: Secret
    user: str = ""  # whose user certificate it is

    @property
    def x509(self) -> x509.Certificate:
        """The certificate, read."""
        return x509.load_pem_x509_certificate(self.certificate.encode())

    @property
    def serial(self) -> Serial:
        """Its serial number."""
        return Serial.of(self.x509.serial_number)

    @property
    def identity(self) -> str:
        """Its subject as charon is told it; a user's is the name that the certificate is for."""
        return self.user or names.in_words(self.x509.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """Makes credentials, and tries them from hosts that run a bare charon each, one attempt at a time on each.

    `second_key` is for certificates whose owners, or who pretends to be them, have another with another key.
    """

    scenario: Scenario
    idle: Queue[Host]
    authorities: tuple[str, ...]
    second_key: rsa.RSAPrivateKey

    def issued(self, owner: str, template: str = "device") -> Credential:
        """One more certificate that the signer gave to someone in the directory."""
        return self.issue_all({owner: self.second_key}, template)[owner]

    def issue_all(self, keys: Mapping[str, rsa.RSAPrivateKey], template: str) -> dict[str, Credential]:
        """Certificates for several owners of keys at once."""
        core, folder = self.scenario.core, f"{WORK}/{template}-{secrets.token_hex(4)}"
        for owner, key in keys.items():
            core.write(f"{folder}/{owner}.csr", request_of(key))
        self.scenario.evertunnel(core, "certificate", "issue-all", "--template", template, folder)
        return {
            owner: Credential(
                owner=owner,
                certificate=core.read(f"{folder}/{owner}.crt"),
                key=_secret(key),
                user=owner if template == "user" else "",
            )
            for owner, key in keys.items()
        }

    def forged(self, owner: str, issuer: Issuer, *, now: float, days: int = 30) -> Credential:
        """A certificate that no signer gave: the authority's own code, with any time and any issuer."""
        key = self.second_key
        request = x509.load_pem_x509_csr(request_of(key).encode())
        fqdn = Fqdn(f"{owner}.{self.scenario.plan.organisation.domain}")
        template = TEMPLATES[TemplateName.DEVICE]
        order = issue.Order(
            template=template,
            policy=template.policy(self.scenario.plan.certificates.policy_arc),
            organisation=self.scenario.plan.organisation.name,
            common_name=fqdn,
            names=(x509.DNSName(fqdn),),
            serial=Serial.of(x509.random_serial_number()),
            days=days,
            publication_name=self.scenario.plan.certificates.publication_name,
        )
        certificate = issue.build(request, order, issuer, now)
        return Credential(owner=owner, certificate=_pem(certificate), key=_secret(key))

    def expired(self, owner: str, issuer: Issuer) -> Credential:
        """A forged certificate whose time ended a minute ago."""
        good = self.forged(owner, issuer, now=time.time())
        until = datetime.now(UTC) - timedelta(minutes=1)
        builder = x509.CertificateBuilder(
            issuer_name=good.x509.issuer,
            subject_name=good.x509.subject,
            public_key=good.x509.public_key(),
            serial_number=good.x509.serial_number,
            not_valid_before=issuer.certificate.not_valid_before_utc,
            not_valid_after=until,
            extensions=list(good.x509.extensions),
        )
        return replace(good, certificate=_pem(builder.sign(issuer.key, hashes.SHA256())))

    def real_issuer(self) -> Issuer:
        """The plan's issuing authority, its key read from the core host's disk as only the lab can."""
        core = self.scenario.core
        pem = core.read("/var/lib/evertunnel/ca/issuing.key").encode()
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the authority's key is not RSA")
        return Issuer(certificate=x509.load_pem_x509_certificate(self.authorities[-1].encode()), key=key)

    def other_issuer(self) -> Issuer:
        """An authority that looks like the plan's in every name, and is another."""
        real = self.scenario.plan.certificates
        settings = authority.AuthoritySettings(
            organisation=self.scenario.plan.organisation.name,
            root_name=real.root_name,
            issuing_name=real.issuing_name,
            publication_name=real.publication_name,
            root_years=2,
            issuing_years=1,
            root_crl_days=30,
            crl_hours=24,
        )
        key = new_key()
        keys = authority.Keys(
            root=key,
            issuing=key,
            root_serial=Serial.of(x509.random_serial_number()),
            issuing_serial=Serial.of(x509.random_serial_number()),
        )
        new = authority.create(settings, keys, time.time())
        return Issuer(certificate=new.issuing, key=new.issuing_key)

    def attempt(self, credential: Credential, *, target: str, port: int, seconds: float = 1.0) -> Attempt:
        """An attempt with a credential, knocking at an inside host."""
        plan = self.scenario.plan
        chosen = proposals(plan.gateway)
        return Attempt(
            gateway=plan.outside_address(Role.GATEWAY),
            gateway_name=plan.gateway.name,
            authorities=self.authorities,
            certificate=credential.certificate,
            key=credential.key,
            identity=credential.identity,
            aaa=str(plan.aaa_name()) if credential.user else "",
            ike_proposals=chosen.ike,
            esp_proposals=chosen.esp,
            target=IPv4Address(target),
            port=port,
            seconds=seconds,
        )

    def tries(self, attempt: Attempt) -> tuple[str, Outcome]:
        """Makes the attempt on an idle host; gives that host's name, too."""
        with self._host() as host:
            return host.name, _made(host, attempt)

    @contextmanager
    def inside(self, attempt: Attempt) -> Iterator[tuple[Host, Outcome]]:
        """Makes the attempt on an idle host, and leaves its tunnel up meanwhile."""
        with self._host() as host:
            outcome = _made(host, replace(attempt, stays=True))
            try:
                yield host, outcome
            finally:
                if outcome.up:
                    _asked(host, LEAVE)

    @contextmanager
    def _host(self) -> Iterator[Host]:
        host = self.idle.get()
        try:
            yield host
        finally:
            self.idle.put(host)


def without_certificate(attempt: Attempt) -> Attempt:
    """The same attempt, keeping its certificate to itself."""
    return replace(attempt, send_certificate=False)


def new_key() -> rsa.RSAPrivateKey:
    """A key as a TPM holds it."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def request_of(key: rsa.RSAPrivateKey) -> str:
    """A certificate request that wants nothing but a certificate."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@contextmanager
def charon_on(hosts: Sequence[Host], program: Warm) -> Iterator[Queue[Host]]:
    """A bare charon and the server of attempts on each host; gives the hosts to take turns on."""
    running: list[Process] = []
    idle: Queue[Host] = Queue()
    try:
        for host in hosts:
            host.write(CONF, strongswan_conf())
            running.append(host.start(["/usr/sbin/charon-systemd"], environment={"STRONGSWAN_CONF": str(CONF)}))
            running.append(host.start_warm(program, attempt.__name__))
            idle.put(host)
        yield idle
    finally:
        for process in reversed(running):
            process.stop()


def _made(host: Host, attempt: Attempt) -> Outcome:
    answer = _asked(host, documents.to_json(attempt).encode())
    return documents.from_json(Outcome, answer, name="outcome")


def _asked(host: Host, request: bytes) -> bytes:
    path = Path(f"/proc/{host.pid}/root{SERVER}")
    wait_for("the server of attempts", lambda: {"there": True} if path.exists() else {})
    return local_socket.ask(path, request, ANSWER_SECONDS)


def _secret(key: rsa.RSAPrivateKey) -> Secret:
    return Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
