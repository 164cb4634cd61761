"""What we ask of charon and of the sessions service, and what a gateway runs."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from evertunnel.reconcile.local import Local
from evertunnel.values import Fqdn, HostName, ObjectId, Secret

CONNECTION_PREFIX = "evertunnel-"
DEVICE_PREFIX = f"{CONNECTION_PREFIX}device-"
USER_PREFIX = f"{CONNECTION_PREFIX}user-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """An address pool; its name in charon holds its addresses, so that observing the name is observing the pool."""

    name: str
    network: IPv4Network

    @property
    def engine_name(self) -> str:
        """The pool's name in charon.

        >>> Pool(name="devices", network=IPv4Network("10.99.0.0/24")).engine_name
        'evertunnel-devices-10.99.0.0-24'
        """
        return f"{CONNECTION_PREFIX}{self.name}-{self.network.network_address}-{self.network.prefixlen}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """Seconds of an IKE_SA, of a CHILD_SA, and between two questions to an idle peer."""

    ike: int
    child: int
    dpd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConnection:
    """The connection for device tunnels: by machine certificate alone."""

    address: IPv4Address
    identity: Fqdn
    peer_pattern: str
    policy: ObjectId
    ike_proposals: tuple[str, ...]
    esp_proposals: tuple[str, ...]
    lifetimes: Lifetimes
    encapsulation: bool
    pool: Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """All that charon is given after each of its starts (connections.json, 0600); the root is the first authority."""

    schema: int
    device: DeviceConnection
    authorities: tuple[str, str]
    certificate: str
    key: Secret
    user_pools: tuple[Pool, ...] = ()  # of each of which users may get an address; none: no user tunnel


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusServer:
    """Where and how patiently the sessions service asks."""

    address: IPv4Address
    port: int
    secret: Secret
    vendor: int
    timeout_seconds: int
    tries: int

    @property
    def accounting_port(self) -> int:
        """The port beside it, as RFC 2866 has 1813 beside 1812."""
        return self.port + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Who may tell the gateway by dynamic authorisation, and where it listens, on its inside address."""

    source: IPv4Address
    port: int
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds that the admission of a session lasts."""

    lease: int
    ask_again: int
    grace: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlSource:
    """Where both CRLs are fetched, in the order of the authorities, and how often."""

    urls: tuple[str, str]
    fetch_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsSettings:
    """What the sessions service is told (sessions.json, 0600)."""

    schema: int
    host: HostName
    address: IPv4Address
    called: Fqdn
    radius: RadiusServer
    orders: Orders
    reaches: tuple[str, ...]
    pools: tuple[IPv4Network, ...]
    limits: Limits
    crls: CrlSource


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A gateway as it shall be or as it is; names of our connections and pools in charon stand for their content.

    `latch_is_shut` is only ever observed: where the table was lost and made anew, nobody would open it again.
    """

    local: Local = field(default_factory=Local)
    connections: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    latch_is_shut: bool = False
