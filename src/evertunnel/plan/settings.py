"""How one setting is declared: type by annotation, and here its default, its help and its range.

The parser, the JSON Schema and the reference page all read this one declaration.
"""

from collections.abc import Callable
from dataclasses import MISSING, field
from typing import Any


def setting(
    help_: str,
    *,
    default: Any = MISSING,  # noqa: ANN401 (any setting's default)
    factory: Callable[[], Any] | None = None,
    minimum: int | None = None,
    maximum: int | None = None,
) -> Any:  # noqa: ANN401 (a dataclass field, which type checkers take for its type)
    """Declares a setting of a plan section; without default or factory it is required.

    A range holds for a number, and for each number of a list.
    """
    metadata = {"help": help_, "minimum": minimum, "maximum": maximum}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)
