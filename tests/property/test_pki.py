import base64
import contextlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from evertunnel import documents
from evertunnel.errors import DocumentError, Refused
from evertunnel.pki import issue, names
from evertunnel.pki.requests import Issue, Request
from evertunnel.pki.templates import TemplateName
from evertunnel.values import HostName

GOOD = (
    x509.CertificateSigningRequestBuilder()
    .subject_name(x509.Name([]))
    .add_extension(x509.SubjectAlternativeName([x509.DNSName("laptop1.corp.contoso.com")]), critical=False)
    .sign(rsa.generate_private_key(65_537, 2048), hashes.SHA256())
)
DER = GOOD.public_bytes(Encoding.DER)


@given(st.text())
def test_any_text_is_a_request_or_a_document_error(text: str) -> None:
    with contextlib.suppress(DocumentError):
        issue.read_request(text)


@given(st.integers(0, len(DER) - 1), st.integers(1, 255))
def test_request_with_one_changed_octet_is_never_taken(position: int, change: int) -> None:
    changed = bytearray(DER)
    changed[position] ^= change

    try:
        request = issue.read_request(_pem(bytes(changed)))
    except DocumentError:
        return

    # Some octets say nothing (the tag of an absent parameter); then the request still says the same.
    assert request.public_key() == GOOD.public_key()
    assert request.tbs_certrequest_bytes == GOOD.tbs_certrequest_bytes


@given(st.integers(0, len(DER) - 1))
def test_request_that_was_cut_off_is_never_taken(length: int) -> None:
    try:
        issue.read_request(_pem(DER[:length]))
    except DocumentError:
        return
    raise AssertionError(length)


@given(st.binary(max_size=2000))
def test_any_octets_are_a_request_document_or_a_document_error(raw: bytes) -> None:
    with contextlib.suppress(DocumentError):
        documents.from_json(Request, raw, name="request")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["issue", "sign_crl", "template", "principal", "csr_pem", "names"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_document_is_a_request_or_a_document_error(document: object) -> None:
    with contextlib.suppress(DocumentError):
        documents.read(Request, document, name="request")


@given(st.sampled_from(TemplateName), st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True), st.text(), st.lists(st.text()))
def test_request_documents_survive_the_wire(template: TemplateName, host: str, csr: str, wanted: list[str]) -> None:
    request = Request(issue=Issue(template=template, principal=HostName(host), csr_pem=csr, names=tuple(wanted)))

    assert documents.from_json(Request, documents.to_json(request), name="request") == request


@given(st.text(max_size=70), st.text(max_size=70))
def test_subject_says_what_went_in_or_is_refused(organisation: str, common_name: str) -> None:
    try:
        subject = names.subject(organisation, common_name)
    except Refused:
        return

    assert names.in_words(subject) == f"O={organisation}, CN={common_name}"
    assert names.in_words(subject).count("=") == 2


def _pem(der: bytes) -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"
