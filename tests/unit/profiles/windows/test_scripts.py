import pytest

from evertunnel.profiles.windows.scripts import BYTE_ORDER_MARK, expression, filled, literal, script


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Contoso VPN", "'Contoso VPN'"),
        ("", "''"),
        ("Contoso's", "'Contoso''s'"),
        ("a\u2018b\u2019c\u201ad\u201be", "'a\u2018\u2018b\u2019\u2019c\u201a\u201ad\u201b\u201be'"),
        ('$env:Path `n & %20 "x" #', "'$env:Path `n & %20 \"x\" #'"),
        ("one\n'@\ntwo", "'one\n''@\ntwo'"),
    ],
)
def test_text_stands_in_single_quotes_with_each_kind_of_them_doubled(text: str, written: str) -> None:
    assert literal(text) == written


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\ud800b", "a\ufffeb"])
def test_a_character_that_no_script_carries_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="take it out"):
        literal(text)


def test_values_are_written_as_powershell_writes_them() -> None:
    assert expression(True) == "$true"
    assert expression(False) == "$false"
    assert expression(19_045) == "19045"
    assert expression(("a", "b'c")) == "@('a', 'b''c')"
    assert expression(()) == "@()"
    assert expression({"DHGroup": "Group14", "PfsGroup": "ECP256"}) == "@{ DHGroup = 'Group14'; PfsGroup = 'ECP256' }"


@pytest.mark.parametrize("name", ["", "a b", "$a", "a;b", "1a"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        expression({name: "x"})


def test_a_script_begins_with_the_mark_by_which_windows_reads_utf_8() -> None:
    assert script("remove.ps1", {}).decode().startswith(f"{BYTE_ORDER_MARK}<#")


def test_parts_and_values_come_where_the_template_names_them() -> None:
    text = script("remove.ps1", {"DeviceName": "\u00d6 #@ prologue.ps1\n"}).decode()

    assert "$DeviceName = '\u00d6 #@ prologue.ps1\n'\n" in text
    assert text.index("param(") < text.index("$DeviceName = ") < text.index("function Write-Log")
    assert text.count("function Write-Log") == 1


def test_a_text_has_the_line_ends_of_windows() -> None:
    names = dict.fromkeys(("organisation", "device_groups", "startup_script", "remove_script", "missing"), "x\ny")

    text = filled("group-policy.txt", names)

    assert text.count(b"\n") == text.count(b"\r\n")
    assert b"x\r\ny" in text
