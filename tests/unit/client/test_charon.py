from collections.abc import Mapping
from ipaddress import IPv4Address

import pytest

from evertunnel.client import charon
from evertunnel.client.machine import Sa
from evertunnel.errors import EngineRejected


@pytest.mark.parametrize(
    ("ike", "child", "carries"),
    [
        (b"ESTABLISHED", b"INSTALLED", True),
        (b"ESTABLISHED", b"REKEYING", True),
        (b"REKEYING", b"INSTALLED", True),
        (b"ESTABLISHED", b"DELETING", False),
        (b"CONNECTING", b"CREATED", False),
        (b"DELETING", b"INSTALLED", False),
    ],
)
def test_sa_carries_packets_while_both_its_halves_live(ike: bytes, child: bytes, carries: bool) -> None:  # noqa: FBT001 (a case of the table)
    entry = listed(state=ike, children={"device-1": {"state": child}}, vips=[b"10.99.0.1"])

    assert list(charon.sas_of(entry)) == [Sa(unique_id=7, carries=carries, address=IPv4Address("10.99.0.1"))]


def test_pending_sa_has_no_address_and_carries_nothing() -> None:
    entry = listed(state=b"CONNECTING", children={}, vips=[])

    assert list(charon.sas_of(entry)) == [Sa(unique_id=7, carries=False)]


def test_other_connections_are_none_of_ours() -> None:
    assert list(charon.sas_of({"home": {"uniqueid": b"1", "state": b"ESTABLISHED"}})) == []


def test_address_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(EngineRejected, match="local-vips"):
        list(charon.sas_of(listed(state=b"ESTABLISHED", children={}, vips=[b"fe80::1"])))


def listed(*, state: bytes, children: Mapping[str, object], vips: list[bytes]) -> Mapping[str, object]:
    section = {"uniqueid": b"7", "state": state, "local-vips": vips, "child-sas": children}
    return {"evertunnel-device": section}
