from collections.abc import Iterator

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.read import read


@rule("XX001", Severity.NOTE, Class.TRAP)
def example(subject: Subject) -> Iterator[Found]:
    """A title.

    A reason, and what
    to do.
    """
    if subject.is_native:
        yield Found("VPNProfile/NativeProfile/Servers", "it is wrong", "Mend it.")
        yield Found("VPNProfile", "it is wrong, too", "Mend it.", line=7)


def test_the_docstring_is_the_page_entry() -> None:
    assert (example.title, example.explanation) == ("A title.", "A reason, and what\nto do.")


def test_a_finding_has_the_line_of_the_nearest_element_unless_it_says_which() -> None:
    subject = Subject(reading=read("<VPNProfile>\n<NativeProfile/></VPNProfile>"))

    first, second = example.findings(subject)

    assert (first.code, first.severity, first.class_, first.line) == ("XX001", Severity.NOTE, Class.TRAP, 2)
    assert (second.line, second.why, second.mend) == (7, "it is wrong, too", "Mend it.")
