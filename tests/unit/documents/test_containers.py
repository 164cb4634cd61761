from dataclasses import dataclass
from datetime import timedelta

import pytest
from cattrs.errors import StructureHandlerNotFoundError

from evertunnel.documents import from_json, read, to_json, write
from evertunnel.errors import DocumentError
from evertunnel.values import HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    radius: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    side: int
    name: str = "square"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    many: tuple[Circle, ...] = ()
    listed: "list[int] | None" = None
    pair: tuple[int, str] = (1, "a")
    names: frozenset[HostName] = frozenset()
    circles: frozenset[Circle] = frozenset()
    shape: Circle | Square | None = None
    shapes: "tuple[Circle | Square, ...]" = ()
    hosts: "dict[HostName, tuple[int, ...]] | None" = None


FULL = Holder(
    many=(Circle(radius=1), Circle(radius=2)),
    listed=[1, 2],
    pair=(3, "b"),
    names=frozenset({HostName("b"), HostName("a")}),
    circles=frozenset({Circle(radius=2), Circle(radius=1)}),
    shape=Square(side=3),
    shapes=(Circle(radius=1), Square(side=2)),
    hosts={HostName("a"): (1, 2)},
)


def test_containers_survive_json() -> None:
    assert from_json(Holder, to_json(FULL), name="d") == FULL


def test_sets_of_records_are_written_sorted() -> None:
    plain = write(FULL)

    assert isinstance(plain, dict)
    assert plain["circles"] == [{"radius": 1}, {"radius": 2}]
    assert plain["many"] == [{"radius": 1}, {"radius": 2}]


def test_a_tuple_may_be_the_whole_document() -> None:
    many = (Circle(radius=1), Circle(radius=2))

    assert read(tuple[Circle, ...], write(many), name="d") == many


@pytest.mark.parametrize(
    ("document", "path", "what"),
    [
        ({"many": {}}, "many", "{} is not a list"),
        ({"many": "ab"}, "many", "'ab' is not a list"),
        ({"many": [1]}, "many[0]", "1 is not a table"),
        ({"many": [{"radius": 1}, {"radius": "1"}]}, "many[1].radius", "'1' is not a whole number"),
        ({"listed": 1}, "listed", "1 is not a list"),
        ({"pair": [1]}, "pair", "[1] has 1 values"),
        ({"pair": [1, 2]}, "pair[1]", "2 is not text"),
        ({"pair": "1a"}, "pair", "'1a' is not a list"),
        ({"names": 3}, "names", "3 is not a list"),
        ({"shape": 3}, "shape", "3 is not a table"),
        ({"shape": {"radius": 1, "side": 1}}, "shape", "{'radius': 1, 'side': 1} is not one of Circle, Square"),
        ({"shape": {"radius": "x"}}, "shape.radius", "'x' is not a whole number"),
        ({"shapes": [{}]}, "shapes[0]", "{} is not one of Circle, Square"),
        ({"hosts": []}, "hosts", "[] is not a table"),
        ({"hosts": {"a": [], "A": []}}, "hosts", "two of its keys are the same name"),
        ({"hosts": {3: []}}, "hosts[3]", "3 is not text"),
    ],
)
def test_what_does_not_fit_is_told_with_its_path(document: object, path: str, what: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(Holder, document, name="d")

    (problem,) = caught.value.problems
    assert (problem.path, problem.what) == (path, what)


def test_a_record_with_a_type_that_no_document_holds_is_our_own_mistake() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Wrong:
        span: timedelta

    with pytest.raises(StructureHandlerNotFoundError):
        read(Wrong, {"span": 3}, name="d")
