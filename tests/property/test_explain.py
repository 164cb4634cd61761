"""Whatever is pasted, codes are found in it or nothing is, and nothing of it upsets a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.errors import NotFound
from evertunnel.explain import catalogue as tables
from evertunnel.explain.find import find
from evertunnel.explain.model import Code
from evertunnel.explain.words import lines

CATALOGUE = tables.load()
PIECES = (
    *("<Event>", "</Event>", "<Reason-Code>", "</Reason-Code>", "<!DOCTYPE a [", "&a;", "<EventData>", "<Data>"),
    *("CoId={7B2C0D50-3A51-4C1F-8E0A-00155D011809}", "20227", "error ", "reason ", "nps:", "0x", "-21", "809", "16"),
    *('"IAS",', ",", '"', "\n", "\r\n", "07[IKE] <7> ", "certificate was revoked on ", "received ", "[ N(", ") ]"),
    *("NO_PROPOSAL_CHOSEN", "ERROR_", "_", "connection named ", " which ", "\x00", "\x1b[2J", "\u202e", "٣"),
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join)


@given(texts)
def test_any_text_is_explained_or_has_no_code(text: str) -> None:
    try:
        found = find(text, CATALOGUE)
    except NotFound:
        return

    assert found
    assert all(line.isprintable() for line in lines(found, {}, width=80))


@given(st.sampled_from(CATALOGUE.codes))
def test_each_code_is_found_by_its_exact_name(code: Code) -> None:
    assert code in {each.code for each in find(code.key, CATALOGUE)}
