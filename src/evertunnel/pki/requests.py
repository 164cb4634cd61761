"""What is asked of the signer, and what it answers: one JSON document each way."""

from dataclasses import dataclass

from evertunnel.errors import Problem
from evertunnel.pki.templates import TemplateName
from evertunnel.values import PrincipalName, Serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Asks for a certificate; without `names` it gets all that the template and the plan give the principal."""

    template: TemplateName
    principal: PrincipalName
    csr_pem: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignCrl:
    """Asks for a new CRL of the issuing authority, made from the store as it is now, and published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Exactly one of the two."""

    issue: Issue | None = None
    sign_crl: SignCrl | None = None

    def __post_init__(self) -> None:
        if (self.issue is None) == (self.sign_crl is None):
            raise ValueError("a request asks for one thing; set either issue or sign_crl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate with what is recorded of it; the same goes into journal and store."""

    serial: Serial
    template: TemplateName
    principal: PrincipalName
    subject: str
    not_before: float
    not_after: float
    pem: str
    issued: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCrl:
    """The new CRL."""

    number: int
    next_update: float
    revoked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was asked for, or why not: `refused` by policy, `wrong` in the request, or `failed` on our side."""

    issued: Issued | None = None
    crl: SignedCrl | None = None
    refused: tuple[str, ...] = ()
    wrong: tuple[Problem, ...] = ()
    failed: str = ""
