import json

import pytest

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.profiles.user import CommonUserProfile, UserProfile, read, read_any
from evertunnel.values import UserName

PROFILE = {
    "schema": 1,
    "user": "alice@corp.contoso.com",
    "gateway": "vpn.contoso.com",
    "aaa_name": "core1.corp.contoso.com",
    "ike_proposals": ["aes128gcm16-prfsha256-modp2048"],
    "esp_proposals": ["aes128gcm16-ecp256"],
    "authorities": ["root", "issuing"],
    "certificate": "alice",
    "pools": ["10.98.0.0/24"],
    "routes": ["10.0.0.10/32"],
    "probes": [{"address": "10.0.0.10", "port": 80}],
}

COMMON = {key: value for key, value in PROFILE.items() if key not in {"user", "certificate"}}
COMMON["policy"] = "1.3.6.1.4.1.32473.1.4"


def test_profile_survives_writing_and_reading() -> None:
    profile = read(json.dumps(PROFILE))

    assert documents.from_json(UserProfile, documents.to_json(profile), name="again") == profile


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 2}, "install a newer Evertunnel"),
        ({"user": "alice"}, "not a user name"),
        ({"aaa_name": ""}, "not a full DNS name"),
        ({"pools": []}, "pools must not be empty"),
        ({"pools": ["10.98.0.1/24"]}, "not an IPv4 network"),
        ({"device": "laptop1"}, "device"),
    ],
)
def test_profile_that_cannot_be_is_refused_with_its_mend(change: dict[str, object], words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(json.dumps({**PROFILE, **change}))

    assert words.lower() in str(caught.value).lower()


def test_profile_of_a_device_is_none_of_a_person() -> None:
    device = {key: value for key, value in PROFILE.items() if key not in {"user", "aaa_name", "pools"}}

    with pytest.raises(DocumentError, match="user"):
        read(json.dumps({**device, "device": "laptop1", "domain": "corp.contoso.com", "pool": "10.99.0.0/24"}))


def test_profile_for_everybody_becomes_a_persons() -> None:
    common = read_any(json.dumps(COMMON))

    assert isinstance(common, CommonUserProfile)
    assert documents.from_json(CommonUserProfile, documents.to_json(common), name="again") == common
    assert common.of(UserName("alice@corp.contoso.com"), "alice") == read(json.dumps(PROFILE))


def test_it_is_said_which_profile_it_is() -> None:
    with pytest.raises(DocumentError, match="for everybody, and holds no certificate"):
        read(json.dumps(COMMON))
    for more in ({}, {"policy": "1.2"}):
        with pytest.raises(DocumentError, match=r"a device tunnel's profile.*client install"):
            read_any(json.dumps({"domain": "corp.contoso.com", **more}))
    assert isinstance(read_any(json.dumps(PROFILE)), UserProfile)


def test_profile_holds_no_key() -> None:
    assert not [name for name in UserProfile.__dataclass_fields__ if "key" in name]
