"""Who would lose or gain access by another policy, from the directory and the ledger's live sessions."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from evertunnel import documents
from evertunnel.access.changes import Change, Changes, changes
from evertunnel.control_plane import deciding, world
from evertunnel.control_plane.bundles import Bundle
from evertunnel.errors import DocumentError, EngineUnavailable
from evertunnel.radius.everyone import read
from evertunnel.radius.facts import LEDGER
from evertunnel.radius.model import SETTINGS, PolicySettings

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was found, as lines for a person and as a document."""

    lines: tuple[str, ...] = ()
    document: object = field(default_factory=dict)


def of_bundle(
    bundle: Bundle,
    *,
    told: Callable[[int], None],
    settings: Path = SETTINGS,
    ledger: Path = LEDGER,
    now: Callable[[], float] = world.now,
) -> Comparison | None:
    """What a bundle's policy would change; None where this is not the policy service's host, or nothing is applied."""
    after = deciding.wanted(bundle, settings)
    if after is None:
        return None
    try:
        before = deciding.find_applied(settings)
    except DocumentError:
        return Comparison(lines=("who would lose access cannot be told: the applied policy is of another version",))
    return None if before is None else compare(before, after, ledger=ledger, now=now(), told=told)


def compare(
    before: PolicySettings, after: PolicySettings, *, ledger: Path, now: float, told: Callable[[int], None]
) -> Comparison:
    """Everyone under both policies."""
    asking = before.policy if before.policy.user else after.policy
    try:
        found = changes(before.policy, after.policy, read(before.store, ledger, asking, now), now, told)
    except (OSError, sqlite3.Error) as error:
        raise EngineUnavailable(f"who would lose access cannot be told: the store cannot be read ({error})") from error
    return Comparison(lines=tuple(lines(found, now)), document=documents.write(found))


def lines(found: Changes, now: float) -> Iterator[str]:
    """The changes for a person; nothing where nothing changes."""
    for title, each in (
        ("would lose access", found.losses),
        ("would gain access", found.gains),
        ("would get another reach", found.moves),
    ):
        if each:
            yield f"{title}: {len(each):,}"
        yield from (_line(change, now) for change in each[:SHOWN])
        if len(each) > SHOWN:
            yield f"  and {len(each) - SHOWN:,} more: --json lists all"


def _line(change: Change, now: float) -> str:
    ends = f", {change.ends} session(s) end" if change.ends else ""
    later = f", first at {datetime.fromtimestamp(change.at, UTC):%a %Y-%m-%d %H:%MZ}" if change.at > now else ""
    return f"  {change.name} ({change.tunnel} tunnel{ends}{later}): {change.why}"
