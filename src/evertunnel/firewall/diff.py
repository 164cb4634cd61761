"""What leads from one packet filter to another.

A table is replaced in one transaction, but possibly twice: first with everything that closes and without the accepts
that are new, so that nothing opens before the rest of the host is ready; at the end with all of it.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from evertunnel.drivers.host.values import Route, Sysctl
from evertunnel.firewall.model import FORWARDING, TABLE, Chain, Rule, State, Table
from evertunnel.reconcile.model import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTable:
    """Makes the table so, keeping the elements of its sets; `because` lists the differences."""

    table: Table = field(repr=False)
    because: tuple[str, ...]
    effect: Effect

    def __str__(self) -> str:
        return f"table {TABLE}: {'; '.join(self.because)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTable:
    """Takes the table away: the last thing, since nothing filters after it."""

    effect: Effect = Effect.OPENS

    def __str__(self) -> str:
        return f"delete table {TABLE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSysctl:
    """Changes a kernel setting and remembers what it was before us."""

    setting: Sysctl

    @property
    def effect(self) -> Effect:
        """Forwarding opens; the rest is neutral."""
        return Effect.OPENS if self.setting == Sysctl(name=FORWARDING, value="1") else Effect.NEUTRAL

    def __str__(self) -> str:
        return f"set {self.setting.name} = {self.setting.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreSysctl:
    """Gives a kernel setting the value that it had before us."""

    name: str
    effect: Effect = Effect.CLOSES

    def __str__(self) -> str:
        return f"restore {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRoute:
    """Adds a route; one to nowhere closes."""

    route: Route

    @property
    def effect(self) -> Effect:
        """What it does to the doors."""
        return Effect.NEUTRAL if self.route.via else Effect.CLOSES

    def __str__(self) -> str:
        return f"add route {self.route}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRoute:
    """Takes a route away; one to nowhere opens."""

    route: Route

    @property
    def effect(self) -> Effect:
        """What it does to the doors."""
        return Effect.NEUTRAL if self.route.via else Effect.OPENS

    def __str__(self) -> str:
        return f"remove route {self.route}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAtBoot:
    """Has the host load it at boot, before its network is up."""

    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return "load at boot, before the network"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetAtBoot:
    """Has the host no longer load it at boot."""

    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return "no longer load at boot"


FirewallAction = SetTable | DeleteTable | SetSysctl | RestoreSysctl | AddRoute | RemoveRoute | KeepAtBoot | ForgetAtBoot


def diff(current: State, desired: State) -> tuple[FirewallAction, ...]:
    """What leads from `current` to `desired`; within one effect in the order of performing."""
    unwanted = {setting.name for setting in current.sysctls} - {setting.name for setting in desired.sysctls}
    return (
        *(RestoreSysctl(name=name) for name in sorted(unwanted)),
        *(AddRoute(route=route) for route in desired.routes if route not in current.routes),
        *_table(current.table, desired.table),
        *(SetSysctl(setting=setting) for setting in desired.sysctls if setting not in current.sysctls),
        *(RemoveRoute(route=route) for route in current.routes if route not in desired.routes),
        *_at_boot(current, desired),
    )


def _at_boot(current: State, desired: State) -> tuple[KeepAtBoot | ForgetAtBoot, ...]:
    if desired.table is None:
        # With the table there, half of what keeps it may be there, too.
        trace = current.at_boot is False and current.table is not None
        return (ForgetAtBoot(),) if current.at_boot or trace else ()
    return (KeepAtBoot(),) if current.at_boot is False else ()


def _table(current: Table | None, desired: Table | None) -> tuple[SetTable | DeleteTable, ...]:
    if current == desired:
        return ()
    if desired is None:
        return (DeleteTable(),)
    before = current or Table()
    closed = _closed(before, desired)
    closing = differences(before, closed)
    opening = differences(closed, desired)
    first = (SetTable(table=closed, because=closing, effect=Effect.CLOSES),) if current is None or closing else ()
    last = (SetTable(table=desired, because=opening, effect=Effect.OPENS),) if opening else ()
    return (*first, *last)


def _closed(current: Table, desired: Table) -> Table:
    """`desired` without what it opens: no accept that is not there yet, and still every drop that is."""
    there = {chain.name: chain for chain in current.chains}
    return replace(desired, chains=tuple(_closed_chain(there.get(chain.name), chain) for chain in desired.chains))


def _closed_chain(current: Chain | None, desired: Chain) -> Chain:
    old = current.rules if current is not None else ()
    kept = tuple(rule for rule in old if rule.effect is Effect.CLOSES and rule not in desired.rules)
    rules = tuple(rule for rule in desired.rules if rule.effect is not Effect.OPENS or rule in old)
    return replace(desired, rules=(*kept, *rules))


def differences(current: Table, desired: Table) -> tuple[str, ...]:
    """What differs between two tables, in words; nothing if they are the same."""
    if current == desired:
        return ()
    sets = _names(current.sets, desired.sets, "set")
    there = {chain.name: chain for chain in current.chains}
    chains = [line for chain in desired.chains for line in _chain(there.get(chain.name), chain)]
    gone = sorted(there.keys() - {chain.name for chain in desired.chains})
    lines = (*sets, *chains, *(f"remove chain {name}" for name in gone))
    return lines or ("the order of its parts",)


def _names(current: tuple[object, ...], desired: tuple[object, ...], kind: str) -> tuple[str, ...]:
    added = sorted(str(getattr(each, "name", each)) for each in desired if each not in current)
    wanted = {getattr(each, "name", each) for each in desired}
    gone = sorted(str(getattr(each, "name", each)) for each in current if getattr(each, "name", each) not in wanted)
    return (*(f"make {kind} {name}" for name in added), *(f"remove {kind} {name}" for name in gone))


def _chain(current: Chain | None, desired: Chain) -> list[str]:
    if current == desired:
        return []
    if current is None:
        return [f"make chain {desired.name} with {len(desired.rules)} rules"]
    added = [f"{desired.name}: add '{rule.text}'" for rule in _without(desired.rules, current.rules)]
    removed = [f"{desired.name}: remove '{rule.text}'" for rule in _without(current.rules, desired.rules)]
    return [*removed, *added] or [f"mend chain {desired.name}"]


def _without(rules: tuple[Rule, ...], others: tuple[Rule, ...]) -> list[Rule]:
    missing = Counter(rules) - Counter(others)
    return [rule for rule in dict.fromkeys(rules) if missing[rule]]
