"""How one element of the profile is declared: by its name in the XML, and what else is known of it.

Reader, writer, linter, the device management messages and the reference page all read this one declaration.
"""

from dataclasses import MISSING, Field, dataclass, field
from enum import Enum
from typing import Any

from evertunnel.plan.windows import Windows


class Shape(Enum):
    """How a value lies in the XML."""

    ELEMENT = "element"  # one element, or one for each member where the value is a tuple
    LIST = "list"  # one element whose text holds the members, separated
    ATTRIBUTE = "attribute"  # of the element that holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What is known of one element."""

    name: str
    shape: Shape = Shape.ELEMENT
    since: Windows = Windows.W10_1511
    in_schema: bool = True  # the published schema has it
    spellings: tuple[str, ...] = ()  # other names that published pages use
    namespace: str | None = None  # its own; else that of the element which holds it
    separator: str = ","
    wraps: str = ""  # an element between this one and its value: App has an Id
    within: range | None = None  # of a number
    always: bool = False  # written without a value too, because Windows' own schema wants it there


def node(name: str, *, required: bool = False, many: bool = False, **more: Any) -> Any:  # noqa: ANN401 (a dataclass field, which type checkers take for its type)
    """Declares an element; it may be left out unless it is required, and `many` gives a tuple."""
    metadata = {"node": Node(name=name, **more)}
    if required:
        return field(default=MISSING, metadata=metadata)
    return field(default=() if many else None, metadata=metadata)


def node_of(each: "Field[Any]") -> Node:
    """The declaration of a field."""
    declared: Node = each.metadata["node"]
    return declared
