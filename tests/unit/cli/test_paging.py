import argparse

import pytest

from evertunnel.cli import paging
from evertunnel.cli.arguments import add_json, typed
from evertunnel.directory.model import Page
from evertunnel.values import Serial


def _read(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    paging.add_paging(parser)
    add_json(parser)
    return parser.parse_args(words)


def test_people_get_a_page_and_programs_all() -> None:
    assert paging.page(_read()) == Page(limit=paging.ROWS + 1)
    assert paging.page(_read("--json")) == Page()
    assert paging.page(_read("--json", "--limit", "5", "--after", "bob")) == Page(after="bob", limit=6)


def test_rows_may_be_called_by_something_else_than_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    paging.add_paging(parser, after=typed(Serial), metavar="SERIAL")

    assert parser.parse_args(["--after", "0A"]).after == Serial("a")
    assert parser.parse_args([]).after is None
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--after", "laptop1"])
    assert "'laptop1' is not a serial number" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "1000001", "\u0665"])
def test_a_limit_is_a_number_of_rows(text: str) -> None:
    with pytest.raises(SystemExit):
        _read("--limit", text)


def test_the_row_beyond_the_page_is_not_shown_and_says_that_more_follow(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Page(limit=3)

    assert paging.shown(["a", "b", "c"], asked) == ["a", "b"]
    paging.print_more("b", ["a", "b"], asked)
    assert capsys.readouterr().out == ""
    paging.print_more("b", ["a", "b", "c"], asked)
    paging.print_more("VPN Users", ["a", "b", "c"], asked)
    assert capsys.readouterr().out == 'more follow: add --after b\nmore follow: add --after "VPN Users"\n'


def test_all_is_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert paging.shown(["a", "b"], Page()) == ["a", "b"]
    paging.print_more("b", ["a", "b"], Page())
    assert capsys.readouterr().out == ""
