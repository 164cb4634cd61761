"""What the RADIUS host shall run."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

from evertunnel.access import Policy
from evertunnel.paths import ETC, STATE
from evertunnel.reconcile.local import Local
from evertunnel.values import HostName, Secret

DOMAIN = ETC / "radius"
CONFDIR = DOMAIN / "freeradius"
SETTINGS = DOMAIN / "policy.json"
SERVER_CERTIFICATE = CONFDIR / "server.crt"  # with the issuing authority's after it
SERVER_KEY = CONFDIR / "server.key"
DECISIONS = STATE / "decisions"
STORE = STATE / "store" / "store.db"
CRLS = STATE / "radius-crls"
LEDGER = STATE / "ledger"

FREERADIUS_USER = "freerad"  # Debian's package makes it
POLICY_USER = "evertunnel-policy"
OUR_GROUP = "evertunnel"

PLAIN = re.compile(r"[A-Za-z0-9_-]{22,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusClient:
    """Who may ask, a gateway mostly, with the secret it shares with FreeRADIUS."""

    name: HostName
    address: IPv4Address
    secret: Secret
    # Whether it may ask without EAP. Our own gateways check a device's certificate themselves; from anybody else a
    # serial number alone proves nothing.
    authorize_only: bool = False

    def __post_init__(self) -> None:
        # FreeRADIUS expands ${…} and %{…} even in quotes: a secret is made of characters that mean nothing to it.
        if not PLAIN.fullmatch(self.secret.reveal()):
            raise ValueError(f"the RADIUS secret of {self.name} is weak or has odd characters; let it be generated")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """As whom FreeRADIUS speaks to people's devices, and whose certificates it takes: root and issuing authority."""

    certificate: str
    key: Secret
    authorities: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusFacts:
    """What the plan does not say: the clients' secrets, and the secret of FreeRADIUS and the policy service.

    `others` are clients that are no gateways of ours: they ask and account, and are told nothing.
    Without `server` no EAP is answered: nobody could prove to people's devices that this is their organisation.
    """

    clients: tuple[RadiusClient, ...]
    policy_token: Secret
    server: ServerIdentity | None = None
    others: tuple[RadiusClient, ...] = ()

    def __post_init__(self) -> None:
        if not PLAIN.fullmatch(self.policy_token.reveal()):
            raise ValueError("the policy token is weak or has odd characters; let it be generated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Two proofs from one secret, because whoever listens in the policy service's place gets to see the first."""

    asks: Secret
    answers: Secret

    @classmethod
    def of(cls, token: Secret) -> Self:
        """FreeRADIUS asks with the one, the policy service answers with the other."""
        return cls(asks=derived(token, "asks"), answers=derived(token, "answers"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """A CRL as it is published, and where FreeRADIUS looks for it."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """The policy service's settings file."""

    tokens: Tokens
    policy: Policy
    crls: tuple[Crl, ...] = ()
    user_pool: str | None = None  # for whom no network policy names another
    recall_seconds: float = 600.0  # a session that was not asked again for longer is over
    store: Path = STORE
    decisions: Path = DECISIONS
    ledger: Path = LEDGER
    port: int = 812  # below 1024, so that no ordinary user can take its place while it is dead
    retention_days: int = 30
    retention_rows: int = 1_000_000
    ledger_days: int = 400
    interim_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How the host itself asks both services whether they live."""

    address: IPv4Address
    port: int
    secret: Secret
    policy_port: int
    tokens: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What lies and runs on the host; `probe` is the wish's alone, nothing on the host shows it."""

    local: Local = field(default_factory=Local)
    probe: Probe | None = None


def derived(token: Secret, purpose: str) -> Secret:
    """Another secret from this one, from which this one cannot be found."""
    return Secret(hmac.new(token.reveal().encode(), purpose.encode(), hashlib.sha256).hexdigest())
