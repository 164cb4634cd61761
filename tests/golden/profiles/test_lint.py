"""What is found in whole profiles: in our own, and in published ones where they are at hand (EVERTUNNEL_SAMPLES).

UPDATE_GOLDEN=1 rewrites what is expected. Of the published ones the findings alone are kept.
"""

import json
import os
from pathlib import Path

import pytest

from evertunnel.documents.xml import NotWellFormed
from evertunnel.profiles.lint.finding import Severity
from evertunnel.profiles.lint.reading import not_well_formed
from evertunnel.profiles.lint.rules import check, check_together
from evertunnel.profiles.vpnv2.read import read

HERE = Path(__file__).parent
TOGETHER = sorted(path for path in (HERE / "lint_together").iterdir() if path.is_dir())
OWN = sorted((HERE / "lint").glob("*.xml"))
SAMPLES = Path(
    os.environ.get("EVERTUNNEL_SAMPLES", Path(__file__).parents[4] / "shared" / "data" / "profilexml-samples")
)
PUBLISHED = sorted((HERE / "published").glob("*.json"))
GIVEN_BACK = ("11", "13")  # by Windows itself


@pytest.mark.parametrize("profile", OWN, ids=lambda profile: profile.stem)
def test_our_own_profiles_have_what_was_reviewed(profile: Path) -> None:
    compare(profile.with_suffix(".json"), findings(profile))


@pytest.mark.parametrize("folder", TOGETHER, ids=lambda folder: folder.name)
def test_our_own_profiles_have_what_was_reviewed_beside_each_other(folder: Path) -> None:
    profiles = [(path.name, read(path.read_bytes())) for path in sorted(folder.glob("*.xml"))]
    pairs = zip(profiles, check_together(profiles), strict=True)

    compare(folder / "expected.json", {name: [each.document for each in found] for (name, _), found in pairs})


@pytest.mark.parametrize("expected", PUBLISHED, ids=lambda expected: expected.stem)
def test_published_profiles_have_what_was_reviewed(expected: Path) -> None:
    compare(expected, findings(sample(expected.stem)))


@pytest.mark.parametrize("number", GIVEN_BACK)
def test_what_windows_gives_back_is_warned_of_nothing_but_its_missing_suite(number: str) -> None:
    assert {finding["code"] for finding in findings(sample(number)) if finding["severity"] != "note"} <= {"CR003"}


def test_all_published_profiles_together_are_no_error_by_that() -> None:
    sample("01")
    readings = [(path.name, read(path.read_bytes())) for path in sorted(SAMPLES.glob("*.xml")) if is_read(path)]
    pairs = zip(readings, check_together(readings), strict=True)

    for (_, reading), found in pairs:
        assert [each for each in found if not each.code.startswith("SP") and each not in check(reading)] == []
        assert [each.code for each in found if each.code.startswith("SP") and each.severity is Severity.ERROR] == []


def is_read(profile: Path) -> bool:
    return {"RD001"}.isdisjoint(str(each["code"]) for each in findings(profile))


def findings(profile: Path) -> list[dict[str, object]]:
    try:
        return [finding.document for finding in check(read(profile.read_bytes()))]
    except NotWellFormed as error:
        return [not_well_formed(error).document]


def compare(expected: Path, found: object) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    assert json.loads(expected.read_text(encoding="utf-8")) == found


def sample(number: str) -> Path:
    found = sorted(SAMPLES.glob(f"{number}-*.xml"))
    if not found:
        pytest.skip("the published profiles are not at hand")
    return found[0]
