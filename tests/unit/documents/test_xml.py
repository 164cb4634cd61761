import pytest

from evertunnel.documents import xml
from evertunnel.documents.xml import NotWellFormed


def test_tree_knows_names_namespaces_lines_and_text() -> None:
    root = xml.parse(b'<a xmlns="urn:x">\n  <b c="1">t&amp;u</b>\n</a>')

    (child,) = root.children
    assert (root.name, root.namespace, root.line) == ("a", "urn:x", 1)
    assert (child.name, child.namespace, child.line, child.text) == ("b", "urn:x", 2, "t&u")
    assert child.attributes == {"c": "1"}
    assert root.child("b") is child
    assert root.child("d") is None


@pytest.mark.parametrize(
    ("source", "inner"),
    [
        ('<b c=">"/>', ""),
        ("<b> x<c/>y <!-- z --></b>", " x<c/>y <!-- z -->"),
        ("<b></b>", ""),
        ("<b><![CDATA[<c>]]></b>", "<![CDATA[<c>]]>"),
        ("<b\n  c='/'></b >", ""),
    ],
)
def test_source_of_an_element_is_what_was_written(source: str, inner: str) -> None:
    (element,) = xml.parse(f"<a>é{source} </a>").children

    assert (element.source, element.inner) == (source, inner)


@pytest.mark.parametrize(
    "data",
    [
        "<a>é</a>".encode(),
        b"\xef\xbb\xbf" + "<a>é</a>".encode(),
        "<a>é</a>".encode("utf-16"),
        "<a>é</a>".encode("utf-16-le"),
        "<a>é</a>".encode("utf-16-be"),
        '<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode(),
        '<?xml version="1.0" encoding="windows-1252"?><a>é</a>'.encode("cp1252"),
        "\ufeff<a>é</a>",
    ],
)
def test_every_encoding_of_the_field_is_read(data: bytes | str) -> None:
    assert xml.parse(data).text == "é"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1, column 1: no element found"),
        (b"<a>\n <b></a>", "line 2, column 7, inside a/b: mismatched tag"),
        (b"<a>", "line 1, column 4, inside a: no element found"),
        (b"<a/>x", "line 1, column 5: junk after document element"),
        (b"<a>&x;</a>", "line 1, column 4, inside a: undefined entity"),
        (b"<a>\n\xff</a>", "line 2, column 1: octet 0xff is no utf-8; save the file as UTF-8"),
        (b'<?xml version="1.0" encoding="no-such"?><a>\xff</a>', "encoding that is not known, 'no-such'"),
        (b"\xff\xfe<", "save the file as UTF-8"),
        ("<a>\ud800</a>", "half a character"),
        (b"<a>" * 200, "nested deeper than 64"),
        (b" " * (xml.LARGEST + 1), "larger than 4 MiB"),
    ],
)
def test_what_is_no_xml_is_told_with_its_place(data: bytes | str, told: str) -> None:
    with pytest.raises(NotWellFormed) as refused:
        xml.parse(data)

    assert told in str(refused.value)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY b0 "x"><!ENTITY b1 "&b0;&b0;">]>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://192.0.2.1/x"> %p;]>',
    ],
)
def test_no_doctype_is_let_in(doctype: str) -> None:
    assert xml.parse("<a>b</a>").text == "b"
    with pytest.raises(NotWellFormed, match="DOCTYPE"):
        xml.parse(f"{doctype}<a>b</a>")


def test_what_uses_a_prefix_from_above_is_written_anew() -> None:
    (element,) = xml.parse('<r xmlns:p="urn:p"><p:a b="1&quot;"><c>&lt;</c></p:a></r>').children

    anew = xml.rebuilt(element)

    assert not xml.stands_alone(element.source)
    assert anew == """<a xmlns="urn:p" b='1"'><c xmlns="">&lt;</c></a>"""
    assert xml.stands_alone(anew)
    assert xml.parse(anew).namespace == "urn:p"
