from dataclasses import replace

import pytest
from tests.unit.client.conftest import ALICE, DEVICES, USERS, Issuer

from evertunnel import documents
from evertunnel.client import joining
from evertunnel.client.joining import Joined
from evertunnel.errors import DocumentError
from evertunnel.profiles.device import CommonDeviceProfile, DeviceProfile
from evertunnel.profiles.user import CommonUserProfile, UserProfile
from evertunnel.values import Fqdn, Secret, UserName


def test_device_is_who_the_certificate_says(common: CommonDeviceProfile, profile: DeviceProfile) -> None:
    joined = joining.device_profile(documents.to_json(common), profile.certificate)

    assert joined == Joined(profile=profile, policy=DEVICES)


def test_person_is_who_is_named(common_user: CommonUserProfile, user_profile: UserProfile) -> None:
    joined = joining.user_profile(documents.to_json(common_user), user_profile.certificate, ALICE)

    assert joined == Joined(profile=user_profile, policy=USERS)


def test_certificates_of_authorities_in_its_file_are_left_out(
    common: CommonDeviceProfile, profile: DeviceProfile
) -> None:
    chain = profile.certificate + profile.authorities[-1]

    assert joining.device_profile(documents.to_json(common), chain).profile == profile


def test_whole_profile_stands_as_it_is(profile: DeviceProfile, user_profile: UserProfile) -> None:
    assert joining.device_profile(documents.to_json(profile), None) == Joined(profile=profile)
    assert joining.user_profile(documents.to_json(user_profile), None, ALICE) == Joined(profile=user_profile)


def test_profile_for_all_asks_for_the_certificate(common: CommonDeviceProfile, common_user: CommonUserProfile) -> None:
    with pytest.raises(DocumentError, match=r"for all devices, and holds no certificate. .*--certificate FILE"):
        joining.device_profile(documents.to_json(common), None)
    with pytest.raises(DocumentError, match=r"for everybody, and holds no certificate. .*--certificate FILE"):
        joining.user_profile(documents.to_json(common_user), None, ALICE)


def test_certificate_of_the_profile_before_goes_on_where_none_is_named(
    common: CommonDeviceProfile, profile: DeviceProfile, common_user: CommonUserProfile, user_profile: UserProfile
) -> None:
    device, person = replace(common, dpd_seconds=5), replace(common_user, dpd_seconds=5)

    kept = joining.device_profile(documents.to_json(device), None, documents.to_json(profile))
    assert kept == Joined(profile=replace(profile, dpd_seconds=5), policy=DEVICES)
    theirs = joining.user_profile(documents.to_json(person), None, ALICE, documents.to_json(user_profile))
    assert theirs == Joined(profile=replace(user_profile, dpd_seconds=5), policy=USERS)


def test_certificate_that_is_named_comes_before_the_one_that_is_kept(
    common: CommonDeviceProfile, profile: DeviceProfile, issuer: Issuer, key: Secret
) -> None:
    newer = issuer.issue("laptop2.corp.contoso.com", key)

    joined = joining.device_profile(documents.to_json(common), newer, documents.to_json(profile))

    assert (joined.profile.device, joined.profile.certificate) == ("laptop2", newer)
    with pytest.raises(DocumentError, match="not a certificate in PEM"):
        joining.device_profile(documents.to_json(common), "", documents.to_json(profile))


def test_profile_before_that_cannot_be_read_counts_as_none(common: CommonDeviceProfile) -> None:
    for kept in ("", "{}", documents.to_json(common)):
        with pytest.raises(DocumentError, match="holds no certificate"):
            joining.device_profile(documents.to_json(common), None, kept)


def test_of_two_certificates_neither_is_taken(profile: DeviceProfile, user_profile: UserProfile) -> None:
    with pytest.raises(DocumentError, match="holds that of laptop1, and another is named"):
        joining.device_profile(documents.to_json(profile), profile.certificate)
    with pytest.raises(DocumentError, match=f"holds that of {ALICE}, and another is named"):
        joining.user_profile(documents.to_json(user_profile), user_profile.certificate, ALICE)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("laptop1.fabrikam.com", "laptop1.fabrikam.com, which is no device of corp.contoso.com"),
        (ALICE, f"{ALICE}, which is no device"),
        ("a.laptop1.corp.contoso.com", "which is no device"),
        ("*.corp.contoso.com", "which is no device"),
        ("corp.contoso.com", "which is no device"),
    ],
)
def test_certificate_of_no_device_of_ours_is_refused(
    common: CommonDeviceProfile, issuer: Issuer, key: Secret, name: str, told: str
) -> None:
    text = documents.to_json(common)

    with pytest.raises(DocumentError, match=told.replace("*", r"\*")):
        joining.device_profile(text, issuer.issue(name, key))
    assert joining.device_profile(text, issuer.issue("LAPTOP1.corp.contoso.com", key)).profile.device == "laptop1"
    other = documents.to_json(replace(common, domain=Fqdn("fabrikam.com")))
    assert joining.device_profile(other, issuer.issue("laptop1.fabrikam.com", key)).profile.device == "laptop1"


def test_text_that_is_no_certificate_is_refused(common: CommonDeviceProfile, common_user: CommonUserProfile) -> None:
    with pytest.raises(DocumentError, match="not a certificate in PEM"):
        joining.device_profile(documents.to_json(common), "hello")
    with pytest.raises(DocumentError, match="not a certificate in PEM"):
        joining.user_profile(documents.to_json(common_user), "hello", UserName(ALICE))
