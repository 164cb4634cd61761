from pathlib import Path

from evertunnel.profiles.lint.reference import reference
from evertunnel.profiles.lint.rules import RULES, SET_RULES

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "lint.md"


def test_the_page_in_the_repository_is_what_the_rules_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_each_rule_has_its_entry() -> None:
    page = reference()
    codes = [*(rule.code for rule in RULES), *(rule.code for rule in SET_RULES)]

    assert [code for code in codes if f"\n### {code}\n" not in page] == []
