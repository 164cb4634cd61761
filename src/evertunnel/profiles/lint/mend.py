"""What can be mended without a decision: the profile written anew, in order, spelt as Windows wants it."""

from dataclasses import dataclass

from evertunnel.profiles.lint import reading as remarks
from evertunnel.profiles.lint.finding import Finding
from evertunnel.profiles.lint.order import dialect_of, is_in
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.reading import Kind, Reading
from evertunnel.profiles.vpnv2.write import Dialect, as_windows_echoes, write, write_eap

# What each of these rules finds is gone from a profile that is written anew, and nothing else of it has changed.
MENDED: dict[Rule, str] = {
    remarks.order_is_the_schemas: "put in order",
    remarks.names_are_the_schemas: "spelt as in the schema",
    remarks.block_has_its_namespaces: "given its namespace",
    remarks.profile_has_no_namespace: "given its namespace",
    remarks.booleans_are_small: "written small",
    remarks.lists_have_no_blanks: "freed of blanks",
    remarks.dns_servers_have_no_blanks: "freed of blanks",
    remarks.apps_have_their_id: "given its Id",
    remarks.elements_say_something: "deleted, because it was empty",
    remarks.text_stands_in_elements: "freed of text between its elements",
    remarks.attributes_are_known: "freed of an unknown attribute",
    remarks.block_is_elements: "written as elements",
    remarks.configuration_is_text: "written as text",
}
WITHOUT_COMMENTS = "comments are not kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A profile written anew, and what is different in it; nothing is different when nothing was to be mended."""

    text: str
    changes: tuple[str, ...]


def mend(reading: Reading, dialect: Dialect | None = None) -> Mended | None:
    """The profile mended; None when there is nothing to mend. Without a dialect the order says for whom it is.

    What the reader did not understand stays as it was. What is no profile and not understood is not mended.
    """
    subject = Subject(reading=reading)
    if not subject.is_whole and reading.profile.left:
        return None
    # What has a wrong value is kept as it was written, with all that is inside.
    unread = {remark.path for remark in reading.remarks if remark.kind is Kind.WRONG_VALUE}
    changes = [
        _change(finding, what)
        for rule, what in MENDED.items()
        for finding in rule.findings(subject)
        if unread.isdisjoint(_around(finding.path))
    ]
    if dialect is not None and subject.is_whole and not _is_written(reading, dialect):
        changes.append(f"written in the dialect {dialect.value}")
    if not changes:
        return None
    return Mended(text=_written(reading, subject, dialect), changes=(*changes, WITHOUT_COMMENTS))


def _change(finding: Finding, what: str) -> str:
    return f"line {finding.line}: {finding.path}: {what}"


def _around(path: str) -> list[str]:
    """The element itself, and those that it stands in."""
    steps = path.split("/")
    return ["/".join(steps[:number]) for number in range(1, len(steps) + 1)]


def _is_written(reading: Reading, dialect: Dialect) -> bool:
    is_echoed = dialect is Dialect.WMI or as_windows_echoes(reading.profile) == reading.profile
    return is_echoed and is_in(reading, dialect)


def _written(reading: Reading, subject: Subject, dialect: Dialect | None) -> str:
    eap = subject.authentication.eap
    if not subject.is_whole and eap is not None:
        return write_eap(eap, reading.profile.left)
    return write(reading.profile, dialect or dialect_of(reading))
