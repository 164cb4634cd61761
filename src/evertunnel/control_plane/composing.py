"""Renders a host's bundle from the plan and the facts, where the store and the signer are."""

from collections.abc import Iterator
from dataclasses import replace

from evertunnel.control_plane import certificates, clients, credentials, public
from evertunnel.control_plane.bundles import SCHEMA, Bundle, find_applied
from evertunnel.control_plane.certificates import KeyPair
from evertunnel.control_plane.credentials import NPS_SERVER, VPN_SERVER, Held
from evertunnel.directory import render as directory_render
from evertunnel.errors import DocumentError, Problem
from evertunnel.firewall import render as firewall_render
from evertunnel.gateway import model as gateway_model
from evertunnel.gateway import render as gateway_render
from evertunnel.pki import render as pki_render
from evertunnel.plan.hosts import Mode, Role
from evertunnel.plan.model import Plan
from evertunnel.radius import model as radius_model
from evertunnel.radius import outbox
from evertunnel.radius import render as radius_render
from evertunnel.values import HostName


def compose(plan: Plan, host: HostName) -> Bundle:
    """The bundle of a host, made where the store and the signer are, with new keys and certificates."""
    require_managed(plan, host, "plan")
    return _composed(plan, host, {name: certificates.for_host(name, host) for name in credentials.needed(plan, host)})


def look(plan: Plan, host: HostName) -> Bundle:
    """The bundle of this host as far as it can be made without issuing anything."""
    require_managed(plan, host, "plan")
    return _composed(plan, host, _kept(host))


def stages(plan: Plan, host: HostName) -> Iterator[Bundle]:
    """What makes this host what the plan says, applied in turn: the signer must run before what needs a certificate."""
    require_managed(plan, host, "plan")
    kept, before = _kept(host), find_applied()
    lacking = [name for name in credentials.needed(plan, host) if not credentials.fit(plan, host, name, kept)]
    if lacking:
        first = _composed(plan, host, kept)
        # RADIUS that is not here yet comes with its certificate; one that is here goes on meanwhile.
        is_new = NPS_SERVER in lacking and (before is None or before.radius is None)
        yield replace(first, radius=None) if is_new else first
    yield _composed(plan, host, {**kept, **{name: certificates.for_host(name, host) for name in lacking}})


def require_managed(plan: Plan, host: HostName, document: str) -> None:
    """Refuses a host that we do not run."""
    if plan.hosts[host].mode is Mode.EXTERNAL:
        mend = "Set there what `evertunnel plan records` prints, or make it managed."
        raise DocumentError(
            document, [Problem(path=f"hosts.{host}.mode", what="external: its owner runs it", mend=mend)]
        )


def _composed(plan: Plan, host: HostName, held: Held) -> Bundle:
    roles = plan.hosts[host].roles
    return Bundle(
        schema=SCHEMA,
        host=host,
        firewall=firewall_render.desired(plan, host),
        directory=directory_render.desired(plan) if Role.DIRECTORY in roles else None,
        pki=pki_render.desired(plan, host) if Role.CA in roles else None,
        radius=_radius(plan, host, held) if Role.RADIUS in roles else None,
        gateway=_gateway(plan, host, held[VPN_SERVER]) if VPN_SERVER in held and Role.GATEWAY in roles else None,
        public=public.of(plan, host),
    )


def _kept(host: HostName) -> Held:
    before = find_applied()
    if before is None or before.host != host:
        return {}
    found = {VPN_SERVER: credentials.of_gateway(before.gateway), NPS_SERVER: credentials.of_radius(before.radius)}
    return {name: pair for name, pair in found.items() if pair is not None}


def _radius(plan: Plan, host: HostName, held: Held) -> radius_model.State:
    facts, keys = clients.facts(plan), held.get(NPS_SERVER)
    if keys is not None and NPS_SERVER in credentials.needed(plan, host):
        server = radius_model.ServerIdentity(
            certificate=keys.certificate, key=keys.key, authorities=certificates.authorities()
        )
        facts = replace(facts, server=server)
    return radius_render.desired(plan, host, facts)


def _gateway(plan: Plan, host: HostName, keys: KeyPair) -> gateway_model.State:
    facts = gateway_render.GatewayFacts(
        certificate=keys.certificate,
        key=keys.key,
        authorities=certificates.authorities(),
        radius_secret=clients.secret_of(host),
        orders_secret=outbox.secret_for(clients.secret_of(host)),
        device_policy=certificates.policy(plan, "device"),
        identity_pattern=f"O={plan.organisation.name}, CN=*, serialNumber=*",
    )
    return gateway_render.desired(plan, host, facts)
