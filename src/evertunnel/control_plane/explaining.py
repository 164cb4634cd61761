"""What an error code means here: the catalogue, and what a plan and a host's own evidence say of the causes."""

from collections.abc import Mapping
from dataclasses import dataclass

from evertunnel.explain import catalogue, planned, seen
from evertunnel.explain.find import find
from evertunnel.explain.model import Sighting, Verdict
from evertunnel.explain.planned import Planned
from evertunnel.explain.seen import Seen
from evertunnel.plan.model import Plan
from evertunnel.plan.proposals import proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The codes that were found, and what looking at their causes gave, by the causes' ids."""

    sightings: tuple[Sighting, ...]
    verdicts: Mapping[str, Verdict]


def explain(text: str, *, plan: Plan | None = None, host: Seen | None = None) -> Explained:
    """Finds the codes in a text, and looks at their causes as far as a plan, and what a host showed, can tell."""
    sightings = find(text, catalogue.load())
    by_plan = planned.verdicts(of_plan(plan)) if plan else {}
    by_host = seen.verdicts(host) if host else {}
    return Explained(sightings=sightings, verdicts={**by_plan, **by_host})


def of_plan(plan: Plan) -> Planned:
    """A plan with the proposals that its gateway takes."""
    taken = proposals(plan.gateway)
    return Planned(plan=plan, ike=taken.ike, esp=taken.esp)
