"""EAP as anybody can speak it: eapol_test asks RADIUS from the gateway's host, with any certificate under any name.

charon's own client proves a certificate only under a name that stands in it, so that what it does not send cannot be
refused. eapol_test sends whatever it is told to.
"""

import re
from dataclasses import dataclass
from enum import Enum

from evertunnel.gateway.model import RadiusServer
from evertunnel.lab.hosts import Host
from evertunnel.lab.scenario import WORK
from evertunnel.lab.strangers import Credential

FOLDER = f"{WORK}/eapol"
PORT = 4_000_000  # as which no IKE_SA of the gateway asks
SECONDS = 4
VERSION = re.compile(r"SSL: Using TLS version (\S+)")
ACCEPTED, REFUSED, NO_ANSWER = "accepted", "refused", "no answer"


class Method(Enum):
    """How somebody authenticates, and by which TLS; PEAP has EAP-TLS inside."""

    EAP_TLS_12 = "EAP-TLS with TLS 1.2"
    EAP_TLS_13 = "EAP-TLS with TLS 1.3"
    PEAP = "PEAP with EAP-TLS inside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """With what somebody authenticates, and as whom: `outer` is what PEAP says in clear."""

    credential: Credential
    name: str
    outer: str = ""
    method: Method = Method.EAP_TLS_12


def ask(host: Host, radius: RadiusServer, login: Login, authorities: tuple[str, ...]) -> str:
    """What RADIUS answers: ACCEPTED, with the same keys at both ends and by which TLS, REFUSED, or NO_ANSWER."""
    held = login.credential
    host.write(f"{FOLDER}/root.crt", authorities[0])
    host.write(f"{FOLDER}/chain.crt", held.certificate + authorities[-1])
    host.write(f"{FOLDER}/key.pem", held.key.reveal(), 0o600)
    host.write(f"{FOLDER}/network", network(login), 0o600)
    # It takes the secret as an argument alone. Nobody else is on this host, and the secret is the rehearsal's.
    server = ("-a", str(radius.address), "-p", str(radius.port), "-s", radius.secret.reveal())
    gateway = ("-N", f"32:s:{host.name}", "-N", "61:d:5", "-N", f"5:d:{PORT}")
    words = ("eapol_test", "-c", f"{FOLDER}/network", *server, *gateway, "-t", str(SECONDS))
    return answer(host.run(words, check=False).stdout)


def answer(said: str) -> str:
    """What eapol_test's output comes to; accepted by which TLS, the one inside PEAP where there are two."""
    if said.rstrip().endswith("SUCCESS") and "MPPE keys OK: 1  mismatch: 0" in said:
        return f"{ACCEPTED} with {VERSION.findall(said)[-1]}"
    return REFUSED if "(Access-Reject)" in said else NO_ANSWER


def network(login: Login) -> str:
    """eapol_test's configuration."""
    suffix = "2" if login.method is Method.PEAP else ""
    lines = {
        "key_mgmt": "IEEE8021X",
        "identity": f'"{login.name}"',
        f"ca_cert{suffix}": f'"{FOLDER}/root.crt"',
        f"client_cert{suffix}": f'"{FOLDER}/chain.crt"',
        f"private_key{suffix}": f'"{FOLDER}/key.pem"',
        **_method(login),
    }
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    return f"network={{\n{text}}}\n"


def _method(login: Login) -> dict[str, str]:
    match login.method:
        case Method.EAP_TLS_12:
            return {"eap": "TLS", "phase1": '"tls_disable_tlsv1_3=1"'}
        case Method.EAP_TLS_13:
            return {"eap": "TLS", "phase1": '"tls_disable_tlsv1_3=0"'}
        case Method.PEAP:
            return {
                "eap": "PEAP",
                "phase1": '"peaplabel=0 tls_disable_tlsv1_3=1"',
                "phase2": '"auth=TLS"',
                "anonymous_identity": f'"{login.outer or login.name}"',
                "ca_cert": f'"{FOLDER}/root.crt"',
            }
