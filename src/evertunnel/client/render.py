"""What charon on a device is told: its strongswan.conf, and the connection over VICI. Pure.

The agent owns reconnection, so charon gets one try and no actions of its own; it owns routes too, so charon's routing
table is made inert by a mark that no packet carries.
"""

from collections.abc import Mapping
from pathlib import Path

from evertunnel.profiles.device import DeviceProfile

CONNECTION = "evertunnel-device"
CHILD = "device"
REQID = 101  # static: charon reuses released numbers, and libipsec finds the outbound SA by number alone
TABLE_MARK = 0x45540220  # carried by no packet: the rule for table 220 never matches
EVERYWHERE = "0.0.0.0/0"
PLUGINS = (
    "random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl kdf"
    " kernel-libipsec kernel-netlink socket-default vici"
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


def connection(profile: DeviceProfile, identity: str) -> Message:
    """The one connection; `identity` is the certificate's subject, as Windows presents itself too."""
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
        "over_time": f"{profile.ike_seconds - _rekey(profile.ike_seconds)}s",
        "local": {"auth": "pubkey", "certs": [profile.certificate], "id": identity},
        "remote": {
            "auth": "pubkey",
            "id": str(profile.gateway),
            "cacerts": [profile.authorities[-1]],
            # Revocation lists are published inside: before the tunnel is up no device could fetch one, and a strict
            # check would lock every device out. A list that is known is still obeyed.
            "revocation": "relaxed",
        },
        "children": {CHILD: _child(profile)},
    }


def _child(profile: DeviceProfile) -> Message:
    return {
        "reqid": str(REQID),
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
