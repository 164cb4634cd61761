"""DNS names, names of tables, names in certificates."""

import re
from collections.abc import Iterator

from evertunnel.documents import shown, step
from evertunnel.plan.findings import Finding, error
from evertunnel.plan.model import Plan
from evertunnel.values import Fqdn

TABLE = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Nothing that a distinguished name would have to escape: charon compares the text.
COMMON = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 .-]{0,62}[A-Za-z0-9.])?")
LONGEST_COMMON_NAME = 64  # RFC 5280 appendix A: ub-common-name


def gateway_name_is_in_the_public_zone(plan: Plan) -> Iterator[Finding]:
    """Refuses a gateway name that the public zone cannot hold: devices outside would not find it."""
    if not _is_public(plan, plan.gateway.name):
        yield error(
            "gateway.name",
            f"{plan.gateway.name} is outside the public zone {plan.organisation.public_domain}",
            f"Use a name like vpn.{plan.organisation.public_domain}.",
        )


def extra_names_are_in_a_zone_of_the_plan(plan: Plan) -> Iterator[Finding]:
    """Refuses further gateway names in foreign zones: the certificate would vouch for a name that is not ours."""
    for index, name in enumerate(plan.gateway.extra_names):
        if not _is_ours(plan, name):
            yield _foreign(plan, f"gateway.extra_names[{index}]", name)


def publication_name_is_in_a_zone_of_the_plan(plan: Plan) -> Iterator[Finding]:
    """Refuses a publication name in a foreign zone."""
    if not _is_ours(plan, plan.certificates.publication_name):
        yield _foreign(plan, "certificates.publication_name", plan.certificates.publication_name)


def publication_name_is_not_the_gateway(plan: Plan) -> Iterator[Finding]:
    """Refuses CRLs under a name of the gateway: the gateway serves none."""
    if plan.certificates.publication_name in {plan.gateway.name, *plan.gateway.extra_names}:
        yield error(
            "certificates.publication_name",
            f"{plan.certificates.publication_name} is a name of the gateway, which publishes nothing",
            f"Use a name like pki.{plan.organisation.domain}.",
        )


def pools_and_reaches_have_plain_names(plan: Plan) -> Iterator[Finding]:
    """Refuses names that cannot be part of an nft set's name."""
    for table, names in (("gateway.pools", plan.gateway.pools), ("reach", plan.reach)):
        for name in names:
            if not TABLE.fullmatch(name):
                yield error(
                    step(table, name),
                    f"{shown(name)} cannot be used as a name here",
                    "Use at most 31 lower-case letters, digits and underscores, beginning with a letter.",
                )


def certificate_names_are_plain(plan: Plan) -> Iterator[Finding]:
    """Refuses names that a distinguished name could carry only with escapes."""
    settings = {
        "organisation.name": plan.organisation.name,
        "certificates.root_name": plan.certificates.root_name,
        "certificates.issuing_name": plan.certificates.issuing_name,
    }
    for path, name in settings.items():
        if not COMMON.fullmatch(name):
            yield error(
                path,
                f"{shown(name)} cannot stand in a certificate as it is",
                "Use at most 64 letters, digits, spaces, dots and hyphens, with no space at either end.",
            )


def authorities_have_two_names(plan: Plan) -> Iterator[Finding]:
    """Refuses one name for both authorities: issuer and subject could not be told apart."""
    if plan.certificates.root_name == plan.certificates.issuing_name:
        yield error(
            "certificates.issuing_name",
            f"{shown(plan.certificates.issuing_name)} is the root's name too",
            "Give root and issuing authority names of their own.",
        )


def host_names_fit_certificates(plan: Plan) -> Iterator[Finding]:
    """Refuses host names that are too long for a certificate's common name, together with the domain."""
    for name in plan.hosts:
        if len(f"{name}.{plan.organisation.domain}") > LONGEST_COMMON_NAME:
            yield error(
                f"hosts.{name}",
                f"{name}.{plan.organisation.domain} is longer than 64 characters",
                "Use a shorter host name: it is the common name of the host's certificate.",
            )


def _is_public(plan: Plan, name: Fqdn) -> bool:
    zones = plan.organisation
    if not name.is_within(zones.public_domain):
        return False
    return (
        zones.domain == zones.public_domain
        or not zones.domain.is_within(zones.public_domain)
        or not name.is_within(zones.domain)
    )


def _is_ours(plan: Plan, name: Fqdn) -> bool:
    return name.is_within(plan.organisation.domain) or name.is_within(plan.organisation.public_domain)


def _foreign(plan: Plan, path: str, name: Fqdn) -> Finding:
    zones = plan.organisation
    mend = f"Use a name in {zones.domain} or {zones.public_domain}."
    return error(path, f"{name} is in neither zone of the plan", mend)


RULES = (
    certificate_names_are_plain,
    authorities_have_two_names,
    host_names_fit_certificates,
    publication_name_is_in_a_zone_of_the_plan,
    publication_name_is_not_the_gateway,
    gateway_name_is_in_the_public_zone,
    extra_names_are_in_a_zone_of_the_plan,
    pools_and_reaches_have_plain_names,
)
