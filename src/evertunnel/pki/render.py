"""What the authority's host shall have, and what a new authority is made from."""

from evertunnel import documents
from evertunnel.drivers.host.values import File
from evertunnel.paths import ETC, RUN
from evertunnel.pki.authority import AuthoritySettings
from evertunnel.pki.model import State
from evertunnel.pki.places import PUBLISHER, SIGNER, Places
from evertunnel.pki.settings import PublisherSettings, SignerSettings, TemplateRules
from evertunnel.pki.templates import TemplateName
from evertunnel.plan.certificates import TemplateSettings
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.reconcile.services import Service
from evertunnel.values import HostName

TREE = ETC / "pki"
SIGNER_JSON = TREE / "signer.json"
PUBLISHER_JSON = TREE / "publisher.json"
HTTP = 80


def desired(plan: Plan, host: HostName, places: Places | None = None) -> State:
    """Signer where the plan puts the authority, publisher where it puts that."""
    roles = plan.hosts[host].roles
    files: list[File] = []
    services: list[Service] = []
    if Role.CA in roles:
        files.append(File(path=SIGNER_JSON, content=documents.to_json(signer_settings(plan))))
        services.append(_signer().of_files(files))
    if Role.PUBLISHER in roles:
        files.append(File(path=PUBLISHER_JSON, content=documents.to_json(publisher_settings(plan))))
        services.append(_publisher().of_files(files))
    if not services:
        return State()
    return State(
        accounts=(SIGNER, PUBLISHER),
        directories=(places or Places()).directories(),
        files=tuple(sorted(files, key=lambda file: file.path)),
        services=tuple(services),
    )


def authority_settings(plan: Plan) -> AuthoritySettings:
    """What root and issuing authority are made from."""
    wish = plan.certificates
    return AuthoritySettings(
        organisation=plan.organisation.name,
        root_name=wish.root_name,
        issuing_name=wish.issuing_name,
        publication_name=wish.publication_name,
        root_years=wish.root_years,
        issuing_years=wish.issuing_years,
        root_crl_days=wish.root_crl_days,
        crl_hours=wish.crl_hours,
    )


def signer_settings(plan: Plan) -> SignerSettings:
    """What the signer enforces."""
    wish = plan.certificates
    return SignerSettings(
        organisation=plan.organisation.name,
        domain=plan.organisation.domain,
        policy_arc=wish.policy_arc,
        publication_name=wish.publication_name,
        crl_hours=wish.crl_hours,
        templates={name: _rules(getattr(wish.templates, name.name.lower())) for name in TemplateName},
        server_names={name: _server_names(plan, name) for name in sorted(plan.hosts_with(Role.GATEWAY))},
    )


def publisher_settings(plan: Plan) -> PublisherSettings:
    """Where the publisher listens: inside only."""
    return PublisherSettings(address=plan.inside_address(Role.PUBLISHER), port=HTTP)


def _rules(wish: TemplateSettings) -> TemplateRules:
    return TemplateRules(days=wish.days, groups=wish.groups)


def _server_names(plan: Plan, gateway: HostName) -> tuple[str, ...]:
    external = plan.hosts[gateway].external
    names = (plan.gateway.name, *plan.gateway.extra_names, *((str(external.address.ip),) if external else ()))
    return tuple(dict.fromkeys(str(name) for name in names))


def _signer() -> Service:
    return Service(
        name="signer",
        argv=("evertunnel", "service", "signer"),
        # /run is empty after a start of the machine, and the signer may not write to it.
        before=(("install", "-d", "-o", SIGNER.name, "-g", SIGNER.group, "-m", "0750", str(RUN / "signer")),),
        user=SIGNER.name,
        groups=(SIGNER.group,),
        reads=(SIGNER_JSON,),
    )


def _publisher() -> Service:
    return Service(
        name="publisher",
        argv=("evertunnel", "service", "publisher"),
        user=PUBLISHER.name,
        groups=(PUBLISHER.group,),
        capabilities=("CAP_NET_BIND_SERVICE",),
        reads=(PUBLISHER_JSON,),
    )
