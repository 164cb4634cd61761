"""Plain configuration for strongSwan's swanctl: both tunnels, and the routes that charon is not to make.

Everything goes over the wire as selector, as Windows proposes: the gateway's user-space ESP accepts nothing narrower.
What really enters a tunnel is decided by routes, which a script of ours makes when it comes up.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import PurePosixPath

from evertunnel.plan.model import Plan
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities import Platform, carries, missing, side_of
from evertunnel.profiles.delivery import Delivery, Document, Missing, Trust
from evertunnel.profiles.identity import Identity

CONNECTIONS = PurePosixPath("swanctl/conf.d/evertunnel.conf")
SCRIPT = PurePosixPath("swanctl/evertunnel-routes")
SETTINGS = PurePosixPath("strongswan.d/evertunnel.conf")
ROOT, ISSUING = "evertunnel-root.pem", "evertunnel-issuing.pem"
EVERYWHERE = "0.0.0.0/0"
TABLE_MARK = 0x45540220
# Static: charon reuses released numbers, and libipsec finds the outbound SA by number alone.
REQIDS = {Tunnel.DEVICE: 101, Tunnel.USER: 102}
METRICS = {Tunnel.DEVICE: 20, Tunnel.USER: 10}
USER_OVER_SECONDS = 10  # as our agent: the gateway may have a user authenticate anew after less than a minute

ROUTES = """\
#!/bin/sh
# charon runs this when a tunnel comes up or goes. Arguments: the routes' metric, then the networks inside.
# Into user-space ESP the way is the interface ipsec0; into the kernel's it is the way to the gateway.
metric=$1
shift
case $PLUTO_VERB in
  up-client) verb=replace ;;
  down-client) verb=del ;;
  *) exit 0 ;;
esac
way="dev $PLUTO_INTERFACE"
router=$(ip -4 -o route get "$PLUTO_PEER" | sed -n 's/.* via \\([^ ]*\\) .*/\\1/p')
[ -z "$router" ] || way="via $router $way"
[ ! -e /sys/class/net/ipsec0 ] || way="dev ipsec0"
for network in "$@"; do
  # When a tunnel goes, its address has gone before, and has taken the routes along.
  ip -4 route "$verb" "$network" $way src "$PLUTO_MY_SOURCEIP4_1" metric "$metric" || [ "$verb" = del ]
done
"""
INSTALL_ROUTES = f"""\
# The selectors of the tunnels are everything ({EVERYWHERE}); the routes are made by /etc/{SCRIPT}.
charon {{
  install_routes = no
  close_ike_on_child_failure = yes
  plugins {{
    kernel-netlink {{
      # User-space ESP makes routes all the same, in a table of charon's: no packet carries the mark that looks there.
      fwmark = 0x{TABLE_MARK:x}
    }}
  }}
}}
"""
README = """\
# strongSwan for {gateway}

Needs charon-systemd, swanctl and iproute2. On Debian 12:

    apt-get install charon-systemd strongswan-swanctl libcharon-extra-plugins

1. Copy `swanctl` and `strongswan.d` of this folder to `/etc`. charon then makes no routes for any tunnel of this host.
2. Put the certificates into `/etc/swanctl/x509`, as `evertunnel-device.pem` and `evertunnel-user.pem`, and their keys,
   as `.pem` of any name, into `/etc/swanctl/private`.
3. `systemctl restart strongswan`, then `swanctl --load-all` and `swanctl --list-conns`.
4. `swanctl --initiate --child device` and `swanctl --initiate --child user`.

With the kernel's ESP the routes go by the router of the network in which the tunnel came up. After a change of network,
terminate the tunnel and initiate it again. (With the plugin kernel-libipsec they go into an interface, and stay right.)
"""

Section = Mapping[str, "str | Section"]


def build(plan: Plan, trust: Trust, identity: Identity | None = None) -> Delivery:
    """The connections, the authorities, the routes' script, and where each goes."""
    kinds = [kind for kind in Tunnel if carries(plan, Platform.STRONGSWAN, kind)]
    connections = {f"evertunnel-{kind.value}": _connection(plan, kind, identity) for kind in kinds}
    # As certificate too, so that it goes along in EAP-TLS: the RADIUS server may know the root alone.
    certificates = {f"x509ca/{ROOT}": trust.root, f"x509ca/{ISSUING}": trust.issuing, f"x509/{ISSUING}": trust.issuing}
    texts = {
        PurePosixPath("README.md"): README.format(gateway=plan.gateway.name),
        CONNECTIONS: render({"connections": connections}),
        SCRIPT: ROUTES,
        SETTINGS: INSTALL_ROUTES,
        **{PurePosixPath("swanctl", path): text for path, text in certificates.items()},
    }
    documents = tuple(Document(path=path, content=text.encode()) for path, text in texts.items())
    lacking = missing(plan, Platform.STRONGSWAN)
    return Delivery(documents=documents, missing=(*lacking, *_of_identity(kinds, identity)))


def render(sections: Section, depth: int = 0) -> str:
    """Sections in the language of strongSwan's files; every value in quotation marks."""
    indent = "  " * depth
    lines = []
    for key, value in sections.items():
        if isinstance(value, str):
            lines.append(f"{indent}{key} = {quoted(value)}\n")
        else:
            lines.append(f"{indent}{key} {{\n{render(value, depth + 1)}{indent}}}\n")
    return "".join(lines)


def quoted(text: str) -> str:
    r"""A value that is nothing but a value.

    >>> quoted('say "hello" # } \\')
    '"say \\"hello\\" # } \\\\"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _connection(plan: Plan, kind: Tunnel, identity: Identity | None) -> Section:
    always = side_of(plan, kind).profile.always_on
    return {
        "version": "2",
        "remote_addrs": str(plan.gateway.name),
        "proposals": ",".join(proposals(plan.gateway).ike),
        "vips": "0.0.0.0",  # noqa: S104 (asks for any address, binds nothing)
        "encap": "yes",
        "mobike": "yes",
        "fragmentation": "yes",
        "dpd_delay": f"{plan.gateway.dpd_seconds}s",
        "keyingtries": "0" if always else "1",
        "unique": "no",
        "send_cert": "always",
        "send_certreq": "yes",
        "rekey_time": f"{_rekey(plan.gateway.ike_seconds)}s",
        "over_time": f"{_over(plan, kind)}s",
        "local": _device() if kind is Tunnel.DEVICE else _person(plan, identity),
        "remote": {
            "auth": "pubkey",
            "id": str(plan.gateway.name),
            "cacerts": ISSUING,
            # Revocation lists are published inside: a strict check would let no tunnel come up.
            "revocation": "relaxed",
        },
        "children": {kind.value: _child(plan, kind)},
    }


def _device() -> Section:
    """Without an id, charon presents the certificate's subject, by which the gateway knows the device."""
    return {"auth": "pubkey", "certs": "evertunnel-device.pem"}


def _person(plan: Plan, identity: Identity | None) -> Section:
    names = {"id": str(identity.user), "eap_id": str(identity.user)} if identity else {}
    certificates = f"evertunnel-user.pem,{ISSUING}"
    return {"auth": "eap-tls", "certs": certificates, **names, "aaa_id": str(plan.aaa_name())}


def _child(plan: Plan, kind: Tunnel) -> Section:
    always = side_of(plan, kind).profile.always_on
    return {
        "reqid": str(REQIDS[kind]),
        "remote_ts": EVERYWHERE,
        "esp_proposals": ",".join(proposals(plan.gateway).esp),
        "rekey_time": f"{_rekey(plan.gateway.child_seconds)}s",
        "life_time": f"{plan.gateway.child_seconds}s",
        "start_action": "start" if always else "none",
        "close_action": "start" if always else "none",
        "dpd_action": "restart" if always else "clear",
        "updown": _updown(METRICS[kind], side_of(plan, kind).routes),
    }


def _updown(metric: int, routes: tuple[IPv4Network, ...]) -> str:
    return " ".join(("sh", f"/etc/{SCRIPT}", str(metric), *(str(network) for network in routes)))


def _over(plan: Plan, kind: Tunnel) -> int:
    seconds = plan.gateway.ike_seconds
    return seconds - _rekey(seconds) if kind is Tunnel.DEVICE else USER_OVER_SECONDS


def _rekey(seconds: int) -> int:
    """The client rekeys at nine tenths, before the gateway's lifetime ends."""
    return seconds * 9 // 10


def _of_identity(kinds: list[Tunnel], identity: Identity | None) -> tuple[Missing, ...]:
    if Tunnel.USER not in kinds or identity is not None:
        return ()
    what = "nobody's name is in it: write id and eap_id, like alice@corp.contoso.com, into local of evertunnel-user"
    return (Missing(path="user_tunnel", what=what),)
