from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from evertunnel.client import request, trust
from evertunnel.errors import DocumentError
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import HostName, Secret, UserName


def test_what_belongs_together_passes(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    trust.check(profile, request.read_key(key), now)


def test_identity_is_the_subject_as_strongswan_writes_it(profile: DeviceProfile) -> None:
    assert trust.identity(profile.certificate) == "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c"


def test_certificate_for_another_key_is_refused(profile: DeviceProfile, other_key: Secret, now: datetime) -> None:
    assert "does not belong to the key of laptop1.corp.contoso.com here" in problems(profile, other_key, now)


def test_certificate_of_another_device_is_refused(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    renamed = replace(profile, device=HostName("laptop2"))

    assert "not laptop2.corp.contoso.com" in problems(renamed, key, now)


def test_what_belongs_to_a_person_passes_and_anothers_is_refused(
    user_profile: UserProfile, user_key: Secret, other_key: Secret, now: datetime
) -> None:
    bob = replace(user_profile, user=UserName("bob@corp.contoso.com"))
    trust.check_user(user_profile, request.read_key(user_key), now)

    with pytest.raises(DocumentError, match=r"user profile: .* does not belong to the key of alice@corp"):
        trust.check_user(user_profile, request.read_key(other_key), now)
    with pytest.raises(DocumentError, match=r"it names alice@corp\.contoso\.com, not bob@corp"):
        trust.check_user(bob, request.read_key(user_key), now)


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


def problems(profile: DeviceProfile, key: Secret, now: datetime) -> str:
    with pytest.raises(DocumentError) as caught:
        trust.check(profile, request.read_key(key), now)
    return str(caught.value)
