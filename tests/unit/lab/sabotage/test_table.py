import re
from pathlib import Path

from evertunnel.lab.claims import CLAIMS
from evertunnel.lab.sabotage import TABLE

SECURITY = Path(__file__).parents[4] / "SECURITY.md"
NOTICES = {claim for sabotage in TABLE.values() for claim in sabotage.claims}


def test_each_sabotage_names_claims_that_there_are() -> None:
    assert {claim.id for claim in CLAIMS} >= NOTICES


def test_security_marks_exactly_the_claims_that_a_sabotage_must_turn_red() -> None:
    named = re.findall(r"`([a-z0-9-]+)`( ✂)?", SECURITY.read_text())

    assert {name for name, mark in named if mark} == NOTICES
    assert {name for name, mark in named if not mark}.isdisjoint(NOTICES)
