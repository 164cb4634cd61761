"""Configuration profiles for Mac, iPhone and iPad: the user tunnel, by EAP-TLS over IKEv2.

The keys are those of Apple's device management schema. Where the person's certificate comes from says apple_identity;
where from nowhere, a device management server adds a payload of the UUID named here.
"""

import plistlib
from pathlib import PurePosixPath

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import ClientProfile
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities import Platform, carries, missing, side_of
from evertunnel.profiles.apple_identity import source
from evertunnel.profiles.apple_on_demand import on_demand
from evertunnel.profiles.apple_proposals import Suite, first_of
from evertunnel.profiles.delivery import Delivery, Document, Missing, Trust
from evertunnel.profiles.identity import Identity
from evertunnel.profiles.naming import file_name, shown_name, uuid_of
from evertunnel.profiles.resolver import resolver_of

SUFFIX = "mobileconfig"
ALWAYS_ON = f"user-tunnel-supervised.{SUFFIX}"
IDENTITY = "identity"
INTERFACES = ("Cellular", "WiFi")

Payload = dict[str, object]


def build(plan: Plan, trust: Trust, identity: Identity | None = None) -> Delivery:
    """The user tunnel's profile, and one for supervised devices where everything is to go through the tunnel."""
    lacking = missing(plan, Platform.APPLE)
    if not carries(plan, Platform.APPLE, Tunnel.USER):
        return Delivery(documents=(), missing=lacking)
    chosen = proposals(plan.gateway)
    ike, esp = first_of(chosen.ike), first_of(chosen.esp)
    if ike is None or esp is None:
        return Delivery(documents=(), missing=(*lacking, _without_words()))
    tunnel = _tunnel(plan, (ike, esp), identity)
    contents = {file_name(Tunnel.USER, SUFFIX): _on_demand(plan, tunnel)}
    if _is_supervised(side_of(plan, Tunnel.USER).profile):
        contents[ALWAYS_ON] = _always_on(plan, tunnel)
    documents = tuple(_document(plan, trust, identity, name, vpn) for name, vpn in contents.items())
    return Delivery(documents=documents, missing=(*lacking, *_of_identity(plan, identity)))


def _tunnel(plan: Plan, suites: tuple[Suite, Suite], identity: Identity | None) -> Payload:
    """The dictionary IKEv2, which an Always On tunnel has in itself."""
    ike, esp = suites
    user = str(identity.user) if identity else ""
    given = source(plan, identity)
    return {
        "RemoteAddress": str(plan.gateway.name),
        "RemoteIdentifier": str(plan.gateway.name),
        "LocalIdentifier": user,
        **({"AuthName": user} if user else {}),
        # The gateway shows its certificate, the person theirs, inside EAP.
        "AuthenticationMethod": "Certificate",
        "ExtendedAuthEnabled": 1,
        "PayloadCertificateUUID": _uuid(plan, IDENTITY),
        **(given.tunnel if given else {}),
        # Without it a device asks for no certificate of the gateway.
        "ServerCertificateIssuerCommonName": plan.certificates.issuing_name,
        "ServerCertificateCommonName": str(plan.gateway.name),
        "TLSMinimumVersion": "1.2",
        "EnablePFS": int(esp.group is not None),
        "IKESecurityAssociationParameters": ike.parameters(plan.gateway.ike_seconds),
        "ChildSecurityAssociationParameters": esp.parameters(plan.gateway.child_seconds),
        **({"IncludeAllNetworks": 1} if side_of(plan, Tunnel.USER).profile.force_tunnel else {}),
    }


def _on_demand(plan: Plan, tunnel: Payload) -> Payload:
    return {"VPNType": "IKEv2", "IKEv2": {**tunnel, **on_demand(side_of(plan, Tunnel.USER).profile)}}


def _always_on(plan: Plan, tunnel: Payload) -> Payload:
    ours = {key: value for key, value in tunnel.items() if key != "IncludeAllNetworks"}
    return {
        "VPNType": "AlwaysOn",
        "AlwaysOn": {
            "UIToggleEnabled": int(not side_of(plan, Tunnel.USER).profile.no_disconnect_button),
            "TunnelConfigurations": [{"ProtocolType": "IKEv2", "Interfaces": list(INTERFACES), **ours}],
        },
    }


def _is_supervised(profile: ClientProfile) -> bool:
    """An Always On tunnel takes everything, everywhere: it knows no networks inside, and none to stay away from."""
    return profile.always_on and profile.force_tunnel and not profile.trusted_networks


def _document(plan: Plan, trust: Trust, identity: Identity | None, name: str, vpn: Payload) -> Document:
    given = source(plan, identity)
    payloads = [
        _authority(plan, "root", "com.apple.security.root", trust.root),
        _authority(plan, "issuing", "com.apple.security.pkcs1", trust.issuing),
    ]
    if given is not None:
        payloads.append(_payload(plan, IDENTITY, given.kind, given.content))
    settings = {
        "UserDefinedName": shown_name(plan, Tunnel.USER),
        **vpn,
        **_dns(side_of(plan, Tunnel.USER).profile, plan),
        **_proxies(plan),
    }
    payloads.append(_payload(plan, f"vpn.{vpn['VPNType']}", "com.apple.vpn.managed", settings))
    whole = _payload(plan, f"profile.{vpn['VPNType']}", "Configuration", {"PayloadContent": payloads})
    return Document(path=PurePosixPath(name), content=plistlib.dumps(whole), secret=given is not None and given.secret)


def _authority(plan: Plan, purpose: str, kind: str, pem: str) -> Payload:
    names = {"root": plan.certificates.root_name, "issuing": plan.certificates.issuing_name}
    return _payload(plan, purpose, kind, {"PayloadDisplayName": names[purpose], "PayloadContent": _der(pem)})


def _payload(plan: Plan, purpose: str, kind: str, content: Payload) -> Payload:
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{_reversed(plan)}.evertunnel.{purpose}",
        "PayloadUUID": _uuid(plan, purpose),
        "PayloadDisplayName": shown_name(plan, Tunnel.USER),
        "PayloadOrganization": plan.organisation.name,
        **content,
    }


def _reversed(plan: Plan) -> str:
    return ".".join(reversed(plan.organisation.domain.split(".")))


def _uuid(plan: Plan, purpose: str) -> str:
    return str(uuid_of(plan, "apple", purpose)).upper()


def _der(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def _dns(profile: ClientProfile, plan: Plan) -> Payload:
    resolver = resolver_of(profile.name_rules)
    if resolver is None:
        return {}
    suffixes = profile.dns_suffixes or (plan.organisation.domain,)
    return {
        "DNS": {
            "DNSProtocol": "Cleartext",
            "ServerAddresses": [str(server) for server in resolver.servers],
            "SearchDomains": [str(suffix) for suffix in suffixes],
            "SupplementalMatchDomains": list(resolver.domains),
            "SupplementalMatchDomainsNoSearch": 1,
        }
    }


def _proxies(plan: Plan) -> Payload:
    proxy = side_of(plan, Tunnel.USER).profile.proxy
    if proxy is None:
        return {}
    if proxy.pac is not None:
        return {"Proxies": {"ProxyAutoConfigEnable": 1, "ProxyAutoConfigURLString": proxy.pac}}
    if proxy.server is None:
        return {}
    host, _, port = proxy.server.rpartition(":")
    names = ("HTTP", "HTTPS")
    ours = {f"{name}{key}": value for name in names for key, value in _server(host, int(port)).items()}
    return {"Proxies": ours}


def _server(host: str, port: int) -> Payload:
    return {"Enable": 1, "Proxy": host, "Port": port}


def _of_identity(plan: Plan, identity: Identity | None) -> tuple[Missing, ...]:
    names = (
        "nobody's name is in it: put the person's (alice@corp.contoso.com) into LocalIdentifier and AuthName, and into"
        " the names of a SCEP or ACME payload"
    )
    certificate = (
        "nobody's certificate is in it: add a SCEP, ACME or PKCS #12 payload to the same profile, with PayloadUUID"
        f" {_uuid(plan, IDENTITY)}"
    )
    lacking = [*([] if identity else [names]), *([] if source(plan, identity) else [certificate])]
    return tuple(Missing(path="user_tunnel", what=what) for what in lacking)


def _without_words() -> Missing:
    return Missing(path="gateway.proposals", what="Apple devices know none of these proposals: there is no profile")
