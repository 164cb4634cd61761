"""Values of values: records (dataclasses), unions of records, tables, lists, tuples and sets.

cattrs builds them; the hooks here look at what was given first, because cattrs would take a text for a list of letters
and answer a number in a table's place with Python's own words.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping

from cattrs import Converter
from cattrs.cols import is_frozenset, is_mapping, is_mutable_sequence, list_structure_factory, mapping_structure_factory
from cattrs.dispatch import StructureHook
from cattrs.gen import make_dict_structure_fn

from evertunnel.documents.wording import shown, wrong


def add_containers(converter: Converter) -> None:
    """Teaches a converter the containers; scalars must be known to it before."""
    factories: tuple[tuple[Callable[[type], bool], Callable[[type, Converter], StructureHook]], ...] = (
        (dataclasses.is_dataclass, _record_hook),
        (is_mapping, _table_hook),
        (is_mutable_sequence, _list_hook),
        (is_frozenset, _collection_hook),
        (lambda kind: _is_tuple(kind) and _is_endless(kind), _collection_hook),
        (lambda kind: _is_tuple(kind) and not _is_endless(kind), _row_hook),
        (lambda kind: len(_variants(kind)) > 1, _union_hook),
    )
    for predicate, factory in factories:
        _register(converter, predicate, factory)


def _register(
    converter: Converter, predicate: Callable[[type], bool], factory: Callable[[type, Converter], StructureHook]
) -> None:
    converter.register_structure_hook_factory(predicate, lambda kind: factory(kind, converter))


def _record_hook(kind: type, converter: Converter) -> StructureHook:
    build: StructureHook = make_dict_structure_fn(kind, converter)
    return lambda value, _: build(_table(value), kind)


def _table_hook(kind: type, converter: Converter) -> StructureHook:
    build: StructureHook = mapping_structure_factory(kind, converter)
    return lambda value, _: _same_length(build(_table(value), kind), _table(value))


def _list_hook(kind: type, converter: Converter) -> StructureHook:
    build: StructureHook = list_structure_factory(kind, converter)
    return lambda value, _: build(_list(value), kind)


def _collection_hook(kind: type, converter: Converter) -> StructureHook:
    items = typing.cast("type", types.GenericAlias(list, typing.get_args(kind)[:1]))
    if _is_tuple(kind):
        return lambda value, _: tuple(converter.structure(value, items))
    return lambda value, _: frozenset(converter.structure(value, items))


def _row_hook(kind: type, converter: Converter) -> StructureHook:
    build = converter.gen_structure_hetero_tuple(kind)
    length = len(typing.get_args(kind))
    return lambda value, _: build(_row(value, length), kind)


def _union_hook(kind: type, converter: Converter) -> StructureHook:
    return lambda value, _: None if value is None else converter.structure(value, _variant(kind, _table(value)))


def _is_tuple(kind: type) -> bool:
    return typing.get_origin(kind) is tuple


def _is_endless(kind: type) -> bool:
    return typing.get_args(kind)[-1:] == (...,)


def _variants(kind: object) -> tuple[type, ...]:
    if typing.get_origin(kind) not in {types.UnionType, typing.Union}:
        return ()
    return tuple(one for one in typing.get_args(kind) if isinstance(one, type) and dataclasses.is_dataclass(one))


def _variant(kind: type, table: Mapping[str, object]) -> type:
    """The one member of a union of dataclasses whose fields are those of the table."""
    fitting = [one for one in _variants(kind) if _required(one) <= set(table) <= _names(one)]
    if len(fitting) != 1:
        names = ", ".join(one.__name__ for one in _variants(kind))
        raise wrong(dict(table), f"one of {names}", "give all settings of one of them and no others")
    return fitting[0]


def _names(kind: type) -> set[object]:
    return {field.name for field in dataclasses.fields(kind)}


def _required(kind: type) -> set[object]:
    none = dataclasses.MISSING
    return {field.name for field in dataclasses.fields(kind) if field.default is none and field.default_factory is none}


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise wrong(value, "a table", "write it as key = value pairs")
    return value


def _list(value: object) -> list[object] | tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise wrong(value, "a list", "write it in square brackets")
    return value


def _row(value: object, length: int) -> list[object] | tuple[object, ...]:
    values = _list(value)
    if len(values) != length:
        raise ValueError(f"{shown(value)} has {len(values)} values; give {length}")
    return values


def _same_length(built: Mapping[object, object], table: Mapping[str, object]) -> Mapping[object, object]:
    if len(built) != len(table):
        raise ValueError("two of its keys are the same name; names do not differ by upper and lower case")
    return built
