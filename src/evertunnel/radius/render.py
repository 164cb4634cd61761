"""From the plan to FreeRADIUS's configuration, the policy service's settings, and the services."""

from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.drivers.host.values import Account
from evertunnel.pki.places import Places
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.radius import accounting_configuration, eap, outbox, wire
from evertunnel.radius.accounting_configuration import SPOOL
from evertunnel.radius.calls import call, fill, module
from evertunnel.radius.configuration import CLIENT, DICTIONARY, NO_EAP, RADIUSD, SITE
from evertunnel.radius.crl_names import crl_name
from evertunnel.radius.model import (
    CONFDIR,
    CRLS,
    DECISIONS,
    DOMAIN,
    FREERADIUS_USER,
    LEDGER,
    OUR_GROUP,
    POLICY_USER,
    SERVER_CERTIFICATE,
    SERVER_KEY,
    SETTINGS,
    Crl,
    PolicySettings,
    Probe,
    RadiusClient,
    RadiusFacts,
    ServerIdentity,
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
    settings = _settings(plan, facts)
    address = here.internal.address.ip
    itself = _itself(host, address, facts)
    radius = freeradius_files(
        address=address,
        port=plan.radius.port,
        vendor=plan.radius.vendor,
        settings=settings,
        clients=(*(each for each in facts.clients if each.address != address), *facts.others, itself),
        server=facts.server,
    )
    return State(
        local=_local(settings, radius, outbox.settings_file(facts.clients)),
        probe=Probe(
            address=address,
            port=plan.radius.port,
            secret=itself.secret,
            policy_port=settings.port,
            tokens=settings.tokens,
        ),
    )


def _settings(plan: Plan, facts: RadiusFacts) -> PolicySettings:
    return PolicySettings(
        tokens=Tokens.of(facts.policy_token),
        policy=Policy.of(plan),
        crls=_crls(facts.server) if facts.server else (),
        user_pool=plan.user_tunnel.pool if plan.user_tunnel else None,
        recall_seconds=plan.limits.grace_seconds + 2 * plan.limits.ask_again_seconds,
    )


def freeradius_files(
    *,
    address: IPv4Address,
    port: int,
    vendor: int,
    settings: PolicySettings,
    clients: tuple[RadiusClient, ...],
    server: ServerIdentity | None = None,
    spool: Path = SPOOL,
) -> tuple[File, ...]:
    """FreeRADIUS's whole configuration."""
    asks = settings.tokens.asks.reveal()
    words = {
        "answers": settings.tokens.answers.reveal(),
        "allow": wire.ALLOW,
        "refuse": wire.REFUSE,
        "settings": wire.SETTINGS,
    }
    texts = _eap_texts(settings, words, asks) if server else NO_EAP_TEXTS
    accounting = accounting_configuration.modules(policy_port=settings.port, spool=spool)
    accounts = accounting_configuration.servers(
        address=address, port=port + 1, spool=spool, asks=asks, answers=words["answers"]
    )
    ask = call("sessions", asks, 3)
    site = {"address": address, "port": port, "call": ask, **words, **texts}
    sessions = module("sessions", settings.port, {"authorize": "authorize-only"})
    return (
        _file(
            "clients.conf",
            "\n".join(_client(client) for client in sorted(clients, key=lambda each: each.name)),
            secret=True,
        ),
        _file("dictionary", fill(DICTIONARY, {"vendor": vendor, "more": accounting_configuration.DICTIONARY})),
        _file("radiusd.conf", fill(RADIUSD, {"modules": sessions + texts["modules"] + accounting})),
        *(_identity_files(server) if server else ()),
        _file("site.conf", fill(SITE, {**site, "servers": f"{texts['servers']}\n{accounts}"}), secret=True),
    )


EAP_TEXTS = ("modules", "authorize", "authenticate", "post_auth", "servers")
NO_EAP_TEXTS = {**dict.fromkeys(EAP_TEXTS, ""), "authorize": NO_EAP}


def _eap_texts(settings: PolicySettings, words: dict[str, str], asks: str) -> dict[str, str]:
    """What EAP adds to the configuration, by its place."""
    crls = settings.crls[0].target.parent
    tls = fill(eap.TLS, {"crls": crls, "reload": eap.RELOAD_SECONDS})
    check = {**words, "call": call("people", asks, 2)}
    checks = (fill(eap.CHECK, {**check, "kind": kind}) for kind in ("eap-tls", "peap-eap-tls"))
    tell = fill(eap.TELL, {"call": call("people", asks, 4)})
    people = module("people", settings.port, {"authorize": "authenticate", "post-auth": "failed"})
    texts = (
        people + fill(eap.MODULES, {"tls": tls.rstrip()}),
        eap.AUTHORIZE,
        eap.AUTHENTICATE,
        fill(eap.POST_AUTH, {"tell": tell}),
        "\n".join(("", fill(eap.SERVERS, {"tell": tell}), *checks)),
    )
    return dict(zip(EAP_TEXTS, texts, strict=True))


def _identity_files(server: ServerIdentity) -> tuple[File, ...]:
    root, issuing = server.authorities
    return (
        _file(SERVER_CERTIFICATE.name, server.certificate + issuing),
        _file(SERVER_KEY.name, server.key.reveal(), secret=True),
        _file("root.crt", root),
    )


def _crls(server: ServerIdentity) -> tuple[Crl, ...]:
    published = Places().published
    return tuple(
        Crl(source=published / f"{name}.crl", target=CRLS / crl_name(authority))
        for name, authority in zip(("root", "issuing"), server.authorities, strict=True)
    )


def _itself(host: HostName, address: IPv4Address, facts: RadiusFacts) -> RadiusClient:
    """The client as which the host asks itself, see Probe: with a secret of its own, unless it is a gateway too.

    FreeRADIUS tells clients by their address and refuses two with the same.
    """
    gateway = next((each for each in facts.clients if each.address == address), None)
    return gateway or RadiusClient(name=host, address=address, secret=derived(facts.policy_token, "probe"))


def _local(settings: PolicySettings, radius: tuple[File, ...], told: File) -> Local:
    policy = File(
        path=SETTINGS,
        content=documents.to_json(settings),
        mode=0o400,
        owner=POLICY_USER,
        group=OUR_GROUP,
        secret=True,
    )
    return Local(
        accounts=(Account(name=POLICY_USER, group=OUR_GROUP), outbox.ACCOUNT),
        directories=(
            Directory(path=DOMAIN),
            Directory(path=CONFDIR, mode=0o750, group=FREERADIUS_USER),
            Directory(path=DECISIONS, mode=0o750, owner=POLICY_USER, group=OUR_GROUP),
            Directory(path=LEDGER, mode=0o750, owner=POLICY_USER, group=OUR_GROUP),
            Directory(path=SPOOL, mode=0o700, owner=FREERADIUS_USER, group=FREERADIUS_USER),
            *((Directory(path=CRLS, mode=0o755, owner=POLICY_USER, group=OUR_GROUP),) if settings.crls else ()),
        ),
        files=(*radius, policy, told),
        # What the outbox says makes gateways ask: who answers them comes first.
        services=(_policy_service().of_files([policy]), _freeradius_service(radius), outbox.service(told)),
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
    words = {"name": client.name, "address": client.address, "secret": client.secret.reveal()}
    return fill(CLIENT, {**words, "asks": "yes" if client.authorize_only else "no"})


def _file(name: str, content: str, *, secret: bool = False) -> File:
    return File(path=CONFDIR / name, content=content, mode=0o640, group=FREERADIUS_USER, secret=secret)
