"""What a platform lacks of one plan."""

from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities.model import Carries, Platform, Row, Side, sides
from evertunnel.profiles.abilities.rows import ROWS
from evertunnel.profiles.delivery import Missing


def missing(plan: Plan, platform: Platform) -> tuple[Missing, ...]:
    """Every setting that the plan asks for and the platform does not carry whole; of a lost tunnel, only that."""
    return tuple(_missing(row, side, platform) for side in sides(plan) for row in _lacking(side, platform))


def carries(plan: Plan, platform: Platform, kind: Tunnel) -> bool:
    """Whether the plan has this tunnel, and the platform can have it."""
    return any(side.kind is kind and not _fatal(side, platform) for side in sides(plan))


def _lacking(side: Side, platform: Platform) -> tuple[Row, ...]:
    return _fatal(side, platform) or tuple(row for row in ROWS if _lacks(row, side, platform))


def _fatal(side: Side, platform: Platform) -> tuple[Row, ...]:
    """The reasons for which a platform has not this tunnel at all."""
    vital = (row for row in ROWS if row.vital and row.on(platform).carries is Carries.NO)
    return tuple(row for row in vital if _lacks(row, side, platform))


def _lacks(row: Row, side: Side, platform: Platform) -> bool:
    ability = row.on(platform)
    if ability.carries is Carries.YES or side.kind not in row.kinds or not row.asked(side):
        return False
    return ability.since is None or not side.plan.clients.windows.has(ability.since)


def _missing(row: Row, side: Side, platform: Platform) -> Missing:
    path = f"{side.kind.value}_tunnel.{row.setting}".rstrip(".")
    return Missing(path=path, what=row.on(platform).what)
