"""Whatever is pasted, codes are found in it or nothing is, and nothing of it upsets a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.errors import NotFound
from evertunnel.explain import catalogue as tables
from evertunnel.explain import nps
from evertunnel.explain.find import find
from evertunnel.explain.model import Code, Family
from evertunnel.explain.words import lines

CATALOGUE = tables.load()
PIECES = (
    *("<Event>", "</Event>", "<Reason-Code>", "</Reason-Code>", "<!DOCTYPE a [", "&a;", "<EventData>", "<Data>"),
    *("CoId={7B2C0D50-3A51-4C1F-8E0A-00155D011809}", "20227", "error ", "reason ", "nps:", "0x", "-21", "809", "16"),
    *('"IAS",', ",", '"', "\n", "\r\n", "07[IKE] <7> ", "certificate was revoked on ", "received ", "[ N(", ") ]"),
    *("10.0.0.2,alice,11/22/2026,10:24:03,IAS,CORE1", ",4136,3", ",4142,16", ",4142,", ",4149,0x", "564", "0x320"),
    *("NO_PROPOSAL_CHOSEN", "ERROR_", "_", "connection named ", " which ", "\x00", "\x1b[2J", "\u202e", "٣"),
)
SEPARATORS = {",", *"\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"}  # of values, and what Python takes for an end of a line
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40).map("".join)


@given(texts)
def test_any_text_is_explained_or_has_no_code(text: str) -> None:
    try:
        found = find(text, CATALOGUE)
    except NotFound:
        return

    assert found
    assert all(line.isprintable() for line in lines(found, {}, width=80))


@given(
    st.lists(st.tuples(st.integers(0, 2**32), st.text(max_size=8) | st.just("0x4142")), max_size=8),
    st.sampled_from([code.number for code in CATALOGUE.codes if code.family is Family.NPS]),
    st.text(max_size=12),
)
def test_reason_is_read_among_whatever_pairs(pairs: list[tuple[int, str]], reason: int, user: str) -> None:
    others = "".join(f",{number},{value}" for number, value in pairs if number != 4142 and not set(value) & SEPARATORS)
    name = "".join(set(user) - SEPARATORS)

    (found,) = nps.read(f"10.0.0.2,{name},11/22/2026,10:24:03,IAS,CORE1,4142,{reason}{others}", CATALOGUE)

    assert found.code.key == f"nps:{reason}"


@given(st.sampled_from(CATALOGUE.codes))
def test_each_code_is_found_by_its_exact_name(code: Code) -> None:
    assert code in {each.code for each in find(code.key, CATALOGUE)}
