import pytest
from cryptography import x509

from evertunnel.errors import Refused
from evertunnel.pki import names
from evertunnel.values import Serial, Sid


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("vpn.contoso.com", "<DNSName(value='vpn.contoso.com')>"),
        ("203.0.113.10", "<IPAddress(value=203.0.113.10)>"),
    ],
)
def test_host_names_and_addresses_are_told_apart(text: str, name: str) -> None:
    assert repr(names.host_name(text)) == name


@pytest.mark.parametrize(
    "text", ["", "*.contoso.com", "vpn", "vpn contoso.com", "999.1.1.1.", "vpn.contoso.com\0.evil.com"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        names.host_name(text)


@pytest.mark.parametrize("part", ["", " Contoso", "Contoso, CN=vpn", "a" * 65, "a\nb", "a/b", "#05"])
def test_part_that_would_change_a_subjects_meaning_is_refused(part: str) -> None:
    with pytest.raises(Refused, match="organisation"):
        names.subject(part, "laptop1.corp.contoso.com")
    with pytest.raises(Refused, match="common name"):
        names.subject("Contoso", part)


def test_each_attribute_is_an_rdn_of_its_own() -> None:
    subject = names.subject("Contoso", "laptop1.corp.contoso.com", Serial("5f3a9c"))

    assert [len(rdn) for rdn in subject.rdns] == [1, 1, 1]


@pytest.mark.parametrize(("length", "header"), [(100, b"\x0c\x64"), (200, b"\x0c\x81\xc8")])
def test_upn_is_der_of_any_length(length: int, header: bytes) -> None:
    name = names.upn("a" * length)

    assert isinstance(name, x509.OtherName)
    assert name.value == header + b"a" * length


def test_a_sid_is_written_as_active_directory_writes_it() -> None:
    extension = names.security_identifier(Sid("S-1-5-21-1004336348-1177238915-682003330-512"))

    assert extension.oid.dotted_string == "1.3.6.1.4.1.311.25.2"
    # [MS-WCCE] 2.2.2.7.7.4: SEQUENCE { [0] { OID 1.3.6.1.4.1.311.25.2.1, [0] { OCTET STRING } } }
    sid = b"S-1-5-21-1004336348-1177238915-682003330-512"
    assert extension.value == b"".join(
        (b"\x30\x3e\xa0\x3c", b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x01", b"\xa0\x2e\x04\x2c", sid)
    )


def test_endless_upn_is_refused() -> None:
    with pytest.raises(Refused, match="too long"):
        names.upn("a" * 256)
