"""Who may have a certificate of which template, and for which names."""

from dataclasses import dataclass

from cryptography.x509 import GeneralName, RFC822Name

from evertunnel.errors import Refused
from evertunnel.pki import names
from evertunnel.pki.issue import Order
from evertunnel.pki.settings import SignerSettings
from evertunnel.pki.templates import TEMPLATES, NameRule, Template, TemplateName
from evertunnel.values import Fqdn, GroupName, HostName, PrincipalName, Serial, Sid, UserName


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whom a certificate is for, as the directory knows it; a computer has no SID here."""

    name: PrincipalName
    enabled: bool
    groups: frozenset[GroupName]
    sid: Sid | None = None


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
        common_name=_common_name(texts[0]),
        names=tuple(_general(chosen, text) for text in texts),
        serial=serial,
        days=rules.days,
        publication_name=settings.publication_name,
        # Who may sign in with it, Windows reads from the SID (KB5014754); a certificate for mail signs nobody in.
        sid=principal.sid if chosen.names is NameRule.FROM_DIRECTORY_UPN else None,
    )


def _names(
    settings: SignerSettings, template: Template, principal: Principal, wanted: tuple[str, ...]
) -> tuple[str, ...]:
    allowed = _allowed_names(settings, template, principal)
    if not allowed and isinstance(principal.name, UserName):
        raise Refused(f"{principal.name} is a user, and {template.name} certificates are for computers.")
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
    match principal.name, template.names:
        case UserName() as name, NameRule.FROM_DIRECTORY_UPN | NameRule.FROM_DIRECTORY_MAIL:
            return (name,)
        case HostName() as name, NameRule.SUPPLIED_IN_REQUEST:
            return settings.server_names.get(name, ())
        case HostName() as name, NameRule.FROM_DIRECTORY_DNS:
            return (Fqdn(f"{name}.{settings.domain}"),)
        case HostName() as name, _:
            return (f"{name}@{settings.domain}",)
        case _:
            return ()


def _common_name(text: str) -> str:
    """The first name, or of a user name that is too long for a subject what stands before the @."""
    return text if len(text) <= names.LONGEST_PART else text.partition("@")[0]


def _general(template: Template, text: str) -> GeneralName:
    match template.names:
        case NameRule.FROM_DIRECTORY_UPN:
            return names.upn(text)
        case NameRule.FROM_DIRECTORY_MAIL:
            return RFC822Name(text)
        case _:
            return names.host_name(text)
