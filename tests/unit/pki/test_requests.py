import pytest

from evertunnel import documents
from evertunnel.errors import DocumentError, Problem
from evertunnel.pki.requests import Answer, Issue, Request, SignCrl
from evertunnel.pki.templates import TemplateName
from evertunnel.values import HostName

ISSUE = Issue(template=TemplateName.DEVICE, principal=HostName("laptop1"), csr_pem="pem", names=("vpn.contoso.com",))


@pytest.mark.parametrize("request_", [Request(issue=ISSUE), Request(sign_crl=SignCrl())])
def test_requests_survive_the_wire(request_: Request) -> None:
    assert documents.from_json(Request, documents.to_json(request_), name="request") == request_


def test_answers_survive_the_wire() -> None:
    answer = Answer(refused=("No.",), wrong=(Problem(path="csr", what="wrong", mend="Mend it."),), failed="disk")

    assert documents.from_json(Answer, documents.to_json(answer), name="answer") == answer


def test_request_asks_for_exactly_one_thing() -> None:
    with pytest.raises(ValueError, match="asks for one thing"):
        Request()
    with pytest.raises(ValueError, match="asks for one thing"):
        Request(issue=ISSUE, sign_crl=SignCrl())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"issue": 1}', '{"revoke": {}}', '{"issue": {"template": "root"}}'])
def test_other_documents_are_wrong(text: str) -> None:
    with pytest.raises(DocumentError):
        documents.from_json(Request, text, name="request")
