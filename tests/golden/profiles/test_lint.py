"""What is found in whole profiles: in our own, and in published ones where they are at hand (EVERTUNNEL_SAMPLES).

UPDATE_GOLDEN=1 rewrites what is expected. Of the published ones the findings alone are kept.
"""

import json
import os
from pathlib import Path

import pytest

from evertunnel.documents.xml import NotWellFormed
from evertunnel.profiles.lint.reading import not_well_formed
from evertunnel.profiles.lint.rules import check
from evertunnel.profiles.vpnv2.read import read

HERE = Path(__file__).parent
OWN = sorted((HERE / "lint").glob("*.xml"))
SAMPLES = Path(
    os.environ.get("EVERTUNNEL_SAMPLES", Path(__file__).parents[4] / "shared" / "data" / "profilexml-samples")
)
PUBLISHED = sorted((HERE / "published").glob("*.json"))
GIVEN_BACK = ("11", "13")  # by Windows itself


@pytest.mark.parametrize("profile", OWN, ids=lambda profile: profile.stem)
def test_our_own_profiles_have_what_was_reviewed(profile: Path) -> None:
    compare(profile.with_suffix(".json"), findings(profile))


@pytest.mark.parametrize("expected", PUBLISHED, ids=lambda expected: expected.stem)
def test_published_profiles_have_what_was_reviewed(expected: Path) -> None:
    compare(expected, findings(sample(expected.stem)))


@pytest.mark.parametrize("number", GIVEN_BACK)
def test_what_windows_gives_back_is_warned_of_nothing_but_its_missing_suite(number: str) -> None:
    assert {finding["code"] for finding in findings(sample(number)) if finding["severity"] != "note"} <= {"CR003"}


def findings(profile: Path) -> list[dict[str, object]]:
    try:
        return [finding.document for finding in check(read(profile.read_bytes()))]
    except NotWellFormed as error:
        return [not_well_formed(error).document]


def compare(expected: Path, found: list[dict[str, object]]) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    assert json.loads(expected.read_text(encoding="utf-8")) == found


def sample(number: str) -> Path:
    found = sorted(SAMPLES.glob(f"{number}-*.xml"))
    if not found:
        pytest.skip("the published profiles are not at hand")
    return found[0]
