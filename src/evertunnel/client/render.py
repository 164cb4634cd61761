"""What charon on a device is told: its strongswan.conf, and the connections over VICI. Pure.

The agent owns reconnection, so charon gets one try and no actions of its own; it owns routes too, so charon's routing
table is made inert by a mark that no packet carries.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from evertunnel import documents
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.tunnel import TunnelProfile
from evertunnel.profiles.user import UserProfile

DEVICE_CONNECTION = "evertunnel-device"
DEVICE_CHILD, USER_CHILD = "device", "user"
USER_PREFIX = "evertunnel-user-"
# Static: charon reuses released numbers, and libipsec finds the outbound SA by number alone.
DEVICE_REQID, USER_REQID = 101, 102
TABLE_MARK = 0x45540220  # carried by no packet: the rule for table 220 never matches
EVERYWHERE = "0.0.0.0/0"
# charon authenticates anew this long before the gateway says that the session must, and at once, for ever, where the
# session is shorter: a network policy may allow a minute, and the gateway takes half of that itself.
USER_OVER_SECONDS = 10
PLUGINS = (
    "random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl kdf"
    " kernel-libipsec kernel-netlink socket-default eap-identity eap-tls vici"
)

Message = Mapping[str, object]


def strongswan_conf(vici_socket: Path) -> str:
    """The daemon's own configuration; a silent peer is given up after 0.5 s, four times."""
    return f"""\
charon-systemd {{
  load_modular = no
  load = {PLUGINS}
  retransmit_timeout = 0.5
  retransmit_base = 1.0
  retransmit_tries = 3
  reuse_ikesa = no
  close_ike_on_child_failure = yes
  filelog {{
    stderr {{
      default = 1
      enc = 0
      net = 0
      flush_line = yes
    }}
  }}
  journal {{
    default = -1
  }}
  plugins {{
    kernel-netlink {{
      fwmark = 0x{TABLE_MARK:x}
    }}
    vici {{
      socket = unix://{vici_socket}
    }}
  }}
}}
"""


def user_connection_name(profile: UserProfile) -> str:
    """Another for each person and each profile: an SA of somebody else is never taken for this one's."""
    return f"{USER_PREFIX}{hashlib.sha256(documents.to_json(profile).encode()).hexdigest()[:12]}"


def device_connection(profile: DeviceProfile, identity: str) -> Message:
    """The device's; `identity` is the certificate's subject, as Windows presents itself too."""
    local = {"auth": "pubkey", "certs": [profile.certificate], "id": identity}
    over = profile.ike_seconds - _rekey(profile.ike_seconds)
    return {**_common(profile, over), "local": local, "children": {DEVICE_CHILD: _child(profile, DEVICE_REQID)}}


def user_connection(profile: UserProfile) -> Message:
    """A person's, by EAP-TLS."""
    local = {
        "auth": "eap-tls",
        # The RADIUS server may know the root alone: the issuing authority goes along.
        "certs": [profile.certificate, profile.authorities[-1]],
        "id": str(profile.user),
        "eap_id": str(profile.user),
        "aaa_id": str(profile.aaa_name),
    }
    common = _common(profile, USER_OVER_SECONDS)
    return {**common, "local": local, "children": {USER_CHILD: _child(profile, USER_REQID)}}


def _common(profile: TunnelProfile, over_seconds: int) -> Message:
    return {
        "version": "2",
        "proposals": list(profile.ike_proposals),
        "remote_addrs": [str(profile.gateway)],
        "vips": ["0.0.0.0"],  # noqa: S104 (asks for any address, binds nothing)
        "encap": "yes",
        "mobike": "yes",
        "fragmentation": "yes",
        "dpd_delay": f"{profile.dpd_seconds}s",
        "keyingtries": "1",
        "unique": "no",
        "send_cert": "always",
        "send_certreq": "yes",
        "rekey_time": f"{_rekey(profile.ike_seconds)}s",
        "over_time": f"{over_seconds}s",
        "remote": {
            "auth": "pubkey",
            "id": str(profile.gateway),
            "cacerts": [profile.authorities[-1]],
            # Revocation lists are published inside: before the tunnel is up no device could fetch one, and a strict
            # check would lock every device out. A list that is known is still obeyed.
            "revocation": "relaxed",
        },
    }


def _child(profile: TunnelProfile, reqid: int) -> Message:
    return {
        "reqid": str(reqid),
        # Everything on the wire, as Windows proposes; the gateway's firewall and our routes say what really passes.
        "local_ts": [EVERYWHERE],
        "remote_ts": [EVERYWHERE],
        "esp_proposals": list(profile.esp_proposals),
        "rekey_time": f"{_rekey(profile.child_seconds)}s",
        "life_time": f"{profile.child_seconds}s",
        "start_action": "none",
        "close_action": "none",
        "dpd_action": "clear",
    }


def _rekey(seconds: int) -> int:
    """The client rekeys at nine tenths, before the gateway's lifetime ends."""
    return seconds * 9 // 10
