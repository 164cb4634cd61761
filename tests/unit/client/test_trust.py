from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.unit.client.conftest import DEVICES, USERS, Issuer

from evertunnel.client import request, trust
from evertunnel.client.joining import Joined
from evertunnel.errors import DocumentError
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import HostName, Secret, UserName


def test_what_belongs_together_passes(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    trust.check(Joined(profile=profile), request.read_key(key), now)


def test_certificate_for_another_key_is_refused(profile: DeviceProfile, other_key: Secret, now: datetime) -> None:
    assert "does not belong to the key of laptop1.corp.contoso.com here" in problems(profile, other_key, now)


def test_certificate_of_another_device_is_refused(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    renamed = replace(profile, device=HostName("laptop2"))

    assert "not laptop2.corp.contoso.com" in problems(renamed, key, now)


def test_what_belongs_to_a_person_passes_and_anothers_is_refused(
    user_profile: UserProfile, user_key: Secret, other_key: Secret, now: datetime
) -> None:
    bob = replace(user_profile, user=UserName("bob@corp.contoso.com"))
    trust.check_user(Joined(profile=user_profile), request.read_key(user_key), now)

    with pytest.raises(DocumentError, match=r"user profile: .* does not belong to the key of alice@corp"):
        trust.check_user(Joined(profile=user_profile), request.read_key(other_key), now)
    with pytest.raises(DocumentError, match=r"it names alice@corp\.contoso\.com, not bob@corp"):
        trust.check_user(Joined(profile=bob), request.read_key(user_key), now)


def test_root_that_did_not_sign_is_refused(
    profile: DeviceProfile, key: Secret, now: datetime, strange_root: str
) -> None:
    strange = replace(profile, authorities=(strange_root, profile.authorities[-1]))

    assert "is not signed by" in problems(strange, key, now)


def test_device_certificate_is_no_authority(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    longer = replace(profile, authorities=(*profile.authorities, profile.certificate))

    assert "is not signed by" in problems(longer, key, now)


def test_expired_certificate_is_refused_with_the_clock_as_seen_here(
    profile: DeviceProfile, key: Secret, now: datetime
) -> None:
    found = problems(profile, key, now + timedelta(days=2))

    assert "2026-11-24 12:00 here" in found
    assert found.count("valid from") == 3


def test_text_that_is_no_certificate_is_refused(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    assert "not a certificate in PEM" in problems(replace(profile, certificate="hello"), key, now)


def test_certificate_of_another_template_is_refused_where_the_policy_is_known(
    profile: DeviceProfile, key: Secret, issuer: Issuer, now: datetime
) -> None:
    joined = Joined(profile=profile, policy=DEVICES)
    trust.check(joined, request.read_key(key), now)
    for certificate, told in (
        (issuer.issue(profile.fqdn, key, policy=USERS), f"lacks the policy {DEVICES} of the template device"),
        (issuer.issue(profile.fqdn, key, policy=None), f"lacks the policy {DEVICES} of the template device"),
        (issuer.issue(profile.fqdn, key, usage=ExtendedKeyUsageOID.SERVER_AUTH), "is not for client authentication"),
        (issuer.issue(profile.fqdn, key, usage=None), "is not for client authentication"),
    ):
        other = replace(profile, certificate=certificate)
        with pytest.raises(DocumentError, match=told):
            trust.check(replace(joined, profile=other), request.read_key(key), now)
        trust.check(Joined(profile=other), request.read_key(key), now)


def test_all_that_does_not_fit_is_told_at_once(
    profile: DeviceProfile, key: Secret, other_key: Secret, strange_issuer: Issuer, now: datetime
) -> None:
    strange = strange_issuer.issue("laptop2.corp.contoso.com", other_key, policy=None, usage=None)
    joined = Joined(profile=replace(profile, certificate=strange), policy=DEVICES)

    with pytest.raises(DocumentError) as caught:
        trust.check(joined, request.read_key(key), now + timedelta(days=9))

    words = ("belong", "not laptop1", "policy", "client authentication", "signed by CN=Contoso Issuing", "valid from")
    assert all(each in str(caught.value) for each in words)


def test_person_whose_name_is_too_long_for_a_subject_is_known_by_the_principal_name(
    user_profile: UserProfile, user_key: Secret, issuer: Issuer, now: datetime
) -> None:
    alice = user_profile.user
    for upn, is_theirs in ((b"\x0c\x16" + alice.encode(), True), (b"\x0c\x14bob@corp.contoso.com", False)):
        certificate = issuer.issue("alice", user_key, policy=USERS, upn=upn)
        joined = Joined(profile=replace(user_profile, certificate=certificate), policy=USERS)
        if is_theirs:
            trust.check_user(joined, request.read_key(user_key), now)
        else:
            with pytest.raises(DocumentError, match=f"it names alice, not {alice}"):
                trust.check_user(joined, request.read_key(user_key), now)


def problems(profile: DeviceProfile, key: Secret, now: datetime) -> str:
    with pytest.raises(DocumentError) as caught:
        trust.check(Joined(profile=profile), request.read_key(key), now)
    return str(caught.value)
