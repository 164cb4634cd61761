"""Whatever stands in the files that a device is given: a clear error, or what fits."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from evertunnel.client import certificates, joining, trust
from evertunnel.client.joining import Joined
from evertunnel.errors import DocumentError
from evertunnel.profiles.device import CommonDeviceProfile, read_any
from evertunnel.values import HostName

GOLDEN = Path(__file__).parents[1] / "golden" / "profiles"
ROOT = (GOLDEN / "root.pem").read_text()
DER = base64.b64decode("".join(ROOT.splitlines()[1:-1]))
COMMON = (GOLDEN / "linux" / "contoso" / "agent" / "device-tunnel.profile").read_text()
KEY = rsa.generate_private_key(65537, 2048)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=9)


@given(st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), max_size=4))
def test_damaged_certificate_is_refused(damage: list[tuple[int, int]]) -> None:
    octets = bytearray(DER)
    for place, value in damage:
        octets[place] = value
    body = base64.encodebytes(bytes(octets)).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    common = read_any(COMMON)
    assert isinstance(common, CommonDeviceProfile)

    with suppress(DocumentError):
        joining.device_profile(COMMON, pem)
    with suppress(DocumentError):
        trust.check(Joined(profile=common.of(HostName("laptop1"), pem), policy=common.policy), KEY, NOW)
        raise AssertionError(pem)


@given(st.text())
def test_text_that_is_no_certificate_is_refused(text: str) -> None:
    with suppress(DocumentError):
        certificates.read(text)
        raise AssertionError(text)


@given(
    st.dictionaries(
        st.sampled_from(sorted(json.loads(COMMON))), LEAVES | st.lists(LEAVES, max_size=2), min_size=1, max_size=3
    )
)
def test_damaged_profile_is_refused_or_still_one(damage: dict[str, object]) -> None:
    with suppress(DocumentError):
        joining.device_profile(json.dumps({**json.loads(COMMON), **damage}), ROOT)
