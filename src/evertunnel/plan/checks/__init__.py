"""What no single section of a plan can see: each rule is one small function from the plan to its findings.

    ranges         every number against the range of its declaration
    addresses      cards and their networks
    pools          size and overlaps of the address pools
    names          DNS names, names of tables, names in certificates
    references     groups, hosts, pools and reaches that are named but not declared
    roles          who does what, which roles need each other, what is not there yet
    owners         what the owner of an external firewall has to set
    routes         the way back from inside hosts to a pool
    cryptography   proposals
    lifetimes      time limits against each other
    tunnels        Microsoft's rules for the tunnels, and who may use them
    profiles       what Windows cannot do of what the profiles say
    radius         RADIUS clients beside the gateways
    policies       network policies that can never match, do nothing, or let everybody in
    shadows        network policies that an earlier one leaves nothing for

A rule may rely on the types alone: other rules' findings do not keep it from running.
"""

from collections.abc import Callable, Iterator

from evertunnel.plan.checks import (
    addresses,
    cryptography,
    lifetimes,
    names,
    owners,
    policies,
    pools,
    profiles,
    radius,
    ranges,
    references,
    roles,
    routes,
    shadows,
    tunnels,
)
from evertunnel.plan.checks.pools import pool_problems
from evertunnel.plan.findings import Finding, Severity
from evertunnel.plan.model import Plan

__all__ = ["RULES", "findings", "pool_problems", "problems"]

Rule = Callable[[Plan], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    *ranges.RULES,
    *names.RULES,
    *roles.RULES,
    *owners.RULES,
    *addresses.RULES,
    *references.RULES,
    *pools.RULES,
    *routes.RULES,
    *cryptography.RULES,
    *lifetimes.RULES,
    *tunnels.RULES,
    *profiles.RULES,
    *radius.RULES,
    *policies.RULES,
    *shadows.RULES,
)


def findings(plan: Plan) -> tuple[Finding, ...]:
    """Everything that the checks say of a plan, errors and warnings."""
    return tuple(finding for rule in RULES for finding in rule(plan))


def problems(plan: Plan) -> tuple[Finding, ...]:
    """The errors alone: with any of them the plan cannot be used."""
    return tuple(finding for finding in findings(plan) if finding.severity is Severity.ERROR)
