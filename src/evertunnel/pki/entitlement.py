"""Who may have a certificate of which template, and for which names."""

from dataclasses import dataclass

from cryptography.x509 import GeneralName, RFC822Name

from evertunnel.errors import Refused
from evertunnel.pki import names
from evertunnel.pki.issue import Order
from evertunnel.pki.settings import SignerSettings
from evertunnel.pki.templates import TEMPLATES, NameRule, Template, TemplateName
from evertunnel.values import Fqdn, GroupName, HostName, Serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whom a certificate is for, as the directory knows it."""

    name: HostName
    enabled: bool
    groups: frozenset[GroupName]


def decide(
    settings: SignerSettings, template: TemplateName, principal: Principal, wanted: tuple[str, ...], serial: Serial
) -> Order:
    """What the certificate will say, or Refused."""
    chosen = TEMPLATES[template]
    rules = settings.templates[template]
    if not principal.enabled:
        raise Refused(f"{principal.name} is disabled in the directory. Enable it first.")
    if principal.groups.isdisjoint(rules.groups):
        allowed = " or ".join(rules.groups) or "no group at all"
        raise Refused(
            f"{principal.name} is not in {allowed}, whose members may have a {template} certificate. "
            "Put it into the group."
        )
    texts = _names(settings, chosen, principal, wanted)
    return Order(
        template=chosen,
        policy=chosen.policy(settings.policy_arc),
        organisation=settings.organisation,
        common_name=texts[0],
        names=tuple(_general(chosen, text) for text in texts),
        serial=serial,
        days=rules.days,
        publication_name=settings.publication_name,
    )


def _names(
    settings: SignerSettings, template: Template, principal: Principal, wanted: tuple[str, ...]
) -> tuple[str, ...]:
    allowed = _allowed_names(settings, template, principal)
    if not allowed:
        raise Refused(
            f"The plan gives {principal.name} no names for a {template.name} certificate. "
            "Give the host the role gateway."
        )
    if not wanted:
        return allowed
    reasons = [
        f"{name} is not a name that {principal.name} may have in a {template.name} certificate ({', '.join(allowed)})."
        for name in wanted
        if name.lower() not in allowed
    ]
    if allowed[0] not in (name.lower() for name in wanted):
        reasons.append(f"The names lack {allowed[0]}, which the certificate is made for. Add it.")
    if reasons:
        raise Refused(*reasons)
    asked = {name.lower() for name in wanted}
    return tuple(name for name in allowed if name in asked)


def _allowed_names(settings: SignerSettings, template: Template, principal: Principal) -> tuple[str, ...]:
    match template.names:
        case NameRule.SUPPLIED_IN_REQUEST:
            return settings.server_names.get(principal.name, ())
        case NameRule.FROM_DIRECTORY_DNS:
            return (Fqdn(f"{principal.name}.{settings.domain}"),)
        case _:
            return (f"{principal.name}@{settings.domain}",)


def _general(template: Template, text: str) -> GeneralName:
    match template.names:
        case NameRule.FROM_DIRECTORY_UPN:
            return names.upn(text)
        case NameRule.FROM_DIRECTORY_MAIL:
            return RFC822Name(text)
        case _:
            return names.host_name(text)
