from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from evertunnel.errors import Refused
from evertunnel.pki import authority
from evertunnel.pki.authority import AuthoritySettings, Keys, NewAuthority
from evertunnel.values import Secret

NOW = 1_800_000_000.0


def test_issuing_authority_is_signed_by_the_root_and_may_have_no_authority_below(new: NewAuthority) -> None:
    new.issuing.verify_directly_issued_by(new.root)
    new.root.verify_directly_issued_by(new.root)

    assert _constraints(new.root) == x509.BasicConstraints(ca=True, path_length=1)
    assert _constraints(new.issuing) == x509.BasicConstraints(ca=True, path_length=0)


def test_both_carry_any_policy(new: NewAuthority) -> None:
    for certificate in (new.root, new.issuing):
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
        assert [policy.policy_identifier.dotted_string for policy in policies] == ["2.5.29.32.0"]


def test_issuing_authority_names_where_the_roots_crl_is(new: NewAuthority) -> None:
    (point,) = new.issuing.extensions.get_extension_for_class(x509.CRLDistributionPoints).value

    assert point.full_name == [x509.UniformResourceIdentifier("http://pki.corp.contoso.com/root.crl")]
    assert ExtensionOID.CRL_DISTRIBUTION_POINTS not in [extension.oid for extension in new.root.extensions]


def test_names_and_validity(new: NewAuthority) -> None:
    assert new.root.subject.rfc4514_string() == "CN=Contoso Root CA,O=Contoso"
    assert new.issuing.subject.rfc4514_string() == "CN=Contoso Issuing CA,O=Contoso"
    assert new.issuing.not_valid_after_utc == datetime.fromtimestamp(NOW, UTC) + timedelta(days=3650)


def test_issuing_authority_never_outlives_the_root(authority_settings: AuthoritySettings, keys: Keys) -> None:
    settings = AuthoritySettings(
        **{**{name: getattr(authority_settings, name) for name in AuthoritySettings.__slots__}, "root_years": 5}
    )

    new = authority.create(settings, keys, NOW)

    assert new.issuing.not_valid_after_utc == new.root.not_valid_after_utc


def test_both_first_crls_are_signed_and_empty(new: NewAuthority) -> None:
    assert new.root_crl.is_signature_valid(new.root_key.public_key())
    assert new.issuing_crl.is_signature_valid(new.issuing_key.public_key())
    assert (len(new.root_crl), len(new.issuing_crl)) == (0, 0)


def test_root_key_comes_back_with_its_passphrase_only(new: NewAuthority) -> None:
    pem = authority.export_key(new.root_key, Secret("correct horse battery"))

    assert b"ENCRYPTED" in pem
    assert authority.import_key(pem, Secret("correct horse battery")).public_key() == new.root_key.public_key()
    with pytest.raises(Refused, match="does not open"):
        authority.import_key(pem, Secret("wrong horse battery"))
    with pytest.raises(Refused, match="does not open"):
        authority.import_key(b"no key at all", Secret("correct horse battery"))


def test_short_passphrase_is_refused(new: NewAuthority) -> None:
    with pytest.raises(Refused, match="at least 12"):
        authority.export_key(new.root_key, Secret("short"))


def test_root_crl_is_renewed_with_the_roots_key_only(new: NewAuthority) -> None:
    renewed = authority.renew_root_crl(new.root_key, new.root, revoked=(), number=2, days=365, now=NOW + 86_400)
    assert renewed.is_signature_valid(new.root_key.public_key())

    with pytest.raises(Refused, match="not the key of the root"):
        authority.renew_root_crl(new.issuing_key, new.root, revoked=(), number=2, days=365, now=NOW)


def test_organisation_that_would_break_a_name_is_refused(authority_settings: AuthoritySettings, keys: Keys) -> None:
    values = {name: getattr(authority_settings, name) for name in AuthoritySettings.__slots__}

    with pytest.raises(Refused, match="cannot be a certificate's organisation"):
        authority.create(AuthoritySettings(**{**values, "organisation": "Contoso, CN=vpn"}), keys, NOW)


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
