"""Of the devices that a user may sit at, as many as the answer takes: behind one address there can be thousands."""

from collections import Counter
from collections.abc import Collection, Iterable

from evertunnel.access.model import Origin, Policy
from evertunnel.access.policies import concerns
from evertunnel.plan.policies import NetworkPolicy
from evertunnel.plan.tunnels import Tunnel

TOLD = 8  # devices of a kind, by name


def asking(policy: Policy) -> tuple[NetworkPolicy, ...]:
    """The network policies that ask from which device a user comes."""
    return tuple(
        each
        for each in policy.network_policies
        if each.grants and each.from_devices is not None and concerns(each, Tunnel.USER)
    )


def asked_of(policies: Iterable[NetworkPolicy], groups: Collection[str]) -> frozenset[str] | None:
    """The groups that a policy may ask the devices of a user in `groups` for; None where none can ask for any."""
    own = frozenset(groups)
    found = [each for each in policies if each.user_groups is None or not own.isdisjoint(each.user_groups)]
    return frozenset(group for each in found for group in each.from_devices or ()) if found else None


def enough(origins: Iterable[Origin], asked: frozenset[str]) -> tuple[tuple[Origin, ...], int]:
    """A few of each kind, with which every answer is the one with all of them; and how many more there are.

    Devices are of a kind if they are in the same of the groups that are asked for.
    """
    told: list[Origin] = []
    kinds: Counter[frozenset[str]] = Counter()
    for origin in origins:
        kind = asked.intersection(origin.groups)
        kinds[kind] += 1
        if kinds[kind] <= TOLD:
            told.append(origin)
    return tuple(told), kinds.total() - len(told)
