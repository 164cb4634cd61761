"""PowerShell scripts: templates/*.ps1 with their parts and a plan's values in them.

A template is a whole script. A line `#@ values` in it stands for assignments, `#@ part.ps1` for another file.
"""

import re
from collections.abc import Mapping
from importlib import resources
from types import ModuleType

from evertunnel.profiles.windows import templates

Value = str | int | bool | tuple[str, ...] | Mapping[str, str]

# PowerShell ends a string in single quotes at any of these, and takes two of them for one.
SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
QUOTE = re.compile(f"([{SINGLE_QUOTES}])")
# What XML cannot carry either (XML 1.0, 2.2).
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
INCLUDE = re.compile(r"^#@ (\S+)\n", re.MULTILINE)
VALUES = "values"
# Without it Windows PowerShell reads UTF-8 as the client's own code page.
BYTE_ORDER_MARK = "\ufeff"


def script(template: str, values: Mapping[str, Value], *, folder: ModuleType = templates) -> bytes:
    """A script as Windows PowerShell 5.1 reads it; lines end in LF, so that values with line ends stay as they are."""
    block = "".join(f"${_name(name)} = {expression(value)}\n" for name, value in values.items())

    def part(match: re.Match[str]) -> str:
        return f"{block}\n" if match[1] == VALUES else f"{_text(folder, match[1])}\n"

    return (BYTE_ORDER_MARK + INCLUDE.sub(part, _text(folder, template))).encode()


def filled(template: str, names: Mapping[str, str]) -> bytes:
    """A text for people with names in it, as every editor of Windows shows it."""
    text = _text(templates, template).format_map(names)
    return text.replace("\r", "").replace("\n", "\r\n").encode()


def expression(value: Value) -> str:
    """A value as PowerShell writes it."""
    match value:
        case bool():
            return "$true" if value else "$false"
        case int():
            return str(value)
        case str():
            return literal(value)
        case tuple():
            return f"@({', '.join(map(literal, value))})"
        case _:
            return f"@{{ {'; '.join(f'{_name(name)} = {literal(text)}' for name, text in value.items())} }}"


def literal(text: str) -> str:
    """Text in single quotes, in which PowerShell expands nothing: the only way by which text comes into a script."""
    unfit = UNFIT.search(text)
    if unfit:
        raise ValueError(f"{text!r} holds the character {unfit[0]!r}, which no script carries; take it out")
    doubled = QUOTE.sub(r"\1\1", text)
    return f"'{doubled}'"


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a variable here")
    return name


def _text(folder: ModuleType, name: str) -> str:
    return resources.files(folder).joinpath(name).read_text(encoding="utf-8")
