"""Time limits against each other."""

import dataclasses
from collections.abc import Iterator

from evertunnel.plan.findings import Finding, error
from evertunnel.plan.model import Plan

DAYS_PER_YEAR = 365


def child_ends_within_its_ike_sa(plan: Plan) -> Iterator[Finding]:
    """Refuses a CHILD SA that outlives its IKE SA."""
    gateway = plan.gateway
    if gateway.child_seconds > gateway.ike_seconds:
        what = f"{gateway.child_seconds} s is longer than the IKE SA lives ({gateway.ike_seconds} s)"
        yield error("gateway.child_seconds", what, f"Use at most {gateway.ike_seconds}, or raise gateway.ike_seconds.")


def grace_outlives_an_asking(plan: Plan) -> Iterator[Finding]:
    """Refuses a grace that is over before the next asking: each session would end without an answer."""
    limits = plan.limits
    if limits.grace_seconds < limits.ask_again_seconds:
        what = f"{limits.grace_seconds} s is over before sessions are asked again ({limits.ask_again_seconds} s)"
        yield error("limits.grace_seconds", what, f"Use at least {limits.ask_again_seconds}.")


def lease_ends_within_the_grace(plan: Plan) -> Iterator[Finding]:
    """Refuses a lease that would carry an address past the grace."""
    limits = plan.limits
    if limits.lease_seconds > limits.grace_seconds:
        what = f"{limits.lease_seconds} s carries an address past the grace ({limits.grace_seconds} s)"
        yield error("limits.lease_seconds", what, f"Use at most {limits.grace_seconds}.")


def lease_is_renewable(plan: Plan) -> Iterator[Finding]:
    """Refuses a lease longer than the asking: it would be renewed on an answer that is due already."""
    limits = plan.limits
    if limits.lease_seconds > limits.ask_again_seconds:
        what = f"{limits.lease_seconds} s is longer than the time between two askings ({limits.ask_again_seconds} s)"
        yield error("limits.lease_seconds", what, f"Use at most {limits.ask_again_seconds}.")


def asking_ends_before_the_next(plan: Plan) -> Iterator[Finding]:
    """Refuses RADIUS time-outs so long that askings pile up."""
    asking = plan.radius.timeout_seconds * plan.radius.tries
    if asking > plan.limits.ask_again_seconds:
        what = f"{plan.radius.tries} tries of {plan.radius.timeout_seconds} s last longer than limits.ask_again_seconds"
        yield error(
            "radius.timeout_seconds", what, f"Keep tries times time-out within {plan.limits.ask_again_seconds} s."
        )


def certificates_nest(plan: Plan) -> Iterator[Finding]:
    """Refuses certificates, and CRLs, that outlive their issuer's."""
    certificates = plan.certificates
    if certificates.issuing_years > certificates.root_years:
        what = f"{certificates.issuing_years} years are more than the root has ({certificates.root_years})"
        yield error("certificates.issuing_years", what, f"Use at most {certificates.root_years}.")
    if certificates.root_crl_days > certificates.root_years * DAYS_PER_YEAR:
        what = f"{certificates.root_crl_days} days are more than the root's {certificates.root_years} years"
        yield error("certificates.root_crl_days", what, f"Use at most {certificates.root_years * DAYS_PER_YEAR}.")
    longest = certificates.issuing_years * DAYS_PER_YEAR
    for field in dataclasses.fields(certificates.templates):
        days = getattr(certificates.templates, field.name).days
        if days > longest:
            what = f"{days} days are more than the issuing authority's {certificates.issuing_years} years"
            yield error(f"certificates.templates.{field.name}.days", what, f"Use at most {longest}.")


def crls_are_fetched_in_time(plan: Plan) -> Iterator[Finding]:
    """Refuses a fetch so rare that a CRL runs out between its renewal, at half its life, and the next fetch."""
    certificates = plan.certificates
    half = certificates.crl_hours * 3600 // 2
    if certificates.crl_fetch_seconds > half:
        what = f"{certificates.crl_fetch_seconds} s is longer than half a CRL's life ({certificates.crl_hours} h)"
        yield error("certificates.crl_fetch_seconds", what, f"Use at most {half}, or raise certificates.crl_hours.")


RULES = (
    child_ends_within_its_ike_sa,
    grace_outlives_an_asking,
    lease_ends_within_the_grace,
    lease_is_renewable,
    asking_ends_before_the_next,
    certificates_nest,
    crls_are_fetched_in_time,
)
