import json

import pytest

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.profiles.device import DeviceProfile, read

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


def test_profile_holds_no_key() -> None:
    assert not [name for name in DeviceProfile.__dataclass_fields__ if "key" in name]
