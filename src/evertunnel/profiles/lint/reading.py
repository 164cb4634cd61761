"""What the reader remarked, as findings: unknown, misplaced, misspelt, unread."""

from collections.abc import Iterable, Iterator

from evertunnel.documents.xml import NotWellFormed
from evertunnel.profiles.lint.finding import Class, Finding, Severity
from evertunnel.profiles.lint.order import out_of_order
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import ROOT, Subject
from evertunnel.profiles.vpnv2.reading import Kind, Remark

BLOCK = "EapHostConfig"
BOOLEANS = {"true", "false"}
CONFIGURATION = "/Eap/Configuration"
APP_ID = "App/Id"
SERVERS = "/DnsServers"
LONGEST = 100


@rule("RD001", Severity.ERROR, Class.NOT_WELL_FORMED)
def is_well_formed(subject: Subject) -> Iterator[Found]:
    """The file is XML.

    Line and column say where it stops being it: a tag that is not closed, an `&` that is not written `&amp;`, an
    encoding that is not the one declared. A DOCTYPE is refused, because it can do harm.
    """
    del subject  # what is not well-formed was not read; `not_well_formed` makes its finding
    yield from ()


@rule("RD002", Severity.ERROR, Class.UNKNOWN)
def elements_are_known(subject: Subject) -> Iterator[Found]:
    """Each element is known.

    Windows ignores in silence what it does not know: most often a spelling, or a setting of another system.
    """
    for remark in _of(subject, Kind.UNKNOWN):
        near = f"Perhaps {remark.expected} is meant" if remark.expected else "Mend its spelling"
        yield _found(remark, "no such element is known, so Windows ignores it", f"{near}, or delete it.")


@rule("RD003", Severity.ERROR, Class.LEVEL)
def elements_are_where_they_belong(subject: Subject) -> Iterator[Found]:
    """Each element stands where it belongs.

    Windows ignores an element at the wrong level in silence, so the setting is not made.
    """
    for remark in _of(subject, Kind.WRONG_LEVEL):
        place = remark.expected or "the element that it belongs to"
        yield _found(remark, "it is known, but not here, so Windows ignores it", f"Move it to {place}.")


@rule("RD004", Severity.NOTE, Class.NOT_IN_SCHEMA)
def elements_are_in_the_schema(subject: Subject) -> Iterator[Found]:
    """Some known elements are not in the published schema.

    Windows takes them as the management tree describes them. A check against the schema refuses them. They are told
    of once, at the first of them.
    """
    remarks = [*_of(subject, Kind.NOT_IN_SCHEMA)]
    if remarks:
        yield Found(
            ROOT,
            f"known to Windows, and not in the published schema: {', '.join(_names(remarks))}",
            "Do nothing, unless you check against the schema.",
            line=min(remark.line for remark in remarks),
        )


@rule("RD005", Severity.NOTE, Class.ORDER)
def order_is_the_schemas(subject: Subject) -> Iterator[Found]:
    """Elements stand in the schema's order, or as Windows gives them back.

    Scripts that use the WMI bridge may write any order, as all of Microsoft's samples do: so this is a note. Intune
    on Windows 11 compares what it has set with what Windows gives back, which has an order of its own; a profile in
    another one it may apply again at each synchronisation, which drops the connection. `--fix --dialect intune`
    writes that order.
    """
    for parent, members in out_of_order(subject.reading).items():
        yield Found(
            parent,
            f"out of the schema's order: {', '.join(_names(members))}; scripts may, Intune on Windows 11 may not",
            "--fix puts them in order, for Intune with --dialect intune.",
            line=min(remark.line for remark in members),
        )


@rule("RD006", Severity.WARNING, Class.UNKNOWN)
def names_are_the_schemas(subject: Subject) -> Iterator[Found]:
    """Elements are spelt as in the schema.

    Published pages spell some in two ways. Windows may know one alone.
    """
    for remark in _of(subject, Kind.SPELLING):
        yield _found(remark, f"{_seen(remark)} is spelt {remark.expected} in the schema", f"Write {remark.expected}.")


@rule("RD007", Severity.ERROR, Class.UNKNOWN)
def block_has_its_namespaces(subject: Subject) -> Iterator[Found]:
    """The EAP block has the namespaces of Windows.

    They begin with http, not https, and each method and version has its own. Windows does not see settings in
    another one.
    """
    for remark in _namespaces(subject):
        if BLOCK in remark.path:
            yield _found(
                remark, f"Windows does not see it in the namespace {_seen(remark)}", f"Write {remark.expected}."
            )


@rule("RD008", Severity.ERROR, Class.VALUE)
def values_are_right(subject: Subject) -> Iterator[Found]:
    """Each value is one that Windows takes.

    With some wrong values Windows refuses the whole profile without saying which one it was ("a general error
    occurred that is not covered by a more specific error code"); with others it ignores the element. The words of
    PowerShell are not always those of the XML: GCMAES128 there is AES_GCM_128 in EncryptionMethod.
    """
    for remark in _of(subject, Kind.WRONG_VALUE):
        yield _found(remark, f"it cannot be read: {_short(remark.expected)}", "Mend the value, or delete the element.")


@rule("RD009", Severity.ERROR, Class.VALUE)
def booleans_are_small(subject: Subject) -> Iterator[Found]:
    """True and false are written small.

    With True, Windows takes the profile for wrong.
    """
    for remark in _of(subject, Kind.VALUE_SPELLING):
        if remark.expected in BOOLEANS:
            yield _found(remark, f"Windows does not take {_seen(remark)}", f"Write {remark.expected}.")


@rule("RD010", Severity.NOTE, Class.VALUE)
def lists_have_no_blanks(subject: Subject) -> Iterator[Found]:
    """Lists have no blanks.

    Microsoft's samples have some. Between DNS servers they have been seen to break.
    """
    for remark in _of(subject, Kind.VALUE_SPELLING):
        if remark.expected not in {*BOOLEANS, APP_ID} and not remark.path.endswith(SERVERS):
            yield _found(remark, f"{_seen(remark)} has blanks between its members", f"Write {_short(remark.expected)}.")


@rule("RD011", Severity.ERROR, Class.CONTRADICTION)
def elements_stand_once(subject: Subject) -> Iterator[Found]:
    """What may stand once stands once.

    Which of two Windows takes is not said.
    """
    for remark in _of(subject, Kind.DUPLICATE):
        yield _found(remark, "it stands a second time, and Windows takes one of the two", "Delete one.")


@rule("RD012", Severity.NOTE, Class.VALUE)
def elements_say_something(subject: Subject) -> Iterator[Found]:
    """An element says something.

    An empty one is read as left out. In the EAP block Windows writes empty ones itself.
    """
    for remark in _of(subject, Kind.EMPTY):
        if BLOCK not in remark.path and not remark.path.endswith(CONFIGURATION):  # AU002 says that better
            yield _found(remark, "it is empty, which is read as left out", "Delete it, or fill it.")


@rule("RD013", Severity.WARNING, Class.UNKNOWN)
def text_stands_in_elements(subject: Subject) -> Iterator[Found]:
    """Text stands in the element that it belongs to.

    Between elements it means nothing: most often a tag has been lost.
    """
    for remark in _of(subject, Kind.STRAY_TEXT):
        # What it says is not told: a key that has lost its tag may be in it.
        yield _found(remark, "text stands between elements", "Delete it, or give it its element.")


@rule("RD014", Severity.WARNING, Class.UNKNOWN)
def attributes_are_known(subject: Subject) -> Iterator[Found]:
    """Attributes are known.

    ProfileXML has none; the EAP block has Enabled on its filters.
    """
    for remark in _of(subject, Kind.ATTRIBUTE):
        yield _found(remark, f"the attribute {_seen(remark)} is not known", "Delete it.")


@rule("RD015", Severity.WARNING, Class.VALUE)
def block_is_elements(subject: Subject) -> Iterator[Found]:
    """The EAP block is elements, not text.

    Only where a node of the management tree is set by itself is the block written as text, with `&lt;`.
    """
    for remark in _of(subject, Kind.ESCAPED):
        yield _found(remark, "elements are expected, and here XML is written as text", "--fix mends it.")


@rule("RD016", Severity.NOTE, Class.VALUE)
def configuration_is_text(subject: Subject) -> Iterator[Found]:
    """CustomConfiguration is text.

    The app's XML is written with `&lt;` there. Microsoft's and vendors' samples write elements, and Windows seems
    to take both.
    """
    for remark in _of(subject, Kind.RAW):
        yield _found(remark, "the schema has text here, not elements", "--fix mends it.")


@rule("RD017", Severity.WARNING, Class.UNKNOWN)
def profile_has_no_namespace(subject: Subject) -> Iterator[Found]:
    """ProfileXML has no namespace.

    None of Microsoft's samples has one outside of the EAP block.
    """
    for remark in _namespaces(subject):
        if BLOCK not in remark.path:
            yield _found(remark, f"it is in the namespace {_seen(remark)}, and the schema has none", "Delete xmlns.")


@rule("RD018", Severity.NOTE, Class.LEVEL)
def block_is_in_a_profile(subject: Subject) -> Iterator[Found]:
    """An EAP block stands in a profile.

    By itself only the block is checked.
    """
    for remark in _of(subject, Kind.FRAGMENT):
        yield _found(remark, "it is an EAP block alone, so nothing but the block is checked", "Nothing.")


@rule("RD019", Severity.WARNING, Class.VALUE)
def apps_have_their_id(subject: Subject) -> Iterator[Found]:
    """An App has an Id.

    An older schema had the app's name directly in App; the one of today wants App/Id.
    """
    for remark in _of(subject, Kind.VALUE_SPELLING):
        if remark.expected == APP_ID:
            yield _found(remark, "the app's name stands in App, without Id", "Write <App><Id>…</Id></App>.")


@rule("RD020", Severity.WARNING, Class.VALUE)
def dns_servers_have_no_blanks(subject: Subject) -> Iterator[Found]:
    """DnsServers has no blanks.

    In the field a blank after the comma broke name resolution.
    """
    for remark in _of(subject, Kind.VALUE_SPELLING):
        if remark.path.endswith(SERVERS):
            yield _found(remark, "a blank between DNS servers has been seen to break them", "Write commas alone.")


def not_well_formed(error: NotWellFormed) -> Finding:
    """The finding for a file that could not be read at all."""
    return Finding(
        code=is_well_formed.code,
        severity=is_well_formed.severity,
        class_=is_well_formed.class_,
        path="/".join(error.inside),
        line=error.line,
        column=error.column,
        why=error.what,
        mend="Mend the XML at this place, or shortly before.",
    )


def _of(subject: Subject, kind: Kind) -> Iterator[Remark]:
    return (remark for remark in subject.reading.remarks if remark.kind is kind)


def _names(remarks: Iterable[Remark]) -> Iterable[str]:
    """The elements by their names, each once."""
    return dict.fromkeys(remark.path.rpartition("/")[2].partition("[")[0] for remark in remarks)


def _namespaces(subject: Subject) -> Iterator[Remark]:
    """Where a wrong namespace begins: what stands inside inherits it."""
    seen: set[tuple[str, str]] = set()
    for remark in _of(subject, Kind.NAMESPACE):
        if (remark.path.rpartition("/")[0], remark.seen) not in seen:
            yield remark
        seen.add((remark.path, remark.seen))


def _found(remark: Remark, why: str, mend: str) -> Found:
    return Found(remark.path, why, mend, line=remark.line)


def _seen(remark: Remark) -> str:
    return repr(_short(remark.seen))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


RULES = (
    is_well_formed,
    elements_are_known,
    elements_are_where_they_belong,
    elements_are_in_the_schema,
    order_is_the_schemas,
    names_are_the_schemas,
    block_has_its_namespaces,
    values_are_right,
    booleans_are_small,
    lists_have_no_blanks,
    elements_stand_once,
    elements_say_something,
    text_stands_in_elements,
    attributes_are_known,
    block_is_elements,
    configuration_is_text,
    profile_has_no_namespace,
    block_is_in_a_profile,
    apps_have_their_id,
    dns_servers_have_no_blanks,
)
