"""Where an Apple device gets the person's certificate from: a file, an ACME server, a SCEP server, or not from us.

The keys are those of Apple's device management schema (com.apple.security.pkcs12, .acme, .scep).
"""

from dataclasses import dataclass, field

from evertunnel.plan.model import Plan
from evertunnel.profiles.identity import Identity

CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SIGNING = 1  # of a key's uses
SIGNING_AND_ENCRYPTION = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A payload's type and content, and what the tunnel has to say of the key that comes of it."""

    kind: str
    content: dict[str, object] = field(repr=False)
    tunnel: dict[str, object] = field(default_factory=dict)
    secret: bool = False


def source(plan: Plan, identity: Identity | None) -> Source | None:
    """The certificate with its key, where somebody gave it; else the enrolment server that the plan names."""
    if identity is not None and identity.pkcs12 is not None:
        return Source(kind="com.apple.security.pkcs12", content={"PayloadContent": identity.pkcs12}, secret=True)
    user = str(identity.user) if identity else ""
    if plan.clients.acme_url is not None:
        return _acme(plan, plan.clients.acme_url, user)
    return None if plan.clients.scep_url is None else _scep(plan, plan.clients.scep_url, user)


def _acme(plan: Plan, url: str, user: str) -> Source:
    """A key of the Secure Enclave, attested; only keys of elliptic curves are made there."""
    content = {
        "DirectoryURL": url,
        "ClientIdentifier": user,
        "KeyType": "ECSECPrimeRandom",
        "KeySize": 256,
        "HardwareBound": True,
        "Attest": True,
        "UsageFlags": SIGNING,
        "ExtendedKeyUsage": [CLIENT_AUTH],
        "Subject": _subject(plan, user),
        "SubjectAltName": {"ntPrincipalName": user},
    }
    return Source(kind="com.apple.security.acme", content=content, tunnel={"CertificateType": "ECDSA256"})


def _scep(plan: Plan, url: str, user: str) -> Source:
    content = {
        "URL": url,
        "Name": plan.certificates.issuing_name,
        "Key Type": "RSA",
        "Keysize": 2048,
        "Key Usage": SIGNING_AND_ENCRYPTION,
        "KeyIsExtractable": False,
        "Subject": _subject(plan, user),
        "SubjectAltName": {"ntPrincipalName": user},
    }
    return Source(kind="com.apple.security.scep", content={"PayloadContent": content})


def _subject(plan: Plan, user: str) -> list[list[list[str]]]:
    return [[["O", plan.organisation.name]], [["CN", user]]]
