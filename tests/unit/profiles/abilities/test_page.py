from pathlib import Path

from evertunnel.profiles.abilities.model import Platform
from evertunnel.profiles.abilities.page import TITLES, page

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "platforms.md"


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_page_has_a_section_for_each_platform() -> None:
    assert list(TITLES) == list(Platform)
    assert [line.removeprefix("## ") for line in page().splitlines() if line.startswith("## ")] == [*TITLES.values()]
