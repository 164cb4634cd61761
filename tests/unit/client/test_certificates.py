import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.unit.client.conftest import ALICE, DEVICES, USERS, Issuer

from evertunnel.client import certificates
from evertunnel.errors import DocumentError
from evertunnel.profiles.device import DeviceProfile
from evertunnel.values import Secret, UserName


def test_subject_is_as_strongswan_writes_it(profile: DeviceProfile) -> None:
    read = certificates.read(profile.certificate)

    assert certificates.subject(read) == "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"
    assert certificates.common_names(read) == ["laptop1.corp.contoso.com"]


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="not a certificate in PEM"):
        certificates.read(text)


def test_first_certificate_of_several_is_read(profile: DeviceProfile) -> None:
    chain = profile.certificate + profile.authorities[-1]

    assert certificates.read(chain) == certificates.read(profile.certificate)


def test_policy_and_usage_are_those_of_the_certificate(issuer: Issuer, key: Secret) -> None:
    device, server = (
        certificates.read(issuer.issue("laptop1.corp.contoso.com", key, DEVICES, usage))
        for usage in (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)
    )
    bare = certificates.read(issuer.issue("laptop1.corp.contoso.com", key, None, None))

    assert [certificates.has_policy(device, policy) for policy in (DEVICES, USERS)] == [True, False]
    assert [certificates.is_for_clients(each) for each in (device, server, bare)] == [True, False, False]
    assert not certificates.has_policy(bare, DEVICES)


@pytest.mark.parametrize("length", [20, 127, 128, 200])
def test_principal_name_is_read_at_any_length(issuer: Issuer, key: Secret, length: int) -> None:
    name = UserName("alice@" + "a." * ((length - 9) // 2) + "b" * (length % 2 + 1) + "cc")
    assert abs(len(name) - length) <= 1
    octets = len(name).to_bytes(1, "big") if len(name) < 128 else bytes([0x81, len(name)])
    read = certificates.read(issuer.issue("alice", key, USERS, upn=b"\x0c" + octets + name.encode()))

    assert certificates.is_for_person(read, name)
    assert not certificates.is_for_person(read, ALICE)


def test_certificate_without_a_principal_name_is_nobodys(profile: DeviceProfile) -> None:
    assert not certificates.is_for_person(certificates.read(profile.certificate), ALICE)
