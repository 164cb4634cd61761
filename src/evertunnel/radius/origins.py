"""The groups of devices, many at once: thousands can have their device tunnel up from a user's address."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence

from evertunnel.access.model import Origin

# A device that is disabled is on its way out: it has none of its groups, as one that is not in the directory.
DIRECT = """
SELECT computer.name, membership."group" FROM json_each(?) AS device
CROSS JOIN computer ON computer.name = device.value AND computer.enabled = 1
CROSS JOIN membership ON membership.member = computer.name AND membership.member_kind = 'computer'
"""
NESTED = """
WITH RECURSIVE nested(direct, name) AS (
    SELECT value, value FROM json_each(?)
    UNION
    SELECT nested.direct, membership."group" FROM membership JOIN nested
        ON membership.member = nested.name AND membership.member_kind = 'group'
)
SELECT direct, name FROM nested
"""


class Origins:
    """Reads each device once, for as long as nobody writes to the store."""

    def __init__(self) -> None:
        self._known: dict[str, Origin] = {}
        self._connection: sqlite3.Connection | None = None
        self._version = 0

    def of(self, connection: sqlite3.Connection, devices: Sequence[str]) -> tuple[Origin, ...]:
        """The devices with their nested groups, as they are in the connection's transaction."""
        # Another number means that another connection has committed; numbers of two connections tell nothing.
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if connection is not self._connection or version != self._version:
            self._known, self._connection, self._version = {}, connection, version
        new = [name for name in devices if name not in self._known]
        if new:
            self._known.update((origin.device, origin) for origin in origins(connection, new))
        return tuple(self._known[name] for name in devices)


def origins(connection: sqlite3.Connection, devices: Sequence[str]) -> Iterator[Origin]:
    """The devices with their nested groups; each mixture of direct groups is worked out once."""
    direct = _pairs(connection, DIRECT, devices)
    nested = _pairs(connection, NESTED, sorted({group for groups in direct.values() for group in groups}))
    worked_out: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name in devices:
        mixture = tuple(direct[name])
        if mixture not in worked_out:
            worked_out[mixture] = tuple(sorted({group for each in mixture for group in nested[each]}))
        yield Origin(device=name, groups=worked_out[mixture])


def _pairs(connection: sqlite3.Connection, query: str, names: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, group in connection.execute(query, (json.dumps(names),)):
        found[name].append(group)
    return found
