"""Long lists in pages: people read one page and a hint how to go on, programs get all they ask for."""

import argparse
from collections.abc import Callable, Sequence
from typing import TypeVar

from evertunnel.directory.model import Page

T = TypeVar("T")

ROWS = 100


def add_paging(parser: argparse.ArgumentParser, *, after: Callable[[str], str] = str, metavar: str = "NAME") -> None:
    """Declares --limit and --after; `after` reads what a row is called by."""
    parser.add_argument(
        "--limit", type=_whole, metavar="N", help=f"print so many at most; {ROWS} where not given, with --json all"
    )
    parser.add_argument("--after", type=after, metavar=metavar, help=f"begin after this {metavar.lower()}")


def page(arguments: argparse.Namespace) -> Page:
    """What is asked of the directory: one row more than printed, which tells whether there are more."""
    after = arguments.after or ""
    if arguments.limit is None and arguments.json:
        return Page(after=after)
    return Page(after=after, limit=(arguments.limit or ROWS) + 1)


def shown(rows: Sequence[T], asked: Page) -> Sequence[T]:
    """The rows to print."""
    return rows if asked.limit is None else rows[: asked.limit - 1]


def print_more(last: str, rows: Sequence[object], asked: Page) -> None:
    """Says how to see what follows, if anything does."""
    if asked.limit is not None and len(rows) >= asked.limit:
        print(f'more follow: add --after "{last}"' if " " in last else f"more follow: add --after {last}")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows; write one from 1 to 1000000")
    return int(text)
