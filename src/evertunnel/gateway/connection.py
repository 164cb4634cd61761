"""The device connection in VICI's words, under a name that holds a digest of everything it depends on."""

import hashlib

from evertunnel import documents
from evertunnel.gateway.model import DEVICE_PREFIX, Connections, DeviceConnection

CHILD = "device"


def name(connections: Connections) -> str:
    """The connection's name: list-conns shows no proposals, pools, lifetimes or keys, so the name stands for them."""
    digest = hashlib.sha256(documents.to_json(connections).encode()).hexdigest()
    return f"{DEVICE_PREFIX}{digest[:12]}"


def definition(connections: Connections) -> dict[str, object]:
    """What load-conn is given."""
    device = connections.device
    _, issuing = connections.authorities
    return {
        "version": "2",
        "proposals": list(device.ike_proposals),
        "local_addrs": [str(device.address)],
        "encap": _yes(device.encapsulation),
        "mobike": "yes",
        "fragmentation": "yes",
        "dpd_delay": f"{device.lifetimes.dpd}s",
        "rekey_time": f"{device.lifetimes.ike}s",
        "over_time": f"{device.lifetimes.ike // 10}s",
        "reauth_time": "0s",
        # charon's own uniqueness knows identities, not devices, and acts before admission; sessions sees to it.
        "unique": "never",
        "send_cert": "always",
        "send_certreq": "yes",
        "pools": [device.pool.engine_name],
        "local": {"auth": "pubkey", "certs": [connections.certificate], "id": str(device.identity)},
        "remote": {
            "auth": "pubkey",
            "id": device.peer_pattern,
            "cacerts": [issuing],
            "cert_policy": [str(device.policy)],
            "revocation": "strict",
        },
        "children": {CHILD: _child(device)},
    }


def _child(device: DeviceConnection) -> dict[str, object]:
    return {
        # As Windows proposes; what a tunnel may reach is decided by its admitted address, not by selectors.
        "local_ts": ["0.0.0.0/0"],
        "remote_ts": ["dynamic"],
        "esp_proposals": list(device.esp_proposals),
        "rekey_time": "0s",
        # The device rekeys; without life_time, rekey_time = 0 would leave the CHILD_SA with no end at all.
        "life_time": f"{device.lifetimes.child}s",
        "start_action": "none",
        "close_action": "none",
        "dpd_action": "clear",
        "policies": "yes",
    }


def _yes(truth: bool) -> str:  # noqa: FBT001 (a converter)
    return "yes" if truth else "no"
