"""What one host needs, rendered from the plan and the facts: its slice of the plan, with its secrets.

A bundle holds the wanted State of each domain on one host. The host needs neither plan nor store to apply it, and the
bundle applied last is what a failed apply puts back.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.control_plane import certificates, clients, credentials, public
from evertunnel.control_plane.certificates import KeyPair
from evertunnel.control_plane.public import Public
from evertunnel.directory import model as directory_model
from evertunnel.directory import render as directory_render
from evertunnel.drivers.host.files import File, Files
from evertunnel.errors import DocumentError, NotFound, Problem
from evertunnel.firewall import model as firewall_model
from evertunnel.firewall import render as firewall_render
from evertunnel.gateway import model as gateway_model
from evertunnel.gateway import render as gateway_render
from evertunnel.paths import STATE
from evertunnel.pki import model as pki_model
from evertunnel.pki import render as pki_render
from evertunnel.plan.hosts import Mode, Role
from evertunnel.plan.model import Plan
from evertunnel.radius import model as radius_model
from evertunnel.radius import render as radius_render
from evertunnel.values import HostName

SCHEMA = 1
APPLIED = STATE / "applied.bundle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The wanted states of one host; None where the host has no such role."""

    schema: int
    host: HostName
    firewall: firewall_model.State | None = None
    directory: directory_model.State | None = None
    pki: pki_model.State | None = None
    radius: radius_model.State | None = None
    gateway: gateway_model.State | None = None
    public: Public | None = None

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(
                f"bundle schema {self.schema} is not known to this version; make the bundle with this version"
            )


def compose(plan: Plan, host: HostName) -> Bundle:
    """The bundle of a host, made where the store and the signer are; a gateway's brings a new key and certificate."""
    require_managed(plan, host, "plan")
    keys = certificates.for_host(plan, "vpn-server", host) if _is_gateway(plan, host) else None
    return _composed(plan, host, keys)


def look(plan: Plan, host: HostName) -> Bundle:
    """The bundle of this host as far as it can be made without issuing anything."""
    require_managed(plan, host, "plan")
    return _composed(plan, host, _kept(host))


def stages(plan: Plan, host: HostName) -> Iterator[Bundle]:
    """What makes this host what the plan says, applied in turn: on one host the signer must run before the gateway."""
    require_managed(plan, host, "plan")
    if not _is_gateway(plan, host):
        yield _composed(plan, host, None)
        return
    kept = _kept(host)
    if kept is None or not credentials.fit(plan, host, kept):
        yield _composed(plan, host, kept)
        kept = certificates.for_host(plan, "vpn-server", host)
    yield _composed(plan, host, kept)


def require_managed(plan: Plan, host: HostName, document: str) -> None:
    """Refuses a host that we do not run."""
    if plan.hosts[host].mode is Mode.EXTERNAL:
        mend = "Set there what `evertunnel plan records` prints, or make it managed."
        raise DocumentError(
            document, [Problem(path=f"hosts.{host}.mode", what="external: its owner runs it", mend=mend)]
        )


def read(text: str, *, name: str) -> Bundle:
    """The bundle in a file's text."""
    return documents.from_json(Bundle, text, name=name)


def write(bundle: Bundle, path: Path) -> None:
    """Writes the bundle so that only its owner can read it, from the first byte on."""
    content = documents.to_json(bundle)
    Files().write(File(path=path.absolute(), content=content, mode=0o600, owner=_me(), secret=True))


def find_applied() -> Bundle | None:
    """The bundle applied last on this host, if any."""
    try:
        text = APPLIED.read_text()
    except FileNotFoundError:
        return None
    return read(text, name=str(APPLIED))


def applied() -> Bundle:
    """The bundle applied last on this host."""
    found = find_applied()
    if found is None:
        raise NotFound("nothing was applied on this host; name a plan or a bundle")
    return found


def _composed(plan: Plan, host: HostName, keys: KeyPair | None) -> Bundle:
    roles = plan.hosts[host].roles
    return Bundle(
        schema=SCHEMA,
        host=host,
        firewall=firewall_render.desired(plan, host),
        directory=directory_render.desired(plan) if Role.DIRECTORY in roles else None,
        pki=pki_render.desired(plan, host) if Role.CA in roles else None,
        radius=radius_render.desired(plan, host, clients.facts(plan)) if Role.RADIUS in roles else None,
        gateway=_gateway(plan, host, keys) if keys and Role.GATEWAY in roles else None,
        public=public.of(plan, host),
    )


def _is_gateway(plan: Plan, host: HostName) -> bool:
    return Role.GATEWAY in plan.hosts[host].roles


def _kept(host: HostName) -> KeyPair | None:
    before = find_applied()
    same = before is not None and before.host == host
    return credentials.applied(before.gateway) if before and before.gateway and same else None


def _gateway(plan: Plan, host: HostName, keys: KeyPair) -> gateway_model.State:
    facts = gateway_render.GatewayFacts(
        certificate=keys.certificate,
        key=keys.key,
        authorities=certificates.authorities(),
        radius_secret=clients.secret_of(host),
        device_policy=certificates.policy(plan, "device"),
        identity_pattern=f"O={plan.organisation.name}, CN=*, serialNumber=*",
    )
    return gateway_render.desired(plan, host, facts)


def _me() -> str:
    return "root" if os.geteuid() == 0 else str(os.geteuid())
