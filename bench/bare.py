"""The other side of the comparison: charon and FreeRADIUS as somebody configures them by hand, with nothing of ours.

charon lets in a device that has a certificate of the authority, and charon alone: no RADIUS, no admission, no packet
filter. A user it lets in whom FreeRADIUS has authenticated by EAP-TLS: no policy, no CRL, no record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel.gateway.model import Connections, Pool
from evertunnel.plan.tunnels import Tunnel

CHARON_CONF = Path("/run/bare/strongswan.conf")
SOCKET = Path("/run/bare/charon.vici")
RADIUS_DIRECTORY = Path("/run/bare/radius")

STRONGSWAN = """\
charon-systemd {{
  load_modular = no
  load = random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl kdf kernel-libipsec kernel-netlink \
socket-default eap-identity eap-radius vici
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
      socket = unix://{socket}
    }}
    eap-radius {{
      servers {{
        radius {{
          address = {address}
          auth_port = {port}
          secret = "{secret}"
          nas_identifier = gateway1
          sockets = 8
        }}
      }}
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
{modules}}}
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
		{authorize}
	}}
	authenticate {{
		{authenticate}
	}}
}}
"""
# TLS as ours has it, and no CRL.
EAP = """\
	eap {{
		default_eap_type = tls
		timer_expire = 30
		max_sessions = 16384
		tls-config outer {{
			certificate_file = "{directory}/server.crt"
			private_key_file = "{directory}/server.key"
			auto_chain = no
			ca_file = "{directory}/root.crt"
			cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20"
			cipher_server_preference = yes
			ecdh_curve = ""
			tls_min_version = "1.2"
			tls_max_version = "1.3"
			fragment_size = 1300
			cache {{
				enable = no
			}}
		}}
		tls {{
			tls = outer
		}}
	}}
"""
USERS = 'DEFAULT Auth-Type := Accept\n\tUser-Name = "laptop1",\n\tFilter-Id = "management",\n\tSession-Timeout = 3600\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Radius:
    """Where FreeRADIUS answers, and whom."""

    address: IPv4Address
    port: int
    client: IPv4Address
    secret: str


def strongswan_conf(radius: Radius) -> str:
    """Charon's own settings."""
    return STRONGSWAN.format(socket=SOCKET, address=radius.address, port=radius.port, secret=radius.secret)


def pools(ours: Connections) -> dict[Tunnel, Pool]:
    """Whence the tunnels get their addresses."""
    return {Tunnel.DEVICE: ours.device.pool, Tunnel.USER: ours.user_pools[0]}


def connections(ours: Connections) -> dict[str, dict[str, object]]:
    """What load-conn is given: certificates, proposals and selectors as ours has them, and nothing else."""
    remotes: dict[Tunnel, dict[str, object]] = {
        Tunnel.DEVICE: {"auth": "pubkey", "cacerts": [ours.authorities[-1]]},
        Tunnel.USER: {"auth": "eap-radius", "id": "%any", "eap_id": "%any"},
    }
    device = ours.device
    child = {"local_ts": ["0.0.0.0/0"], "remote_ts": ["dynamic"], "esp_proposals": list(device.esp_proposals)}
    common = {
        "version": "2",
        "proposals": list(device.ike_proposals),
        "local_addrs": [str(device.address)],
        "encap": "yes",
        "send_cert": "always",
        "local": {"auth": "pubkey", "certs": [ours.certificate], "id": str(device.identity)},
    }
    return {
        f"bare-{tunnel.value}": {**common, "pools": [pool.name], "remote": remotes[tunnel], "children": {"bare": child}}
        for tunnel, pool in pools(ours).items()
    }


def accepting(directory: Path, radius: Radius) -> dict[str, str]:
    """FreeRADIUS's files: every request of one client is accepted by the files module."""
    return _files(directory, radius, {"modules": "", "authorize": "files", "authenticate": ""})


def authenticating(directory: Path, radius: Radius, identity: Mapping[str, str]) -> dict[str, str]:
    """The same for EAP-TLS, under ours' own certificate: whoever has one of the authority is accepted."""
    words = {"modules": EAP.format(directory=directory), "authorize": "eap", "authenticate": "eap"}
    return {**_files(directory, radius, words), **identity}


def _files(directory: Path, radius: Radius, words: Mapping[str, str]) -> dict[str, str]:
    where = {"directory": directory, "address": radius.address, "port": radius.port}
    text = RADIUSD.format_map({**words, **where, "client": radius.client, "secret": radius.secret})
    return {"radiusd.conf": text, "users": USERS}


def freeradius_command(directory: Path) -> list[str]:
    """How FreeRADIUS is started."""
    return ["freeradius", "-f", "-l", "stdout", "-d", str(directory), "-n", "radiusd"]
