import pytest
from cryptography import x509

from evertunnel.client import places, request
from evertunnel.drivers.fake import FakeFiles
from evertunnel.drivers.host.files import File
from evertunnel.errors import EngineRejected
from evertunnel.values import Fqdn, HostName, Secret, UserName

ALICE, BOB = UserName("alice@corp.contoso.com"), UserName("bob@corp.contoso.com")
DEVICE, DOMAIN = HostName("laptop1"), Fqdn("corp.contoso.com")


def test_request_names_the_device_and_is_signed_by_its_key() -> None:
    files = FakeFiles()

    csr = x509.load_pem_x509_csr(request.create(DEVICE, DOMAIN, files).encode())

    key = request.read_key(Secret(files.files[places.KEY].content))
    names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert csr.is_signature_valid
    assert csr.subject.rfc4514_string() == "CN=laptop1.corp.contoso.com"
    assert names.get_values_for_type(x509.DNSName) == ["laptop1.corp.contoso.com"]
    assert csr.public_key() == key.public_key()
    assert key.key_size == 2048


def test_person_has_a_key_of_their_own_beside_the_devices() -> None:
    files = FakeFiles()

    requests = [request.create_for_user(name, files) for name in (ALICE, BOB, ALICE)]
    request.create(DEVICE, DOMAIN, files)

    first, second, again = (x509.load_pem_x509_csr(text.encode()) for text in requests)
    assert first.subject.rfc4514_string() == f"CN={ALICE}"
    assert first.public_key() == again.public_key() != second.public_key()
    paths = (places.user_key(ALICE), places.user_key(BOB), places.KEY)
    assert len({files.files[path].content for path in paths}) == 3
    assert {files.files[path].mode for path in paths} == {0o600}
    assert {each.mode for each in files.directories.values()} == {0o700}


def test_key_is_kept_for_root_alone_and_used_again() -> None:
    files = FakeFiles()

    first = x509.load_pem_x509_csr(request.create(DEVICE, DOMAIN, files).encode())
    second = x509.load_pem_x509_csr(request.create(DEVICE, DOMAIN, files).encode())

    assert first.public_key() == second.public_key()
    assert files.directories[places.KEYS].mode == 0o700
    assert files.files[places.KEY].mode == 0o600


def test_key_never_shows_in_the_request() -> None:
    assert "PRIVATE" not in request.create(DEVICE, DOMAIN, FakeFiles())
    assert "PRIVATE" not in request.create_for_user(ALICE, FakeFiles())
    assert "PRIVATE" not in repr(request.make_request(ALICE, None, None, places.KEY))


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_key_that_is_none_is_named_with_its_mend(text: str) -> None:
    files = FakeFiles([File(path=places.KEY, content=text, mode=0o600)])

    with pytest.raises(EngineRejected, match="move it away"):
        request.create(DEVICE, DOMAIN, files)
    with pytest.raises(EngineRejected, match="move it away"):
        request.read_key(Secret(text))
    with pytest.raises(EngineRejected, match=r"users/alice@corp\.contoso\.com/user\.key is not a private key"):
        request.read_key(Secret(text), places.user_key(ALICE))
