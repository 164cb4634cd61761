import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.drivers.local_socket import Server
from evertunnel.errors import DocumentError, EngineRejected, EngineUnavailable, Problem, Refused
from evertunnel.pki.requests import Answer, Issued, Request, SignedCrl
from evertunnel.pki.signer_client import SignerClient
from evertunnel.pki.templates import TemplateName
from evertunnel.values import HostName, Serial

ISSUED = Issued(
    serial=Serial("1"),
    template=TemplateName.DEVICE,
    principal=HostName("laptop1"),
    subject="O=Contoso",
    not_before=1.0,
    not_after=2.0,
    pem="pem",
    issued=1.5,
)
Answering = Callable[[Answer], SignerClient]


def test_certificate_and_crl_come_back(answering: Answering) -> None:
    crl = SignedCrl(number=7, next_update=100.0, revoked=1)

    assert _issue(answering(Answer(issued=ISSUED))) == ISSUED
    assert answering(Answer(crl=crl)).sign_crl() == crl


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (Answer(refused=("laptop1 is disabled.",)), Refused, "laptop1 is disabled."),
        (Answer(wrong=(Problem(path="csr", what="no CSR", mend="Send one"),)), DocumentError, "csr: no CSR"),
        (Answer(failed="the disk is full"), EngineRejected, "the disk is full"),
        (Answer(), EngineRejected, "something else than a certificate"),
    ],
)
def test_each_no_comes_back_as_its_error(
    answering: Answering, answer: Answer, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        _issue(answering(answer))


def test_no_signer_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        SignerClient(socket=tmp_path / "signer.sock").sign_crl()


def _issue(client: SignerClient) -> Issued:
    return client.issue(TemplateName.DEVICE, HostName("laptop1"), "pem")


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Answering]:
    servers: list[Server] = []

    def start(answer: Answer) -> SignerClient:
        path = tmp_path / f"{len(servers)}.sock"

        def reply(_: object, raw: bytes) -> bytes:
            documents.from_json(Request, raw, name="request")
            return documents.to_json(answer).encode()

        servers.append(Server(path=path, answer=reply))
        threading.Thread(target=servers[-1].run, daemon=True).start()
        return SignerClient(socket=path)

    yield start
    for server in servers:
        server.close()
