import json

import pytest

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.profiles.device import CommonDeviceProfile, DeviceProfile, read, read_any
from evertunnel.values import HostName

PROFILE = {
    "schema": 1,
    "device": "laptop1",
    "domain": "corp.contoso.com",
    "gateway": "vpn.contoso.com",
    "ike_proposals": ["aes128gcm16-prfsha256-modp2048"],
    "esp_proposals": ["aes128gcm16-ecp256"],
    "authorities": ["root", "issuing"],
    "certificate": "device",
    "pool": "10.99.0.0/24",
    "routes": ["10.0.0.10/32"],
    "probes": [{"address": "10.0.0.10", "port": 80}],
}

COMMON = {key: value for key, value in PROFILE.items() if key not in {"device", "certificate"}}
COMMON["policy"] = "1.3.6.1.4.1.32473.1.1"


def test_profile_survives_writing_and_reading() -> None:
    profile = read(json.dumps(PROFILE))

    assert documents.from_json(DeviceProfile, documents.to_json(profile), name="again") == profile
    assert profile.fqdn == "laptop1.corp.contoso.com"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"device": "lap_top"}, "not a host name"),
        ({"domain": "corp"}, "not a full DNS name"),
        ({"pool": "10.99.0.1/24"}, "not an IPv4 network"),
        ({"colour": "green"}, "colour"),
    ],
)
def test_profile_that_cannot_be_is_refused_with_its_mend(change: dict[str, object], words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(json.dumps({**PROFILE, **change}))

    assert words.lower() in str(caught.value).lower()


def test_profile_for_all_becomes_a_devices() -> None:
    common = read_any(json.dumps(COMMON))

    assert isinstance(common, CommonDeviceProfile)
    assert documents.from_json(CommonDeviceProfile, documents.to_json(common), name="again") == common
    assert common.of(HostName("laptop1"), "device") == read(json.dumps(PROFILE))


def test_it_is_said_which_profile_it_is() -> None:
    with pytest.raises(DocumentError, match="for all devices, and holds no certificate"):
        read(json.dumps(COMMON))
    for more in ({}, {"policy": "1.2"}):
        with pytest.raises(DocumentError, match=r"a user tunnel's profile.*client sign-in"):
            read_any(json.dumps({"aaa_name": "core1.corp.contoso.com", **more}))
    assert isinstance(read_any(json.dumps(PROFILE)), DeviceProfile)


@pytest.mark.parametrize("text", ["", "[]", "1", '"policy"', '["policy"]', '{"policy": 1}', '{"policy": "x"}'])
def test_text_that_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="device profile: "):
        read_any(text)


def test_profile_holds_no_key() -> None:
    assert not [name for name in DeviceProfile.__dataclass_fields__ if "key" in name]
