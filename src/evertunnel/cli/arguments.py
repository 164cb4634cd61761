"""What verbs share in declaring their arguments: values checked at the border, and help that shows an example."""

import argparse
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Subparsers(Protocol):
    """What `add_subparsers` gives."""

    def add_parser(self, name: str, **options: Any) -> argparse.ArgumentParser: ...  # noqa: ANN401 (as argparse declares it)


def typed(kind: Callable[[str], T]) -> Callable[[str], T]:
    """An argument's type; a wrong value is told in the words of `kind`."""

    def read(text: str) -> T:
        try:
            return kind(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def add_verb(what: Subparsers, name: str, summary: str, *examples: str) -> argparse.ArgumentParser:
    """A verb below a verb, with examples below its help."""
    return what.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog="\n".join(("example:", *(f"  {example}" for example in examples))),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Declares --json."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
