"""What both profiles have in common, on the device's."""

import json

import pytest

from evertunnel.errors import DocumentError
from evertunnel.profiles.device import read

PROFILE = {
    "device": "laptop1",
    "domain": "corp.contoso.com",
    "pool": "10.99.0.0/24",
    "gateway": "vpn.contoso.com",
    "ike_proposals": ["aes128gcm16-prfsha256-modp2048"],
    "esp_proposals": ["aes128gcm16-ecp256"],
    "authorities": ["root", "issuing"],
    "certificate": "device",
    "routes": ["10.0.0.10/32"],
    "probes": [{"address": "10.0.0.10", "port": 80}],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 2}, "install a newer Evertunnel"),
        ({"ike_proposals": ["aes128; rm"]}, "not a proposal"),
        ({"esp_proposals": []}, "esp_proposals must not be empty"),
        ({"authorities": []}, "authorities must not be empty"),
        ({"routes": ["0.0.0.0/0"]}, "no route of this tunnel"),
        ({"probes": []}, "probes must not be empty"),
        ({"probes": [{"address": "10.0.0.10", "port": 0}]}, "not a TCP port"),
        ({"child_seconds": 1}, "too short"),
        ({"dpd_seconds": 0}, "too short"),
        ({"gateway": "vpn"}, "not a full DNS name"),
    ],
)
def test_profile_that_cannot_be_is_refused_with_its_mend(change: dict[str, object], words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(json.dumps({**PROFILE, **change}))

    assert words.lower() in str(caught.value).lower()
