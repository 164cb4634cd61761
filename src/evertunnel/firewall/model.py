"""What a host's packet filter is made of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evertunnel.drivers.host.values import Route, Sysctl
from evertunnel.reconcile.model import Effect

FAMILY, NAME = "inet", "evertunnel"
TABLE = f"{FAMILY} {NAME}"
LATCH = "latch"
FORWARDING = "net.ipv4.ip_forward"

OBJECT = re.compile(r"[a-z][a-z0-9_]{0,60}")
WORDS = re.compile(r"[^;#\x00-\x1f\x7f]+")  # nft ends a command at any of these
HOOK = re.compile(r"(type filter hook [a-z]+ priority 0; policy (accept|drop);)?")
DEFINITION = re.compile(r"type [a-z_0-9]+;( flags timeout;)?")
SETTING = re.compile(r"net\.ipv4\.[a-z0-9_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule in nft's words: an accept opens, a drop closes, a jump does neither."""

    text: str
    effect: Effect = Effect.NEUTRAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain; `hook` is empty unless the kernel calls it, `intact` False if its properties are not ours."""

    name: str
    hook: str = ""
    rules: tuple[Rule, ...] = ()
    intact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSet:
    """A set; what is in it is the sessions service's business."""

    name: str
    definition: str
    intact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Our table."""

    sets: tuple[AddressSet, ...] = ()
    chains: tuple[Chain, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a host's packet filter shall be, or is; the empty one is nothing of ours."""

    table: Table | None = None
    sysctls: tuple[Sysctl, ...] = ()
    routes: tuple[Route, ...] = ()
    # Observed alone: whether the host loads it at boot; None where our supervisor does whenever it starts.
    at_boot: bool | None = None


def strange(state: State) -> Iterator[str]:
    """What in a wish could be more than one object of our table, or a setting that is not of the network."""
    table = state.table or Table()
    words = [
        *((OBJECT, each.name) for each in table.sets),
        *((OBJECT, each.name) for each in table.chains),
        *((DEFINITION, each.definition) for each in table.sets),
        *((HOOK, each.hook) for each in table.chains),
        *((WORDS, rule.text) for each in table.chains for rule in each.rules),
        *((SETTING, each.name) for each in state.sysctls),
    ]
    yield from (text for pattern, text in words if not pattern.fullmatch(text))


def accept(text: str) -> Rule:
    """A rule that lets through what `text` matches."""
    return Rule(text=f"{text} accept".strip(), effect=Effect.OPENS)


def drop(text: str) -> Rule:
    """A rule that drops what `text` matches."""
    return Rule(text=f"{text} drop".strip(), effect=Effect.CLOSES)


def jump(text: str, chain: str) -> Rule:
    """A rule that lets another chain decide."""
    return Rule(text=f"{text} jump {chain}")


def base(hook: str, *rules: Rule, policy: str = "drop") -> Chain:
    """A filter chain named after its hook."""
    return Chain(name=hook, hook=f"type filter hook {hook} priority 0; policy {policy};", rules=rules)
