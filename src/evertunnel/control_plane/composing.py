"""Renders a host's bundle from the plan and the facts, where the store and the signer are."""

from collections.abc import Iterator

from evertunnel.control_plane import certificates, clients, credentials, public
from evertunnel.control_plane.bundles import SCHEMA, Bundle, find_applied
from evertunnel.control_plane.certificates import KeyPair
from evertunnel.directory import render as directory_render
from evertunnel.errors import DocumentError, Problem
from evertunnel.firewall import render as firewall_render
from evertunnel.gateway import model as gateway_model
from evertunnel.gateway import render as gateway_render
from evertunnel.pki import render as pki_render
from evertunnel.plan.hosts import Mode, Role
from evertunnel.plan.model import Plan
from evertunnel.radius import render as radius_render
from evertunnel.values import HostName


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
