"""What a gateway of the plan shall run."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers.dynamic_values import PORT
from evertunnel.drivers.host.values import Directory, File
from evertunnel.gateway import connection
from evertunnel.gateway.model import (
    Connections,
    CrlSource,
    DeviceConnection,
    Lifetimes,
    Limits,
    Orders,
    Pool,
    RadiusServer,
    SessionsSettings,
    State,
)
from evertunnel.paths import ETC, RUN, STATE
from evertunnel.plan.gateway import Esp
from evertunnel.plan.hosts import Nic, Role
from evertunnel.plan.model import Plan
from evertunnel.plan.proposals import proposals
from evertunnel.plan.tunnels import Tunnel
from evertunnel.reconcile.local import Local
from evertunnel.reconcile.model import Effect
from evertunnel.reconcile.services import Service
from evertunnel.values import HostName, ObjectId, Secret

DIRECTORY = ETC / "gateway"
STRONGSWAN_CONF = DIRECTORY / "strongswan.conf"
EAP_RADIUS_CONF = DIRECTORY / "eap-radius.conf"
CONNECTIONS = DIRECTORY / "connections.json"
SESSIONS = DIRECTORY / "sessions.json"
CLOSE = DIRECTORY / "close.nft"
FLUSH = DIRECTORY / "flush.nft"
KEPT = STATE / "gateway"
SOCKET = RUN / "charon.vici"
LOG = RUN / "charon.log"
LOG_BYTES = 8 << 20

# The log has an end also where nobody reads and empties it: what goes beyond is not written, and ends nothing.
CHARON = ("env", "--ignore-signal=XFSZ", "prlimit", f"--fsize={LOG_BYTES}", "/usr/sbin/charon-systemd")

# No fetcher (curl): IKE never waits for HTTP; sessions fetches CRLs and loads them.
PLUGINS = ("random", "nonce", "x509", "revocation", "constraints", "pubkey", "pkcs1", "pkcs8", "pem", "openssl", "kdf")
KERNEL_PLUGINS = {Esp.LIBIPSEC: ("kernel-libipsec", "kernel-netlink"), Esp.KERNEL: ("kernel-netlink",)}

STRONGSWAN_TEMPLATE = """\
charon-systemd {{
  load_modular = no
  load = {plugins}
  install_routes = yes
  # Whatever the packet, charon answers only what has a connection; a device with a wrong certificate learns nothing.
  send_vendor_id = no
  # A peer that is silent for this long is gone: its lease is not to outlive it by minutes.
  retransmit_timeout = 1.0
  retransmit_base = 1.5
  retransmit_tries = 5
  filelog {{
    stderr {{
      default = 1
      # A line or more per packet, which tells nobody why a device was refused.
      net = 0
      enc = 0
      flush_line = yes
      time_format = %Y-%m-%dT%H:%M:%S
    }}
    # What the sessions service learns the reason of a refusal from; it empties the file.
    refusals {{
      path = {log}
      append = yes
      flush_line = yes
      # Which IKE_SA a line belongs to. No other groups: lines of no IKE_SA must not hold what a peer chose.
      ike_name = yes
      default = -1
      cfg = 1
      enc = 1
      ike = 1
    }}
  }}
  journal {{
    default = -1
  }}
  plugins {{
    vici {{
      socket = unix://{socket}
    }}
{further}  }}
}}
"""

# charon only carries EAP to and fro. Accounting and disconnecting are the sessions service's: charon's own would end
# sessions with a RADIUS server that is away, and disconnect whoever has a name.
EAP_RADIUS_TEMPLATE = """eap-radius {{
  accounting = no
  close_all_on_timeout = no
  # The pool to take an address from comes as a group, see connection.py.
  class_group = yes
  filter_id = no
  station_id_with_port = no
  dae {{
    enable = no
  }}
  servers {{
    radius {{
      address = {address}
      auth_port = {port}
      secret = "{secret}"
      nas_identifier = {host}
      sockets = 8
      retransmit_timeout = {seconds}.0
      retransmit_base = 1.0
      retransmit_tries = {tries}
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFacts:
    """What the plan does not hold: certificate, key and secret of this gateway, and how device certificates look."""

    certificate: str
    key: Secret
    authorities: tuple[str, str]
    radius_secret: Secret
    orders_secret: Secret
    device_policy: ObjectId
    identity_pattern: str


def desired(plan: Plan, host: HostName, facts: GatewayFacts) -> State:
    """The wanted state of one gateway; `check` has made sure that it has both cards."""
    connections = _connections(plan, host, facts)
    files = (
        File(path=STRONGSWAN_CONF, content=strongswan_conf(plan.gateway.esp, SOCKET, LOG, _eap_radius_conf(plan))),
        *_eap_radius_files(plan, host, facts),
        File(path=CONNECTIONS, content=documents.to_json(connections), mode=0o600, secret=True),
        File(path=SESSIONS, content=documents.to_json(_settings(plan, host, facts)), mode=0o600, secret=True),
        File(path=CLOSE, content=close_commands(sorted(plan.reach))),
        File(path=FLUSH, content=flush_commands(sorted(plan.reach))),
    )
    return State(
        local=Local(
            directories=(Directory(path=DIRECTORY), Directory(path=KEPT, mode=0o700)),
            files=tuple(sorted(files, key=lambda file: file.path)),
            services=tuple(service.of_files(files) for service in _services()),
        ),
        connections=tuple(sorted(connection.definitions(connections))),
        pools=tuple(sorted(pool.engine_name for pool in connection.pools(connections))),
    )


def close_commands(reaches: list[str]) -> str:
    """Shuts the latch and forgets every admission, in one transaction."""
    return "flush set inet evertunnel latch\n" + flush_commands(reaches)


def flush_commands(reaches: list[str]) -> str:
    """Forgets every admission, in one transaction; tunnels live on, because the latch stays as it is."""
    return "".join(f"flush set inet evertunnel admitted_{reach}\n" for reach in reaches)


def strongswan_conf(esp: Esp, socket: Path, log: Path, eap_radius: Path | None = None) -> str:
    """The settings of charon itself, which VICI cannot give; with those of EAP over RADIUS, in a file of their own."""
    # charon asks for addresses in this order: eap-radius comes before vici, so that RADIUS wins over a pool.
    people = ("eap-identity", "eap-radius") if eap_radius else ()
    plugins = (*PLUGINS, *KERNEL_PLUGINS[esp], "socket-default", *people, "vici")
    further = f"    include {eap_radius}\n" if eap_radius else ""
    return STRONGSWAN_TEMPLATE.format(plugins=" ".join(plugins), socket=socket, log=log, further=further)


def eap_radius_conf(radius: RadiusServer, host: HostName) -> str:
    """How charon asks about people."""
    return EAP_RADIUS_TEMPLATE.format(
        address=radius.address,
        port=radius.port,
        secret=radius.secret.reveal(),
        host=host,
        seconds=radius.timeout_seconds,
        tries=radius.tries,
    )


def _eap_radius_conf(plan: Plan) -> Path | None:
    return EAP_RADIUS_CONF if plan.user_tunnel else None


def _eap_radius_files(plan: Plan, host: HostName, facts: GatewayFacts) -> tuple[File, ...]:
    if not plan.user_tunnel:
        return ()
    content = eap_radius_conf(_radius(plan, facts), host)
    return (File(path=EAP_RADIUS_CONF, content=content, mode=0o600, secret=True),)


def _services() -> tuple[Service, ...]:
    charon = Service(
        name="charon",
        argv=CHARON,
        environment={"STRONGSWAN_CONF": str(STRONGSWAN_CONF)},
        before=(
            # A new charon gives addresses away that an old one's leases still admit.
            ("nft", "-f", str(CLOSE)),
            # For each charon a file of its own, because each numbers its IKE_SAs from 1; for root's eyes alone.
            ("install", "-D", "-m", "0600", "/dev/null", str(LOG)),
        ),
        reads=(STRONGSWAN_CONF, EAP_RADIUS_CONF),
        effect_of_start=Effect.OPENS,
    )
    sessions = Service(
        name="sessions",
        argv=("evertunnel", "service", "sessions"),
        # Not the latch: it would cut off charon's live tunnels, and with it shut no lost one could come back.
        after=(("nft", "-f", str(FLUSH)),),
        capabilities=("net_admin",),
        reads=(CONNECTIONS, SESSIONS),
        effect_of_start=Effect.OPENS,
    )
    return (charon, sessions)


def _connections(plan: Plan, host: HostName, facts: GatewayFacts) -> Connections:
    wanted = proposals(plan.gateway)
    device = DeviceConnection(
        address=_card(plan, host).address.ip,
        identity=plan.gateway.name,
        peer_pattern=facts.identity_pattern,
        policy=facts.device_policy,
        ike_proposals=wanted.ike,
        esp_proposals=wanted.esp,
        lifetimes=Lifetimes(
            ike=plan.gateway.ike_seconds, child=plan.gateway.child_seconds, dpd=plan.gateway.dpd_seconds
        ),
        # libipsec has no ESP of its own on the wire, only ESP in UDP (RFC 3948).
        encapsulation=plan.gateway.esp is Esp.LIBIPSEC,
        pool=Pool(name=plan.device_tunnel.pool, network=plan.gateway.pools[plan.device_tunnel.pool].network),
    )
    return Connections(
        schema=1,
        device=device,
        authorities=facts.authorities,
        certificate=facts.certificate,
        key=facts.key,
        user_pools=tuple(Pool(name=name, network=plan.gateway.pools[name].network) for name in _user_pools(plan)),
    )


def _user_pools(plan: Plan) -> tuple[str, ...]:
    """The pools that users get addresses from: the tunnel's, and those that network policies name."""
    if plan.user_tunnel is None:
        return ()
    named = (policy.pool for policy in plan.network_policies if policy.is_about(Tunnel.USER) and policy.pool)
    return tuple(sorted({plan.user_tunnel.pool, *named}))


def _radius(plan: Plan, facts: GatewayFacts) -> RadiusServer:
    return RadiusServer(
        address=plan.inside_address(Role.RADIUS),
        port=plan.radius.port,
        secret=facts.radius_secret,
        vendor=plan.radius.vendor,
        timeout_seconds=plan.radius.timeout_seconds,
        tries=plan.radius.tries,
    )


def _settings(plan: Plan, host: HostName, facts: GatewayFacts) -> SessionsSettings:
    publisher = plan.inside_address(Role.PUBLISHER)
    return SessionsSettings(
        schema=1,
        host=host,
        address=_inside(plan, host),
        called=plan.gateway.name,
        radius=_radius(plan, facts),
        orders=Orders(source=plan.inside_address(Role.RADIUS), port=PORT, secret=facts.orders_secret),
        reaches=tuple(sorted(plan.reach)),
        pools=tuple(sorted(pool.network for pool in plan.gateway.pools.values())),
        limits=Limits(
            lease=plan.limits.lease_seconds, ask_again=plan.limits.ask_again_seconds, grace=plan.limits.grace_seconds
        ),
        # By address: a gateway whose DNS is away still learns of revocations.
        crls=CrlSource(
            urls=(f"http://{publisher}/root.crl", f"http://{publisher}/issuing.crl"),
            fetch_seconds=plan.certificates.crl_fetch_seconds,
        ),
    )


def _card(plan: Plan, host: HostName) -> Nic:
    card = plan.hosts[host].external
    if card is None:
        raise LookupError(f"gateway {host} has no external card")
    return card


def _inside(plan: Plan, host: HostName) -> IPv4Address:
    card = plan.hosts[host].internal
    if card is None:
        raise LookupError(f"gateway {host} has no internal card")
    return card.address.ip
