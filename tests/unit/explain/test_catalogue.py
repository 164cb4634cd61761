import ast
from collections import Counter
from pathlib import Path

import pytest

from evertunnel.cli.main import VERBS
from evertunnel.errors import DocumentError
from evertunnel.explain.catalogue import Catalogue, read
from evertunnel.explain.model import Family

ACCESS = Path(__file__).parents[3] / "src" / "evertunnel" / "access"
# What an administrator meets most, so that more than a name must be said.
IMPORTANT = {
    Family.RAS: (602, 619, 691, 720, 798, 800, 809, 812, 853, 864, 868, 874, 875, 877),
    Family.IKE: (13801, 13806, 13868, 13882),
    Family.HRESULT: (0x80070040, 0x800B0109),
    Family.NPS: (8, 16, 22, 23, 34, 38, 48, 49, 65, 66, 258, 259, 262, 265, 283, 285, 288, 289),
    Family.NOTIFY: (14, 17, 24, 36, 37, 38),
    Family.EVENT: (39, 6273, 6274, 7024, 20226, 20227, 20276),
}


def test_each_code_stands_once(catalogue: Catalogue) -> None:
    counts = Counter((code.family, code.number, code.source) for code in catalogue.codes)

    assert [code for code, count in counts.items() if count > 1] == []


def test_important_codes_have_causes(catalogue: Catalogue) -> None:
    bare = [
        (family, number)
        for family, numbers in IMPORTANT.items()
        for number in numbers
        if not any(code.causes for code in catalogue.numbered(number, family))
    ]

    assert bare == []


def test_each_cause_is_named_by_a_code(catalogue: Catalogue) -> None:
    assert set(catalogue.causes) - {cause.id for code in catalogue.codes for cause in code.causes} == set()


def test_what_is_told_of_a_code_is_a_sentence(catalogue: Catalogue) -> None:
    told = [code.meaning for code in catalogue.codes if code.meaning]
    told += [text for cause in catalogue.causes.values() for text in (cause.what, cause.mend)]

    wrong = [text for text in told if not text.isprintable() or text != text.strip() or not text[0].isupper()]

    assert wrong == []
    assert [cause.what for cause in catalogue.causes.values() if not cause.what.endswith((".", ".)"))] == []


def test_commands_of_ours_are_verbs_that_exist(catalogue: Catalogue) -> None:
    runs = [look.run.removeprefix("sudo ") for cause in catalogue.causes.values() for look in cause.look]
    ours = {run.split()[1] for run in runs if run.startswith("evertunnel ")}

    assert ours
    assert ours - set(VERBS) == set()


def test_no_command_tries_udp_with_what_knows_tcp_alone(catalogue: Catalogue) -> None:
    runs = [look.run for cause in catalogue.causes.values() for look in cause.look]

    assert [run for run in runs if "Test-NetConnection" in run] == []


def test_each_reason_of_our_own_decisions_is_explained(catalogue: Catalogue) -> None:
    own = reasons(ACCESS)
    told = {code.number: code for code in catalogue.codes if code.family is Family.NPS}

    assert {48, 285} <= {number for number, _ in own}
    assert sorted((number, word) for number, word in own if word not in told[number].meaning) == []


def test_each_of_these_reasons_says_to_ask_why(catalogue: Catalogue) -> None:
    runs = {
        code.number: [look.run for cause in code.causes for look in cause.look]
        for code in catalogue.codes
        if code.family is Family.NPS
    }

    assert [number for number, _ in reasons(ACCESS) if not any("evertunnel why" in run for run in runs[number])] == []


@pytest.mark.parametrize("number", [809, 0x80070329, 0x80070329 - (1 << 32)])
def test_a_windows_error_within_an_hresult_is_unwrapped(catalogue: Catalogue, number: int) -> None:
    assert [code.key for code in catalogue.numbered(number)] == ["ras:809"]


def test_an_hresult_of_its_own_is_not_unwrapped(catalogue: Catalogue) -> None:
    assert [code.key for code in catalogue.numbered(0x80070040)] == ["hresult:0x80070040"]
    assert catalogue.numbered(0x80080329) == ()


@pytest.mark.parametrize("name", ["ERROR_IPSEC_IKE_AUTH_FAIL", "auth_fail"])
def test_a_name_is_known_with_and_without_its_prefix(catalogue: Catalogue, name: str) -> None:
    assert [code.key for code in catalogue.named(name)] == ["ike:13801"]


def test_of_two_names_the_exact_one_comes_first(catalogue: Catalogue) -> None:
    assert [code.key for code in catalogue.named("TS_UNACCEPTABLE")] == ["ikev2:38", "ras:842"]
    assert [code.key for code in catalogue.named("ERROR_TS_UNACCEPTABLE")] == ["ras:842"]


def test_the_nearest_numbers_are_told(catalogue: Catalogue) -> None:
    assert [code.number for code in catalogue.near(810, Family.RAS)] == [810, 809]


def test_a_cause_that_no_file_has_is_told(tmp_path: Path) -> None:
    write(tmp_path, 'causes = ["nobody-home"]')

    with pytest.raises(
        DocumentError, match=r"nps\.toml: codes: no cause nobody-home\. Write it into a file in causes/"
    ):
        read(tmp_path)


def test_a_file_without_mistake_is_read(tmp_path: Path) -> None:
    write(tmp_path, 'causes = ["somebody-home"]')

    assert [code.key for code in read(tmp_path).codes] == ["nps:1"]


def write(folder: Path, line: str) -> None:
    for name in ("codes", "causes"):
        (folder / name).mkdir()
    for family in Family:
        (folder / "codes" / f"{family.value}.toml").write_text("codes = []\n")
    code = f'[[codes]]\nnumber = 1\nname = "X"\nmeaning = "It is."\n{line}\n'
    (folder / "codes" / "nps.toml").write_text(code)
    (folder / "causes" / "home.toml").write_text('[somebody-home]\nwhat = "It is."\nmend = "Mend it."\n')


def reasons(folder: Path) -> set[tuple[int, str]]:
    """The number and word of each refusal in the source: a tuple of a number, a word and a sentence."""
    found = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Tuple) and len(node.elts) == 3:
                number, word = (each.value if isinstance(each, ast.Constant) else None for each in node.elts[:2])
                if isinstance(number, int) and isinstance(word, str):
                    found.add((number, word))
    return found
