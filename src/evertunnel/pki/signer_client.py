"""Asks the signer, from any process that it answers."""

from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.errors import DocumentError, EngineRejected, Refused
from evertunnel.pki.requests import Answer, Issue, Issued, Request, SignCrl, SignedCrl
from evertunnel.pki.templates import TemplateName
from evertunnel.values import PrincipalName

PATIENCE = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerClient:
    """A signer behind a socket; refusals come back as Refused, a wrong request as DocumentError."""

    socket: Path

    def issue(
        self, template: TemplateName, principal: PrincipalName, csr_pem: str, names: tuple[str, ...] = ()
    ) -> Issued:
        """A new certificate. The caller puts it into the store; if it dies before, `journal.recover` does."""
        issue = Issue(template=template, principal=principal, csr_pem=csr_pem, names=names)
        answer = self._ask(Request(issue=issue))
        if answer.issued is None:
            raise EngineRejected("The signer answered something else than a certificate.")
        return answer.issued

    def sign_crl(self) -> SignedCrl:
        """A new CRL, published when this returns."""
        answer = self._ask(Request(sign_crl=SignCrl()))
        if answer.crl is None:
            raise EngineRejected("The signer answered something else than a CRL.")
        return answer.crl

    def _ask(self, request: Request) -> Answer:
        raw = local_socket.ask(self.socket, documents.to_json(request).encode(), PATIENCE)
        answer = documents.from_json(Answer, raw, name="the signer's answer")
        if answer.refused:
            raise Refused(*answer.refused)
        if answer.wrong:
            raise DocumentError("request to the signer", answer.wrong)
        if answer.failed:
            raise EngineRejected(answer.failed)
        return answer
