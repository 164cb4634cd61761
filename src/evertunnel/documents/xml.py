"""XML that a stranger may have sent: bytes or text to a small tree that knows its lines and its source.

No DOCTYPE, so no entities and nothing external; bounded in size and depth. What is not well-formed is told with line,
column and the elements that were open.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

LARGEST = 4 * 2**20
DEEPEST = 64
OPEN_SHOWN = 8  # elements around what is wrong
START_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
DECLARED = re.compile(r"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
BARE_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


class NotWellFormed(ValueError):
    """Text that is no XML, or XML that is refused: where it went wrong, and which elements were open there."""

    def __init__(self, what: str, line: int, column: int, *inside: str) -> None:
        self.what, self.line, self.column, self.inside = what, line, column, inside
        within = f", inside {'/'.join(inside)}" if inside else ""
        super().__init__(f"line {line}, column {column}{within}: {what}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Element:
    """One element. `text` is what stands directly in it, in all pieces."""

    name: str
    namespace: str
    line: int
    attributes: Mapping[str, str]
    children: "tuple[Element, ...]"
    text: str
    document: bytes = field(repr=False)
    span: tuple[int, int]
    content: tuple[int, int]

    @property
    def source(self) -> str:
        """Its own XML as it was written."""
        return self.document[slice(*self.span)].decode()

    @property
    def inner(self) -> str:
        """What stands between its tags, as it was written."""
        return self.document[slice(*self.content)].decode()

    def child(self, name: str) -> "Element | None":
        """Its first child of this name, in whatever namespace."""
        return next((each for each in self.children if each.name == name), None)


@dataclass(slots=True)
class _Open:
    """An element whose end has not been seen."""

    name: str
    namespace: str
    line: int
    attributes: dict[str, str]
    start: int
    content: int  # where what is between its tags begins
    children: list[Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def parse(data: bytes | str) -> Element:
    """The root element; NotWellFormed if there is none, or if the text asks for what is not let in."""
    if len(data) > LARGEST:
        raise NotWellFormed(f"it is larger than {LARGEST // 2**20} MiB", 1, 1)
    text = data.removeprefix("\ufeff") if isinstance(data, str) else decode(data)
    try:
        octets = text.encode()
    except UnicodeEncodeError as error:
        raise NotWellFormed(
            "it holds half a character (a lone surrogate)", text.count("\n", 0, error.start) + 1, 1
        ) from None
    return _Parsing.of(octets)


def decode(data: bytes) -> str:
    """Text of a file: by its byte order mark, by how it begins, by what it declares, else UTF-8.

    A declaration that the bytes contradict is common (PowerShell writes utf-16 into files of UTF-8) and loses.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    for start, encoding in BARE_UTF16:
        if data.startswith(start):
            return _decoded(data, encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        declared = DECLARED.match(data[:200].decode("latin-1"))
        if declared is None or declared[1].lower() in {"utf-8", "utf8"}:
            raise _bad_octet(data, error) from None
        return _decoded(data, declared[1])


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise NotWellFormed(f"it declares an encoding that is not known, {encoding!r}", 1, 1) from None
    except UnicodeDecodeError as error:
        raise _bad_octet(data, error) from None
    except ValueError as error:
        raise NotWellFormed(f"it cannot be read as {encoding}: {error}", 1, 1) from None


def _bad_octet(data: bytes, error: UnicodeDecodeError) -> NotWellFormed:
    before = data[: error.start]
    line = before.count(b"\n") + 1
    column = error.start - (before.rfind(b"\n") + 1) + 1
    return NotWellFormed(
        f"octet 0x{data[error.start]:02x} is no {error.encoding}; save the file as UTF-8", line, column
    )


class _Parsing:
    """One run of expat: a stack of what is open, and the tree as it grows."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._stack: list[_Open] = []
        self._root: Element | None = None
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.ordered_attributes = False
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    @classmethod
    def of(cls, octets: bytes) -> Element:
        """Parses; the handlers' own errors come through as they are."""
        parsing = cls(octets)
        try:
            parsing._parser.Parse(octets, True)  # noqa: FBT003 (expat's "this is all")
        except expat.ExpatError as error:
            raise parsing._failed(expat.ErrorString(error.code), error.lineno, error.offset + 1) from None
        finally:
            del parsing._parser  # it holds what holds it: a circle, which waits for the collector with all the tree
        if parsing._root is None:
            raise NotWellFormed("it is empty", 1, 1)
        return parsing._root

    def _failed(self, what: str, line: int | None = None, column: int | None = None) -> NotWellFormed:
        line = self._parser.CurrentLineNumber if line is None else line
        column = self._parser.CurrentColumnNumber + 1 if column is None else column
        return NotWellFormed(what, line, column, *(each.name for each in self._stack[-OPEN_SHOWN:]))

    def _doctype(self, *_: object) -> None:
        raise self._failed("it has a DOCTYPE, which no profile needs and which can do harm; delete it")

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        if len(self._stack) >= DEEPEST:
            raise self._failed(f"elements are nested deeper than {DEEPEST}")
        namespace, _, name = full.rpartition(" ")
        start = self._parser.CurrentByteIndex
        tag = START_TAG.match(self._octets, start)
        content = tag.end() if tag else start  # expat has read the tag, so there is one
        self._stack.append(_Open(name, namespace, self._parser.CurrentLineNumber, attributes, start, content))

    def _characters(self, data: str) -> None:
        self._stack[-1].text.append(data)

    def _end(self, _: str) -> None:
        ended, at = self._stack.pop(), self._parser.CurrentByteIndex
        element = self._element(ended, at)
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self._root = element

    def _element(self, ended: _Open, at: int) -> Element:
        # expat tells the end of <a/> behind it, of others where "</" stands.
        is_empty_tag = self._octets[ended.content - 2 : ended.content] == b"/>"
        closes = ended.content if is_empty_tag else self._octets.index(b">", at) + 1
        return Element(
            name=ended.name,
            namespace=ended.namespace,
            line=ended.line,
            attributes=ended.attributes,
            children=tuple(ended.children),
            text="".join(ended.text),
            document=self._octets,
            span=(ended.start, closes),
            content=(ended.content, closes if is_empty_tag else at),
        )


def stands_alone(source: str) -> bool:
    """Whether an element's source can be moved: it uses no prefix that is declared above it."""
    try:
        parse(source)
    except NotWellFormed:
        return False
    return True


def inside(element: Element, outer: str = "") -> str:
    """What stands in an element, to be put elsewhere: as it was written, or anew where its prefixes are from above."""
    inner = element.inner.strip()
    if stands_alone(f"<moved>{inner}</moved>"):
        return inner
    return "".join(rebuilt(each, outer) for each in element.children)


def rebuilt(element: Element, outer: str = "") -> str:
    """An element written anew, each namespace declared where it changes: what `source` is when no prefix is in it."""
    declared = "" if element.namespace == outer else f" xmlns={quoteattr(element.namespace)}"
    names = {name.rpartition(" ")[2]: value for name, value in element.attributes.items()}
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in names.items())
    inside = (
        escape(element.text)
        if not element.children
        else "".join(rebuilt(each, element.namespace) for each in element.children)
    )
    return f"<{element.name}{declared}{attributes}>{inside}</{element.name}>"
