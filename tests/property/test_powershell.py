"""Whatever a value is, PowerShell reads that value from a script, and nothing else happens."""

import re

import pytest
import tree_sitter
import tree_sitter_powershell
import tree_sitter_pwsh
from hypothesis import given
from hypothesis import strategies as st

from evertunnel.profiles.windows.scripts import UNFIT, literal

GRAMMARS = [tree_sitter.Language(each.language()) for each in (tree_sitter_pwsh, tree_sitter_powershell)]
STRING = re.compile(r"'((?:[^'\u2018-\u201b]|(['\u2018-\u201b])['\u2018-\u201b])*)'", re.DOTALL)
# What has a meaning somewhere in PowerShell, more often than chance would have it.
pieces = st.sampled_from(
    ["'", "\u2019", '"', "@", "\n", "\r", "`", "$", "(", ")", "{", "}", ";", "#", "&", "|", "<#", "#>"]
)
texts = st.lists(pieces | st.characters(exclude_categories=["Cs"])).map("".join)


@given(texts.filter(lambda text: not UNFIT.search(text)))
def test_powershell_reads_the_value_back(text: str) -> None:
    read = STRING.fullmatch(literal(text))

    assert read is not None
    assert re.sub(r"(['\u2018-\u201b])['\u2018-\u201b]", r"\1", read[1]) == text


@given(texts.filter(lambda text: not UNFIT.search(text)))
def test_both_grammars_see_one_string(text: str) -> None:
    script = f"$a = {literal(text)}\n".encode()

    for grammar in GRAMMARS:
        tree = tree_sitter.Parser(grammar).parse(script).root_node

        assert not tree.has_error
        assert tree.named_child_count == 1


@given(st.tuples(texts, st.sampled_from("\x00\x1b\ud800\uffff"), texts).map("".join))
def test_what_no_script_carries_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="take it out"):
        literal(text)
