"""From the plan to FreeRADIUS's configuration, the policy service's settings, and the two services."""

from dataclasses import replace
from ipaddress import IPv4Address

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.drivers.host.values import Account
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.radius import wire
from evertunnel.radius.configuration import CLIENT, DICTIONARY, RADIUSD, SITE, fill
from evertunnel.radius.model import (
    CONFDIR,
    DECISIONS,
    DOMAIN,
    FREERADIUS_USER,
    OUR_GROUP,
    POLICY_USER,
    SETTINGS,
    PolicySettings,
    Probe,
    RadiusClient,
    RadiusFacts,
    State,
    Tokens,
    derived,
)
from evertunnel.reconcile.files import Directory, File
from evertunnel.reconcile.local import Local
from evertunnel.reconcile.services import Service
from evertunnel.values import HostName


def desired(plan: Plan, host: HostName, facts: RadiusFacts) -> State:
    """What the host with the roles radius and policy shall run; nothing on any other host."""
    here = plan.hosts[host]
    if here.internal is None or not {Role.RADIUS, Role.POLICY} <= set(here.roles):
        return State()
    settings = PolicySettings(tokens=Tokens.of(facts.policy_token), policy=Policy.of(plan))
    address = here.internal.address.ip
    itself = _itself(host, address, facts)
    return State(
        local=_local(plan, address, settings, (*(each for each in facts.clients if each.address != address), itself)),
        probe=Probe(
            address=address,
            port=plan.radius.port,
            secret=itself.secret,
            policy_port=settings.port,
            tokens=settings.tokens,
        ),
    )


def freeradius_files(
    *, address: IPv4Address, port: int, vendor: int, settings: PolicySettings, clients: tuple[RadiusClient, ...]
) -> tuple[File, ...]:
    """FreeRADIUS's whole configuration."""
    site = {
        "address": address,
        "port": port,
        "asks": settings.tokens.asks.reveal(),
        "answers": settings.tokens.answers.reveal(),
        "allow": wire.ALLOW,
        "refuse": wire.REFUSE,
    }
    return (
        _file(
            "clients.conf",
            "\n".join(_client(client) for client in sorted(clients, key=lambda each: each.name)),
            secret=True,
        ),
        _file("dictionary", fill(DICTIONARY, {"vendor": vendor})),
        _file("radiusd.conf", fill(RADIUSD, {"policy_port": settings.port})),
        _file("site.conf", fill(SITE, site), secret=True),
    )


def _itself(host: HostName, address: IPv4Address, facts: RadiusFacts) -> RadiusClient:
    """The client as which the host asks itself, see Probe: with a secret of its own, unless it is a gateway too.

    FreeRADIUS tells clients by their address and refuses two with the same.
    """
    gateway = next((each for each in facts.clients if each.address == address), None)
    return gateway or RadiusClient(name=host, address=address, secret=derived(facts.policy_token, "probe"))


def _local(plan: Plan, address: IPv4Address, settings: PolicySettings, clients: tuple[RadiusClient, ...]) -> Local:
    radius = freeradius_files(
        address=address, port=plan.radius.port, vendor=plan.radius.vendor, settings=settings, clients=clients
    )
    policy = File(
        path=SETTINGS,
        content=documents.to_json(settings),
        mode=0o400,
        owner=POLICY_USER,
        group=OUR_GROUP,
        secret=True,
    )
    return Local(
        accounts=(Account(name=POLICY_USER, group=OUR_GROUP),),
        directories=(
            Directory(path=DOMAIN),
            Directory(path=CONFDIR, mode=0o750, group=FREERADIUS_USER),
            Directory(path=DECISIONS, mode=0o750, owner=POLICY_USER, group=OUR_GROUP),
        ),
        files=(*radius, policy),
        services=(_policy_service().of_files([policy]), _freeradius_service(radius)),
    )


def _policy_service() -> Service:
    return Service(
        name="policy",
        argv=("evertunnel", "service", "policy"),
        user=POLICY_USER,
        groups=(OUR_GROUP,),
        capabilities=("CAP_NET_BIND_SERVICE",),
        reads=(SETTINGS,),
    )


def _freeradius_service(files: tuple[File, ...]) -> Service:
    service = Service(
        name="freeradius",
        # -l: without it FreeRADIUS does not say why it does not start.
        argv=("freeradius", "-f", "-l", "stdout", "-d", str(CONFDIR), "-n", "radiusd"),
        user=FREERADIUS_USER,
        groups=(FREERADIUS_USER,),
    )
    return replace(service, reads=tuple(file.path for file in files)).of_files(files)


def _client(client: RadiusClient) -> str:
    return fill(CLIENT, {"name": client.name, "address": client.address, "secret": client.secret.reveal()})


def _file(name: str, content: str, *, secret: bool = False) -> File:
    return File(path=CONFDIR / name, content=content, mode=0o640, group=FREERADIUS_USER, secret=secret)
