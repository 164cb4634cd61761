import re
from pathlib import Path

from evertunnel.explain.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"


def test_the_page_in_the_repository_is_what_the_tables_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_each_cause_that_is_linked_is_told() -> None:
    page = reference()

    assert set(re.findall(r"\(#([a-z0-9-]+)\)", page)) == set(re.findall(r"^### (.+)$", page, re.MULTILINE))


def test_no_cell_ends_early() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]

    assert rows
    assert {line.count("|") for line in rows} == {5}
