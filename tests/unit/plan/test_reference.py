from pathlib import Path

from evertunnel.plan.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "plan.md"


def test_the_page_in_the_repository_is_what_the_declarations_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_each_section_has_its_table() -> None:
    for section in ("organisation", "hosts.NAME.internal", "gateway.pools.NAME", "firewall.publish[]", "limits"):
        assert f"\n## `{section}`\n" in reference()
