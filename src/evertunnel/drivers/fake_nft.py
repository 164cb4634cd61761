"""A stand-in for nftables: tables of sets, chains and rules, in the commands that we use; rules are kept as words."""

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from evertunnel.drivers.nft import TABLE, Element, Listing
from evertunnel.drivers.nft_elements import Add, Change
from evertunnel.errors import EngineRejected

COMMAND = re.compile(r"(add|delete|flush) (table|set|chain|rule|element) (\S+ \S+) ?(\S*) ?(.*)")
ELEMENT = re.compile(r"(\S+?)(?: timeout ([0-9.]+)s)?(?: expires [0-9.]+s)?\s*(?:,|$)")


@dataclass(slots=True)
class _Tables:
    """What the kernel would hold; an element's value is its time-out and when it ends."""

    names: set[str] = field(default_factory=set)
    sets: dict[tuple[str, str], str] = field(default_factory=dict)
    chains: dict[tuple[str, str], str] = field(default_factory=dict)
    rules: list[tuple[str, str, str]] = field(default_factory=list)
    elements: dict[tuple[str, str], dict[str, tuple[float | None, float | None]]] = field(default_factory=dict)


class FakeNft:
    """One kernel's tables. A command that contains a text in `broken` is refused, with all that came with it."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        self._clock = clock
        self._tables = _Tables()
        self.broken: set[str] = set()
        self.ran: list[str] = []

    def run(self, commands: str) -> None:
        """Runs commands as one transaction."""
        self._tables = self._transaction(commands)
        self.ran.append(commands)

    def change(self, changes: Sequence[Change]) -> None:
        """Changes elements as one transaction."""
        self.run("".join(_words(change) for change in changes))

    def check(self, commands: str) -> None:
        """Looks at commands."""
        self._transaction(commands)

    def table(self, family: str, name: str) -> Listing:
        """Everything in a table but elements."""
        table, tables = f"{family} {name}", self._tables
        if table not in tables.names:
            return []
        own = {"family": family, "table": name}
        sets: Listing = [
            {"set": {**own, "name": key[1], "type": what}} for key, what in tables.sets.items() if key[0] == table
        ]
        chains: Listing = [
            {"chain": {**own, "name": key[1], "hook": what}} for key, what in tables.chains.items() if key[0] == table
        ]
        rules: Listing = [
            {"rule": {**own, "chain": chain, "expr": [text]}} for each, chain, text in tables.rules if each == table
        ]
        itself: Listing = [{"table": {"family": family, "name": name}}]
        return [*itself, *sets, *chains, *rules]

    def elements(self, set_name: str, table: str = TABLE) -> tuple[Element, ...]:
        """The elements that have not expired."""
        now = self._clock()
        found = self._tables.elements.get((table, set_name), {})
        return tuple(
            Element(value=value, timeout=timeout, expires=None if end is None else end - now)
            for value, (timeout, end) in sorted(found.items())
            if end is None or end > now
        )

    def _transaction(self, commands: str) -> _Tables:
        tables = copy.deepcopy(self._tables)
        self._expire(tables)
        for line in filter(None, (line.strip() for line in commands.splitlines())):
            found = COMMAND.fullmatch(line)
            if found is None or any(text in line for text in self.broken):
                raise EngineRejected(f"nft: Error: {line}")
            verb, kind, table, name, rest = found.groups()
            _do(tables, f"{verb} {kind}", (table, name), rest, self._clock())
        return tables

    def _expire(self, tables: _Tables) -> None:
        now = self._clock()
        for name, elements in tables.elements.items():
            alive = {value: ends for value, ends in elements.items() if ends[1] is None or ends[1] > now}
            tables.elements[name] = alive


def _words(change: Change) -> str:
    verb, seconds = ("add", change.seconds) if isinstance(change, Add) else ("delete", None)
    timeout = "" if seconds is None else f" timeout {seconds}s"
    return f"{verb} element {TABLE} {change.set_name} {{ {change.address}{timeout} }}\n"


def _do(tables: _Tables, what: str, key: tuple[str, str], rest: str, now: float) -> None:
    table, name = key
    match what:
        case "add table":
            tables.names.add(table)
        case "delete table":
            _delete_table(tables, table)
        case "add set":
            tables.sets.setdefault(key, rest)
            tables.elements.setdefault(key, {})
        case "delete set":
            _must(key in tables.sets)
            _must(not any(f"@{name} " in f"{text} " for each, _, text in tables.rules if each == table))
            del tables.sets[key], tables.elements[key]
        case "flush set":
            _must(key in tables.sets)
            tables.elements[key] = {}
        case "add chain":
            _must(table in tables.names)
            tables.chains.setdefault(key, rest)
        case "delete chain":
            _must(key in tables.chains and not any(rule[:2] == key for rule in tables.rules))
            del tables.chains[key]
        case "flush chain":
            _must(key in tables.chains)
            tables.rules = [rule for rule in tables.rules if rule[:2] != key]
        case "add rule":
            _must(key in tables.chains)
            tables.rules.append((table, name, rest))
        case _:
            _must(key in tables.sets)
            _elements(tables.elements[key], what.partition(" ")[0], rest, now)


def _elements(elements: dict[str, tuple[float | None, float | None]], verb: str, text: str, now: float) -> None:
    for value, seconds in ELEMENT.findall(text.strip("{} ")):
        if verb == "delete":
            _must(value in elements)
            del elements[value]
        elif value not in elements:
            # Like nft: adding what is there does not refresh it.
            elements[value] = (float(seconds), now + float(seconds)) if seconds else (None, None)


def _delete_table(tables: _Tables, table: str) -> None:
    _must(table in tables.names)
    tables.names.discard(table)
    tables.rules = [rule for rule in tables.rules if rule[0] != table]
    for kept in (tables.sets, tables.chains, tables.elements):
        for key in [key for key in kept if key[0] == table]:
            kept.pop(key)


def _must(holds: bool) -> None:  # noqa: FBT001 (an assertion's own argument)
    if not holds:
        raise EngineRejected("nft: Error: Could not process rule: No such file or directory")
