"""Linux: our agent's profiles, and, where it is not wanted, connections for NetworkManager's strongSwan plugin."""

from dataclasses import replace
from pathlib import PurePosixPath

from evertunnel.plan.gateway import Esp
from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import ClientProfile
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles import linux_agent
from evertunnel.profiles.abilities import Platform, carries, missing, side_of
from evertunnel.profiles.delivery import Delivery, Document, Missing, Trust
from evertunnel.profiles.identity import Identity
from evertunnel.profiles.naming import file_name, shown_name, uuid_of
from evertunnel.profiles.resolver import EVERY_NAME, resolver_of

NETWORK_MANAGER = PurePosixPath("networkmanager")
HOME = PurePosixPath("/etc/evertunnel/networkmanager")  # where the keyfiles look for certificates and keys
ROOT = "root.pem"
METHODS = {Tunnel.DEVICE: "cert", Tunnel.USER: "eap-tls"}
SUFFIX = "nmconnection"

README_NETWORK_MANAGER = """\
# NetworkManager with its strongSwan plugin

On Debian 12: `apt-get install network-manager-strongswan libcharon-extra-plugins`. As root:

1. Copy `{root}` to `{home}`, and beside it {certificates}.
2. Copy the `.nmconnection` files to `/etc/NetworkManager/system-connections`, owned by root, mode 0600; NetworkManager
   ignores others. Then `nmcli connection reload`.
"""
README_NAME = """\
3. Say whose the user tunnel is: `nmcli connection modify {uuid} +vpn.data local-identity=alice@{domain}`
"""


def build(plan: Plan, trust: Trust, identity: Identity | None = None) -> Delivery:
    """The agent's folder, and the keyfiles with their steps."""
    agent = linux_agent.build(plan, trust, identity)
    kinds = [kind for kind in Tunnel if carries(plan, Platform.NETWORK_MANAGER, kind)]
    texts = {"README.md": _network_manager(plan, kinds, identity), ROOT: trust.root}
    return Delivery(
        documents=(
            *agent.documents,
            *(Document(path=NETWORK_MANAGER / name, content=text.encode()) for name, text in texts.items()),
            *(_document(plan, kind, identity) for kind in kinds),
        ),
        missing=(
            *_of("agent", agent.missing),
            *_of("NetworkManager", (*missing(plan, Platform.NETWORK_MANAGER), *_of_identity(kinds, identity))),
        ),
    )


def _of(who: str, lacking: tuple[Missing, ...]) -> tuple[Missing, ...]:
    return tuple(replace(each, what=f"{who}: {each.what}") for each in lacking)


def _network_manager(plan: Plan, kinds: list[Tunnel], identity: Identity | None) -> str:
    certificates = " and ".join(f"`{kind.value}.pem` with its key `{kind.value}-key.pem`" for kind in kinds)
    steps = README_NETWORK_MANAGER.format(root=ROOT, home=HOME, certificates=certificates)
    if Tunnel.USER not in kinds or identity is not None:
        return steps
    return steps + README_NAME.format(uuid=_uuid(plan, Tunnel.USER), domain=plan.organisation.domain)


def _document(plan: Plan, kind: Tunnel, identity: Identity | None) -> Document:
    sections = {
        "connection": {"id": shown_name(plan, kind), "uuid": _uuid(plan, kind), "type": "vpn", "autoconnect": "false"},
        "vpn": _vpn(plan, kind, identity if kind is Tunnel.USER else None),
        "ipv4": _ipv4(plan, side_of(plan, kind).profile),
        # The gateway gives no IPv6 address.
        "ipv6": {"method": "disabled"},
    }
    path = NETWORK_MANAGER / file_name(kind, SUFFIX)
    # No secret is in it, but NetworkManager ignores a file that others may read.
    return Document(path=path, content=keyfile(sections).encode(), secret=True)


def keyfile(sections: dict[str, dict[str, str]]) -> str:
    """Sections in GLib's language of key files."""
    blocks = ("".join(f"{key}={value_of(text)}\n" for key, text in keys.items()) for keys in sections.values())
    return "\n".join(f"[{name}]\n{block}" for name, block in zip(sections, blocks, strict=True))


def value_of(text: str) -> str:
    r"""A value as GLib reads it back; line breaks are refused before.

    >>> value_of(" C:\\x")
    '\\sC:\\\\x'
    """
    escaped = text.replace("\\", "\\\\")
    return f"\\s{escaped[1:]}" if escaped.startswith(" ") else escaped


def _vpn(plan: Plan, kind: Tunnel, identity: Identity | None) -> dict[str, str]:
    chosen = proposals(plan.gateway)
    return {
        "service-type": "org.freedesktop.NetworkManager.strongswan",
        "address": str(plan.gateway.name),
        "remote-identity": str(plan.gateway.name),
        "certificate": str(HOME / ROOT),
        "method": METHODS[kind],
        "usercert": str(HOME / f"{kind.value}.pem"),
        "userkey": str(HOME / f"{kind.value}-key.pem"),
        **({"local-identity": str(identity.user)} if identity else {}),
        "virtual": "yes",
        "encap": "yes",
        "ipcomp": "no",
        "proposal": "yes",
        "ike": ";".join(chosen.ike),
        "esp": ";".join(chosen.esp),
        **_selectors(plan, kind),
    }


def _selectors(plan: Plan, kind: Tunnel) -> dict[str, str]:
    """The plugin routes what the selector says; the gateway's user-space ESP accepts everything alone."""
    if plan.gateway.esp is Esp.LIBIPSEC or side_of(plan, kind).profile.force_tunnel:
        return {}
    return {"remote-ts": ";".join(str(network) for network in side_of(plan, kind).routes)}


def _ipv4(plan: Plan, profile: ClientProfile) -> dict[str, str]:
    suffixes = [str(suffix) for suffix in profile.dns_suffixes or (plan.organisation.domain,)]
    resolver = resolver_of(profile.name_rules)
    if resolver is None:
        return {"method": "auto", "dns-search": _listed(suffixes)}
    # A domain with ~ says which names the servers are asked about, and completes none.
    routed = ["~." if domain == EVERY_NAME else f"~{domain}" for domain in resolver.domains]
    servers = [str(server) for server in resolver.servers]
    return {"method": "auto", "dns": _listed(servers), "dns-search": _listed([*suffixes, *routed])}


def _listed(values: list[str]) -> str:
    return "".join(f"{value};" for value in values)


def _uuid(plan: Plan, kind: Tunnel) -> str:
    return str(uuid_of(plan, "networkmanager", kind.value))


def _of_identity(kinds: list[Tunnel], identity: Identity | None) -> tuple[Missing, ...]:
    if Tunnel.USER not in kinds or identity is not None:
        return ()
    what = "nobody's name is in it: set local-identity as its README says"
    return (Missing(path="user_tunnel", what=what),)
