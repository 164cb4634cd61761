"""How nft is told a table, and how what it lists is recognised as that table.

nft does not give back the words that it was told. So, right after a table was set, its listing is recorded: for each
rule the digest of nft's JSON beside our words, for each chain and set the digest of its properties. What runs later is
recognised by these digests: a rule that is missing, moved, changed or added shows, and the elements of sets, which nft
leaves out of a terse listing, cannot. A new nft version that lists differently costs one needless apply.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from evertunnel.drivers.host.values import Sysctl
from evertunnel.drivers.nft import Listing
from evertunnel.firewall.model import TABLE, AddressSet, Chain, Rule, Table

VOLATILE = {"handle", "elem", "packets", "bytes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The table that was last set, with digests of nft's listing of it; and the kernel's settings before us."""

    table: Table | None = None
    sets: dict[str, str] = field(default_factory=dict)
    chains: dict[str, str] = field(default_factory=dict)
    rules: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sysctls_before: tuple[Sysctl, ...] = ()


def commands(table: Table, running: Table | None) -> str:
    """One transaction that makes the table so; wanted sets keep their elements, chains their place in the kernel."""
    there = running or Table()
    chains, sets = {chain.name for chain in table.chains}, {each.name for each in table.sets}
    lines = [f"add table {TABLE}", *(f"flush chain {TABLE} {chain.name}" for chain in there.chains)]
    # A chain or set that somebody made differently under our name cannot be changed, only made anew.
    lines += [
        f"delete chain {TABLE} {each.name}" for each in there.chains if each.name not in chains or not each.intact
    ]
    lines += [f"delete set {TABLE} {each.name}" for each in there.sets if each.name not in sets or not each.intact]
    lines += [f"add set {TABLE} {each.name} {{ {each.definition} }}" for each in table.sets]
    lines += [f"add chain {TABLE} {chain.name}{_hook(chain)}" for chain in table.chains]
    lines += [f"add rule {TABLE} {chain.name} {rule.text}" for chain in table.chains for rule in chain.rules]
    return "\n".join(lines) + "\n"


def recorded(table: Table, listing: Listing, sysctls_before: tuple[Sysctl, ...]) -> Record:
    """The record of a table that was just set and listed."""
    return Record(
        table=table,
        sets={str(each["name"]): _digest(each) for each in _objects(listing, "set")},
        chains={str(each["name"]): _digest(each) for each in _objects(listing, "chain")},
        rules={chain.name: _rule_digests(listing, chain.name) for chain in table.chains},
        sysctls_before=sysctls_before,
    )


def recognised(listing: Listing, record: Record) -> Table | None:
    """The table that a listing shows, in our words where the record knows them."""
    if not listing:
        return None
    known = record.table or Table()
    sets = [_set(each, record, known) for each in _objects(listing, "set")]
    chains = [_chain(listing, each, record, known) for each in _objects(listing, "chain")]
    set_places, chain_places = [each.name for each in known.sets], [each.name for each in known.chains]
    return Table(
        sets=tuple(sorted(sets, key=lambda each: _place(set_places, each.name))),
        chains=tuple(sorted(chains, key=lambda each: _place(chain_places, each.name))),
    )


def _chain(listing: Listing, properties: Mapping[str, object], record: Record, known: Table) -> Chain:
    name = str(properties["name"])
    ours = next((chain for chain in known.chains if chain.name == name), Chain(name=name))
    words = dict(zip(record.rules.get(name, ()), ours.rules, strict=False))
    rules = (words.get(digest) or Rule(text=f"(not ours: {digest})") for digest in _rule_digests(listing, name))
    intact = record.chains.get(name) == _digest(properties)
    return Chain(name=name, hook=ours.hook, rules=tuple(rules), intact=intact)


def _set(properties: Mapping[str, object], record: Record, known: Table) -> AddressSet:
    name = str(properties["name"])
    ours = next((each for each in known.sets if each.name == name), None)
    if ours is None:
        # Not ours, or ours with the record lost: its elements may be live sessions, so it is not called broken.
        return AddressSet(name=name, definition="(unknown)")
    return replace(ours, intact=record.sets.get(name) == _digest(properties))


def _place(order: list[str], name: str) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)


def _rule_digests(listing: Listing, chain: str) -> tuple[str, ...]:
    return tuple(_digest(each) for each in _objects(listing, "rule") if each["chain"] == chain)


def _objects(listing: Listing, kind: str) -> list[dict[str, object]]:
    return [found for each in listing if isinstance(found := each.get(kind), dict)]


def _hook(chain: Chain) -> str:
    return f" {{ {chain.hook} }}" if chain.hook else ""


def _digest(properties: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(_stable(properties), sort_keys=True).encode()).hexdigest()[:16]


def _stable(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _stable(inner) for key, inner in value.items() if key not in VOLATILE}
    return [_stable(inner) for inner in value] if isinstance(value, list) else value
