"""The connections in VICI's words, under names that hold a digest of everything they depend on."""

import hashlib

from evertunnel import documents
from evertunnel.gateway.model import DEVICE_PREFIX, USER_PREFIX, Connections, DeviceConnection, Pool

CHILD = "device"
USER_CHILD = "user"
# What charon takes an address from that RADIUS names (eap_radius_provider); before any pool.
RADIUS_POOL = "radius"
# RADIUS says the pool in an attribute Class, of which charon makes a group. No class of a plan has a colon.
POOL_CLASS = "pool:"
# charon ends a session this much before its Session-Timeout, where the peer does not authenticate anew.
USER_OVER_SECONDS = 30


def definitions(connections: Connections) -> dict[str, dict[str, object]]:
    """Every connection, by its name; charon looks for one in this order."""
    digest = _digest(connections)
    users = {
        f"{USER_PREFIX}{pool.name}-{digest}": _user_definition(connections, pool) for pool in connections.user_pools
    }
    return {name(connections): definition(connections), **users}


def pools(connections: Connections) -> tuple[Pool, ...]:
    """Every pool that a connection uses."""
    return tuple(dict.fromkeys((connections.device.pool, *connections.user_pools)))


def name(connections: Connections) -> str:
    """The device connection's: list-conns shows no proposals, pools, lifetimes or keys, so the name stands for them."""
    return f"{DEVICE_PREFIX}{_digest(connections)}"


def definition(connections: Connections) -> dict[str, object]:
    """What load-conn is given for the device connection."""
    device = connections.device
    _, issuing = connections.authorities
    return {
        **_common(connections),
        "over_time": f"{device.lifetimes.ike // 10}s",
        "pools": [device.pool.engine_name],
        "remote": {
            "auth": "pubkey",
            "id": device.peer_pattern,
            "cacerts": [issuing],
            "cert_policy": [str(device.policy)],
            "revocation": "strict",
        },
        "children": {CHILD: _child(device)},
    }


def _user_definition(connections: Connections, pool: Pool) -> dict[str, object]:
    return {
        **_common(connections),
        "over_time": f"{USER_OVER_SECONDS}s",
        "pools": [RADIUS_POOL, pool.engine_name],
        # Who it is, RADIUS says, of the EAP identity. A certificate alone is no answer to this connection.
        "remote": {"auth": "eap-radius", "id": "%any", "eap_id": "%any", "groups": [f"{POOL_CLASS}{pool.name}"]},
        "children": {USER_CHILD: _child(connections.device)},
    }


def _common(connections: Connections) -> dict[str, object]:
    device = connections.device
    return {
        "version": "2",
        "proposals": list(device.ike_proposals),
        "local_addrs": [str(device.address)],
        "encap": _yes(device.encapsulation),
        "mobike": "yes",
        "fragmentation": "yes",
        "dpd_delay": f"{device.lifetimes.dpd}s",
        "rekey_time": f"{device.lifetimes.ike}s",
        "reauth_time": "0s",
        # charon's own uniqueness knows identities, not devices, and acts before admission; sessions sees to it.
        "unique": "never",
        "send_cert": "always",
        "send_certreq": "yes",
        "local": {"auth": "pubkey", "certs": [connections.certificate], "id": str(device.identity)},
    }


def _digest(connections: Connections) -> str:
    return hashlib.sha256(documents.to_json(connections).encode()).hexdigest()[:12]


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
