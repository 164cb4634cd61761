"""What each way of delivery can carry of a plan; the warnings of a build and the page about platforms come from it.

model     platforms, abilities, and a row: one setting and who carries it
rows      the table
missing   what a platform lacks of one plan
page      docs/reference/platforms.md
"""

from evertunnel.profiles.abilities.missing import carries, missing
from evertunnel.profiles.abilities.model import Platform, Side, side_of, sides

__all__ = ["Platform", "Side", "carries", "missing", "side_of", "sides"]
