from dataclasses import replace

from evertunnel.profiles.lint.finding import Class, Finding, Severity

FINDING = Finding(
    code="RD008",
    severity=Severity.ERROR,
    class_=Class.VALUE,
    path="VPNProfile/AlwaysOn",
    line=3,
    why="it cannot be read",
    mend="Mend it.",
)


def test_programs_get_words() -> None:
    assert FINDING.document == {
        "code": "RD008",
        "severity": "error",
        "class": "wrong value",
        "path": "VPNProfile/AlwaysOn",
        "line": 3,
        "why": "it cannot be read",
        "mend": "Mend it.",
    }


def test_a_column_is_told_where_there_is_one() -> None:
    assert replace(FINDING, column=5).document["column"] == 5
