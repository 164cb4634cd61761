"""The other side of the comparison: charon and FreeRADIUS as somebody configures them by hand, with nothing of ours.

charon lets in who has a certificate of the authority, and charon alone: no RADIUS, no admission, no packet filter.
"""

from ipaddress import IPv4Address
from pathlib import Path

from evertunnel.gateway.model import Connections

CHARON_CONF = Path("/run/bare/strongswan.conf")
SOCKET = Path("/run/bare/charon.vici")
RADIUS_DIRECTORY = Path("/run/bare/radius")
CONNECTION = "bare"
POOL = "bare"

STRONGSWAN = f"""\
charon-systemd {{
  load_modular = no
  load = random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl kdf kernel-libipsec kernel-netlink \
socket-default vici
  filelog {{
    stderr {{
      default = 1
      flush_line = yes
    }}
  }}
  journal {{
    default = -1
  }}
  plugins {{
    vici {{
      socket = unix://{SOCKET}
    }}
  }}
}}
"""

RADIUSD = """\
prefix = /usr
libdir = /usr/lib/freeradius
confdir = {directory}
run_dir = {directory}
name = radiusd
max_requests = 16384
max_request_time = 5
cleanup_delay = 5
hostname_lookups = no
log {{
	destination = stdout
	auth = no
}}
security {{
	max_attributes = 64
	reject_delay = 0
	status_server = yes
}}
thread pool {{
	start_servers = 4
	max_servers = 32
	min_spare_servers = 4
	max_spare_servers = 16
	max_requests_per_server = 0
	auto_limit_acct = no
}}
modules {{
	always ok {{
		rcode = ok
	}}
	files {{
		usersfile = {directory}/users
	}}
}}
client gateway {{
	ipaddr = {client}
	secret = {secret}
	require_message_authenticator = yes
}}
server bare {{
	listen {{
		type = auth
		ipaddr = {address}
		port = {port}
	}}
	authorize {{
		update reply {{
			&Message-Authenticator := 0x00
		}}
		files
	}}
	authenticate {{
	}}
}}
"""
USERS = 'DEFAULT Auth-Type := Accept\n\tUser-Name = "laptop1",\n\tFilter-Id = "management",\n\tSession-Timeout = 3600\n'


def connection(ours: Connections) -> dict[str, object]:
    """What load-conn is given: certificate, proposals and selectors as ours has them, and nothing else."""
    device = ours.device
    child = {
        "local_ts": ["0.0.0.0/0"],
        "remote_ts": ["dynamic"],
        "esp_proposals": list(device.esp_proposals),
    }
    return {
        "version": "2",
        "proposals": list(device.ike_proposals),
        "local_addrs": [str(device.address)],
        "encap": "yes",
        "send_cert": "always",
        "pools": [POOL],
        "local": {"auth": "pubkey", "certs": [ours.certificate], "id": str(device.identity)},
        "remote": {"auth": "pubkey", "cacerts": [ours.authorities[-1]]},
        "children": {"bare": child},
    }


def freeradius(directory: Path, address: IPv4Address, port: int, *, client: IPv4Address, secret: str) -> dict[str, str]:
    """FreeRADIUS's files: every request of one client is accepted by the files module."""
    words = {"directory": directory, "address": address, "port": port, "client": client, "secret": secret}
    return {"radiusd.conf": RADIUSD.format_map(words), "users": USERS}


def freeradius_command(directory: Path) -> list[str]:
    """How FreeRADIUS is started."""
    return ["freeradius", "-f", "-l", "stdout", "-d", str(directory), "-n", "radiusd"]
