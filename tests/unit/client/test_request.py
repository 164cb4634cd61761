import pytest
from cryptography import x509

from evertunnel.client import places, request
from evertunnel.drivers.fake import FakeFiles
from evertunnel.drivers.host.files import File
from evertunnel.errors import EngineRejected
from evertunnel.values import Fqdn, HostName, Secret

DEVICE, DOMAIN = HostName("laptop1"), Fqdn("corp.contoso.com")


def test_request_names_the_device_and_is_signed_by_its_key() -> None:
    made = request.make_request(DEVICE, DOMAIN)

    csr = x509.load_pem_x509_csr(made.csr.encode())
    assert csr.is_signature_valid
    assert csr.subject.rfc4514_string() == "CN=laptop1.corp.contoso.com"
    assert csr.public_key() == request.read_key(made.key).public_key()
    assert request.read_key(made.key).key_size == 2048


def test_key_is_kept_for_root_alone_and_used_again() -> None:
    files = FakeFiles()

    first = x509.load_pem_x509_csr(request.create(DEVICE, DOMAIN, files).encode())
    second = x509.load_pem_x509_csr(request.create(DEVICE, DOMAIN, files).encode())

    assert first.public_key() == second.public_key()
    assert files.directories[places.KEYS].mode == 0o700
    assert files.files[places.KEY].mode == 0o600


def test_key_never_shows_in_the_request() -> None:
    assert "PRIVATE" not in request.create(DEVICE, DOMAIN, FakeFiles())
    assert "PRIVATE" not in repr(request.make_request(DEVICE, DOMAIN))


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_key_that_is_none_is_named_with_its_mend(text: str) -> None:
    files = FakeFiles([File(path=places.KEY, content=text, mode=0o600)])

    with pytest.raises(EngineRejected, match="move it away"):
        request.create(DEVICE, DOMAIN, files)
    with pytest.raises(EngineRejected, match="move it away"):
        request.read_key(Secret(text))
