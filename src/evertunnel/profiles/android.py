"""Profiles for the strongSwan app on Android: files to import, and the app's managed configuration for an MDM.

The keys are those that the app reads: a .sswan file's by its documentation, the managed configuration's by its schema.
"""

import base64
import json
from pathlib import PurePosixPath

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import ClientProfile
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities import Platform, carries, missing, side_of
from evertunnel.profiles.delivery import Delivery, Document, Missing, Trust
from evertunnel.profiles.identity import Identity
from evertunnel.profiles.naming import file_name, shown_name, uuid_of
from evertunnel.profiles.resolver import EVERY_NAME, domain_of

SUFFIX = "sswan"
MANAGED = "managed-configuration.json"
TYPES = {Tunnel.DEVICE: "ikev2-cert", Tunnel.USER: "ikev2-eap-tls"}

Table = dict[str, object]


def build(plan: Plan, trust: Trust, identity: Identity | None = None) -> Delivery:
    """A file for each tunnel, and both as a managed configuration."""
    kinds = [kind for kind in Tunnel if carries(plan, Platform.ANDROID, kind)]
    owners = {kind: identity if kind is Tunnel.USER else None for kind in kinds}
    documents = [
        _document(file_name(kind, SUFFIX), _file(plan, trust, kind, owner), owner) for kind, owner in owners.items()
    ]
    managed: Table = {"managed_profiles": [_managed(plan, trust, kind, owner) for kind, owner in owners.items()]}
    documents.append(_document(MANAGED, managed, identity))
    return Delivery(
        documents=tuple(documents),
        missing=(*missing(plan, Platform.ANDROID), *_of_identity(kinds, identity)),
    )


def _file(plan: Plan, trust: Trust, kind: Tunnel, owner: Identity | None) -> Table:
    chosen = proposals(plan.gateway)
    return {
        "uuid": str(uuid_of(plan, "android", kind.value)),
        "name": shown_name(plan, kind),
        "type": TYPES[kind],
        "remote": {
            "addr": str(plan.gateway.name),
            "id": str(plan.gateway.name),
            "cert": _der(trust.root),
            # Revocation lists are published inside: before the tunnel is up, the app would only wait for one.
            "revocation": {"crl": False, "ocsp": False},
        },
        **({"local": _local(owner)} if owner else {}),
        # The app takes one proposal.
        "ike-proposal": chosen.ike[0],
        "esp-proposal": chosen.esp[0],
        **({"dns-servers": servers} if (servers := _dns(side_of(plan, kind).profile)) else {}),
        "split-tunneling": _split(plan, kind),
    }


def _local(owner: Identity) -> Table:
    held = {"p12": base64.b64encode(owner.pkcs12).decode()} if owner.pkcs12 is not None else {}
    return {"id": str(owner.user), **held}


def _split(plan: Plan, kind: Tunnel) -> Table:
    excluded = [str(network) for network in side_of(plan, kind).profile.exclude_routes]
    past = {"excluded": excluded} if excluded else {}
    if side_of(plan, kind).profile.force_tunnel:
        return {**past, "block-ipv4": True, "block-ipv6": True}
    return {**past, "subnets": [str(network) for network in side_of(plan, kind).routes]}


def _managed(plan: Plan, trust: Trust, kind: Tunnel, owner: Identity | None) -> Table:
    profile, chosen = side_of(plan, kind).profile, proposals(plan.gateway)
    return {
        "_uuid": str(uuid_of(plan, "android", "managed", kind.value)),
        "name": shown_name(plan, kind),
        "vpn_type": TYPES[kind],
        "remote": {
            "gateway": str(plan.gateway.name),
            "remote_id": str(plan.gateway.name),
            "certificate": _der(trust.root),
            "remote_cert_req": True,
            "remote_revocation_crl": False,
            "remote_revocation_ocsp": False,
        },
        **({"local": _managed_local(owner)} if owner else {}),
        "ike_proposal": chosen.ike[0],
        "esp_proposal": chosen.esp[0],
        **({"dns_servers": " ".join(servers)} if (servers := _dns(profile)) else {}),
        "split_tunneling": _managed_split(plan, kind),
    }


def _managed_split(plan: Plan, kind: Tunnel) -> Table:
    profile = side_of(plan, kind).profile
    excluded = {"excluded_subnets": " ".join(map(str, profile.exclude_routes))} if profile.exclude_routes else {}
    if profile.force_tunnel:
        return {**excluded, "split_tunneling_block_ipv4": True, "split_tunneling_block_ipv6": True}
    return {**excluded, "included_subnets": " ".join(map(str, side_of(plan, kind).routes))}


def _managed_local(owner: Identity) -> Table:
    held = {"user_certificate": base64.b64encode(owner.pkcs12).decode()} if owner.pkcs12 is not None else {}
    return {"local_id": str(owner.user), **held}


def _dns(profile: ClientProfile) -> list[str]:
    """The app asks its servers about every name: only a rule for every name may choose them."""
    rules = (rule for rule in profile.name_rules if domain_of(rule) == EVERY_NAME)
    return [str(server) for rule in rules for server in rule.dns_servers]


def _der(pem: str) -> str:
    return base64.b64encode(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).decode()


def _document(name: str, content: Table, owner: Identity | None) -> Document:
    held = owner is not None and owner.pkcs12 is not None
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    return Document(path=PurePosixPath(name), content=text.encode(), secret=held)


def _of_identity(kinds: list[Tunnel], identity: Identity | None) -> tuple[Missing, ...]:
    certificate = "the certificate is not in the file: install it on the device, and choose it when importing"
    name = "nobody's name is in it: choose the person's (alice@corp.contoso.com) as client identity, or set it by MDM"
    device = [Missing(path="device_tunnel", what=certificate)] if Tunnel.DEVICE in kinds else []
    user = [
        *([] if identity else [Missing(path="user_tunnel", what=name)]),
        *([] if identity and identity.pkcs12 else [Missing(path="user_tunnel", what=certificate)]),
    ]
    return (*device, *(user if Tunnel.USER in kinds else []))
