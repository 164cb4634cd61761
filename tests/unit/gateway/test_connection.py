from dataclasses import replace

from evertunnel.gateway.connection import definition, name
from evertunnel.gateway.model import Connections
from evertunnel.values import ObjectId, Secret


def test_peer_needs_template_policy_serial_pattern_issuer_and_strict_revocation(connections: Connections) -> None:
    assert definition(connections)["remote"] == {
        "auth": "pubkey",
        "id": "O=Contoso, CN=*, serialNumber=*",
        "cacerts": ["issuing"],
        "cert_policy": ["1.3.6.1.4.1.32473.1.1"],
        "revocation": "strict",
    }


def test_children_are_rekeyed_by_the_device_and_end_by_themselves(connections: Connections) -> None:
    children = definition(connections)["children"]

    assert isinstance(children, dict)
    assert (children["device"]["rekey_time"], children["device"]["life_time"]) == ("0s", "28800s")
    assert children["device"]["local_ts"] == ["0.0.0.0/0"]


def test_name_changes_with_whatever_charon_cannot_show(connections: Connections) -> None:
    others = (
        replace(connections, key=Secret("another")),
        replace(connections, certificate="another"),
        replace(connections, device=replace(connections.device, policy=ObjectId("1.3.6.1"))),
    )

    assert len({name(each) for each in (connections, *others)}) == 4
    assert name(connections).startswith("evertunnel-device-")
