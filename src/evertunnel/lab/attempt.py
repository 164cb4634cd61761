"""Attempts to get in, by charon alone: what a stranger with any certificate can try. Runs inside a host of the lab.

It answers each Attempt (JSON, over a local socket) with its Outcome. charon must run on the host already. A tunnel
that `stays` is ended by the request LEAVE.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.host.processes import run
from evertunnel.drivers.namespaces.inside import knock
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineError
from evertunnel.values import Fqdn, Secret

SOCKET = Path("/run/attempt.vici")
SERVER = Path("/run/attempt.sock")
CONF = Path("/run/attempt.conf")
PLUGINS = (
    "random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl kdf"
    " kernel-libipsec kernel-netlink socket-default eap-identity eap-tls vici"
)
LEAVE = b"leave"
CONNECTION = "attempt"
CHILD = "attempt"
INITIATE_SECONDS = 5.0
KNOCK_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Who tries, with what, and at which door it knocks from its virtual address for how many seconds."""

    gateway: IPv4Address
    gateway_name: Fqdn
    authorities: tuple[str, ...]
    certificate: str
    key: Secret
    identity: str
    aaa: str = ""  # the name of the RADIUS server, where a user authenticates to it by EAP-TLS
    send_certificate: bool = True
    ike_proposals: tuple[str, ...]
    esp_proposals: tuple[str, ...]
    target: IPv4Address
    port: int
    seconds: float = 1.0
    stays: bool = False  # a tunnel that is up is left up, with the route to the target into it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: charon's words, the virtual address, and how many of the knocks were answered."""

    up: bool
    words: str
    address: str
    knocks: int
    answered: int


def main(_words: Sequence[str] = ()) -> None:
    """Answers attempts until it is ended."""
    local_socket.serve(SERVER, _answer, 0o600, None)


def strongswan_conf() -> str:
    """The bare charon's configuration: no routes of its own (a mark that no packet carries), one quick try."""
    return f"""\
charon-systemd {{
  load_modular = no
  load = {PLUGINS}
  retransmit_timeout = 0.5
  retransmit_base = 1.0
  retransmit_tries = 3
  reuse_ikesa = no
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
    kernel-netlink {{
      fwmark = 0x45540220
    }}
    vici {{
      socket = unix://{SOCKET}
    }}
  }}
}}
"""


def definition(attempt: Attempt) -> dict[str, object]:
    """The connection that tries it."""
    return {
        "version": "2",
        "proposals": list(attempt.ike_proposals),
        "remote_addrs": [str(attempt.gateway)],
        "vips": ["0.0.0.0"],  # noqa: S104 (asks for any address, binds nothing)
        "encap": "yes",
        "keyingtries": "1",
        "unique": "no",
        "send_cert": "always" if attempt.send_certificate else "never",
        "local": _local(attempt),
        "remote": {"auth": "pubkey", "id": str(attempt.gateway_name), "revocation": "relaxed"},
        "children": {
            CHILD: {
                "local_ts": ["0.0.0.0/0"],
                "remote_ts": ["0.0.0.0/0"],
                "esp_proposals": list(attempt.esp_proposals),
                "reqid": "201",
            }
        },
    }


def _answer(_peer: local_socket.Peer, request: bytes) -> bytes:
    if request == LEAVE:
        _leave()
        return b""
    attempt = documents.from_json(Attempt, request, name="attempt")
    return documents.to_json(_try(attempt)).encode()


def _try(attempt: Attempt) -> Outcome:
    stays = False
    try:
        with closing(Vici(SOCKET)) as vici:
            _load(vici, attempt)
            vici.initiate(CHILD, CONNECTION, seconds=INITIATE_SECONDS)
            outcome = _knock(vici, attempt)
            stays = attempt.stays and outcome.up
            return outcome
    except EngineError as error:
        return Outcome(up=False, words=str(error), address="", knocks=0, answered=0)
    finally:
        if not stays:
            _leave()


def _leave() -> None:
    # A connection of its own: after a time-out an earlier one is closed.
    with closing(Vici(SOCKET)) as vici:
        for sa in vici.list_sas():
            vici.terminate(sa.ike_id, force=True)
        vici.unload_conn(CONNECTION)


def _load(vici: Vici, attempt: Attempt) -> None:
    # EAP-TLS takes any certificate that it finds for the identity: the last attempt's must be gone.
    vici.clear_creds()
    vici.flush_certs()
    for pem in attempt.authorities:
        vici.load_authority(pem)
    vici.load_key(attempt.key.reveal())
    vici.load_conn(CONNECTION, definition(attempt))


def _knock(vici: Vici, attempt: Attempt) -> Outcome:
    address = _address()
    if not address:
        return Outcome(up=False, words="came up and was ended by the gateway", address="", knocks=0, answered=0)
    run(["ip", "route", "replace", f"{attempt.target}/32", "dev", "ipsec0", "src", address])
    deadline = time.monotonic() + attempt.seconds
    knocks = answered = 0
    still = True
    # Once the gateway has ended the tunnel no knock can pass any more: that is decided.
    while time.monotonic() < deadline and still and not answered:
        knocks += 1
        answered = int(_answers(attempt, address))
        still = any(sa.state == "ESTABLISHED" for sa in vici.list_sas())
    if not attempt.stays:
        run(["ip", "route", "flush", f"{attempt.target}/32"])
    words = "up" if still else "came up and was ended by the gateway"
    return Outcome(up=still, words=words, address=address, knocks=knocks, answered=answered)


def _address() -> str:
    """The virtual address; empty when the gateway has ended the tunnel already."""
    words = run(["ip", "-4", "-o", "addr", "show", "dev", "ipsec0"]).split()
    return words[3].partition("/")[0] if "inet" in words else ""


def _answers(attempt: Attempt, address: str) -> bool:
    return knock(str(attempt.target), attempt.port, address, KNOCK_SECONDS) in ("answered", "refused")


def _local(attempt: Attempt) -> dict[str, object]:
    local: dict[str, object] = {"auth": "pubkey", "certs": [attempt.certificate], "id": attempt.identity}
    if not attempt.aaa:
        return local
    # FreeRADIUS knows the root alone: the issuing authority's certificate goes along.
    certificates = [attempt.certificate, attempt.authorities[-1]]
    return {**local, "auth": "eap-tls", "certs": certificates, "eap_id": attempt.identity, "aaa_id": attempt.aaa}
