"""A decision policy that was changed by an apply: the gateways ask again about everybody, at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evertunnel.control_plane import deciding, world
from evertunnel.control_plane.bundles import Bundle
from evertunnel.errors import DocumentError
from evertunnel.radius.model import SETTINGS


@contextmanager
def told(bundle: Bundle, *, settings: Path = SETTINGS, now: Callable[[], float] = world.now) -> Iterator[None]:
    """Around the apply of a bundle: once the new policy answers, an outbox row says so, if it decides otherwise.

    Before, nobody may be told: they would be asked about, and allowed by, the old one. An apply that failed and was put
    back tells nobody, since what is in force is what was.
    """
    is_other = _is_other(bundle, settings)
    yield
    if is_other:
        from evertunnel.drivers.dynamic_values import EVERYBODY  # noqa: PLC0415 (see world.store)
        from evertunnel.store import open_store  # noqa: PLC0415 (the same)
        from evertunnel.store.outbox import What, put  # noqa: PLC0415 (the same)

        after = deciding.applied(settings)
        with open_store(after.store).transaction() as connection:
            put(connection, What.POLICY, EVERYBODY, now())


def _is_other(bundle: Bundle, settings: Path) -> bool:
    """Whether the bundle's policy replaces another one; the first one replaces none."""
    after = deciding.wanted(bundle, settings)
    if after is None:
        return False
    try:
        before = deciding.find_applied(settings)
    except DocumentError:
        return True  # of another version
    return before is not None and before.policy != after.policy
