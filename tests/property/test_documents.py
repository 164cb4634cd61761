"""What is written is read again, and nothing that comes from outside ends in anything but a DocumentError."""

import json
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.documents import from_json, read, to_json, write
from evertunnel.errors import DocumentError
from evertunnel.values import Fqdn, GroupName, HostName, ObjectId, Secret, Serial


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    text: str
    number: int
    fraction: float
    flag: bool
    octets: bytes
    address: IPv4Address
    network: IPv4Network
    interface: IPv4Interface
    path: Path
    colour: Colour
    secret: Secret
    serial: Serial
    arc: ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Twig:
    port: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    name: Fqdn
    groups: tuple[GroupName, ...]
    leaves: dict[HostName, Leaf]
    numbers: frozenset[int]
    twigs: frozenset[Twig]
    either: Leaf | Twig | None
    pair: tuple[HostName, bool]


texts = st.text(st.characters(exclude_categories=["Cs"]))
hosts = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True).map(HostName)
networks = st.builds(
    lambda number, prefix: IPv4Network((number >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)
leaves = st.builds(
    Leaf,
    text=texts,
    number=st.integers(-(2**63), 2**63 - 1),
    fraction=st.floats(allow_nan=False, allow_infinity=False),
    octets=st.binary(),
    address=st.ip_addresses(v=4),
    network=networks,
    interface=st.builds(lambda a, p: IPv4Interface((a, p)), st.integers(0, 2**32 - 1), st.integers(0, 32)),
    path=st.from_regex(r"/[a-z./]{0,20}", fullmatch=True).map(Path),
    secret=texts.map(Secret),
    serial=st.integers(1, 2**159).map(Serial.of),
    arc=st.lists(st.integers(0, 2**32 - 1), max_size=8).map(lambda ns: ObjectId(".".join(map(str, (2, 25, *ns))))),
)
twigs = st.builds(Twig, port=st.none() | st.integers(0, 65535))
trees = st.builds(
    Tree,
    name=hosts.map(lambda host: Fqdn(f"{host}.contoso.com")),
    groups=st.lists(st.from_regex(r"[A-Za-z][A-Za-z0-9 ]{0,10}[A-Za-z]", fullmatch=True).map(GroupName)).map(tuple),
    leaves=st.dictionaries(hosts, leaves, max_size=3),
    numbers=st.frozensets(st.integers(0, 99)),
    twigs=st.frozensets(twigs),
    either=st.none() | leaves | twigs,
    pair=st.tuples(hosts, st.booleans()),
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=10,
)


@given(trees)
def test_what_is_written_is_read_again(tree: Tree) -> None:
    assert read(Tree, write(tree), name="d") == tree
    assert from_json(Tree, to_json(tree), name="d") == tree


@given(trees)
def test_what_is_written_is_the_same_again(tree: Tree) -> None:
    text = to_json(tree)

    assert to_json(from_json(Tree, text, name="d")) == text


@given(anything)
def test_any_document_is_read_or_refused(document: object) -> None:
    read_or_printable_refusal(document)


@given(trees, st.data())
def test_a_document_with_one_thing_changed_is_read_or_refused(tree: Tree, data: st.DataObject) -> None:
    document = json.loads(to_json(tree))
    table = data.draw(st.sampled_from([document, *document["leaves"].values()]))
    table[data.draw(st.sampled_from([*table, "other"]))] = data.draw(anything)

    read_or_printable_refusal(document)


@given(st.text(st.characters()) | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    with suppress(DocumentError):
        from_json(Tree, text, name="d")


def read_or_printable_refusal(document: object) -> None:
    try:
        read(Tree, document, name="d")
    except DocumentError as error:
        assert all(line.isprintable() for line in str(error).split("\n"))  # noqa: PT017 (either outcome is right)
