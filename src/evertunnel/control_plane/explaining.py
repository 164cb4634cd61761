"""What an error code means here: the catalogue, and what a plan and this host say of the causes."""

from collections.abc import Mapping
from dataclasses import dataclass

from evertunnel.explain import catalogue
from evertunnel.explain.find import find
from evertunnel.explain.model import Sighting, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The codes that were found, and what looking at their causes gave, by the causes' ids."""

    sightings: tuple[Sighting, ...]
    verdicts: Mapping[str, Verdict]


def explain(text: str) -> Explained:
    """Finds the codes in a text."""
    return Explained(sightings=find(text, catalogue.load()), verdicts={})
