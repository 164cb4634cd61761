"""Measures a tunnel from its start to the first answered packet: ours beside bare engines, in one run.

    sudo .venv/bin/python -m bench.connect [--count 100] [--json FILE] [--date DATE]

The device tunnel (a certificate to charon) and the user tunnel (EAP-TLS over RADIUS), each in two labs that stand side
by side (sides.py), by turns. Before each start in ours it is made sure that the gateway admits nothing from before.
Takes two or three minutes; everything is removed again.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import common, sides, timer
from bench.sides import Side

from evertunnel import documents
from evertunnel.errors import EvertunnelError
from evertunnel.lab import rehearsal
from evertunnel.plan.tunnels import Tunnel

WARM_UP = 5
COUNT = 100
EVERY = 0.001
LIMITS = {Tunnel.DEVICE: 5.0, Tunnel.USER: 10.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A kind of tunnel on one of the sides, and the times that its starts took."""

    tunnel: Tunnel
    side: Side
    order: timer.Order
    times: list[timer.Times] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.tunnel.value} tunnel, {self.side.name}"

    def start(self) -> timer.Times:
        """One start."""
        log = self.side.carry_out(self.order)
        if log.failures:
            raise SystemExit(f"{self.name}: {log.failures[0]}")
        return log.times[0]


def main() -> int:
    """Measures, prints, and writes the record."""
    parser = common.parser(__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="starts of each tunnel on each side after the warm-up")
    arguments = parser.parse_args()
    about = common.About.here("bench.connect", arguments.date)
    with rehearsal.interruptible(), sides.side_by_side() as found:
        attempts = {Tunnel.DEVICE: found.device(), Tunnel.USER: found.users(1)[0]}
        measured = tuple(
            Measured(tunnel=tunnel, side=side, order=timer.Order(initiators=((attempt,),), every=EVERY))
            for tunnel, attempt in attempts.items()
            for side in found.both
        )
        measure(measured, arguments.count)
    requirements = _requirements(measured)
    print("\n".join([*about.lines(), "", *table(measured), "", *(each.line() for each in requirements)]))
    record = {"requirements": [each.record() for each in requirements], **_record(measured)}
    common.write(arguments.json, {**about.record(), **record})
    return 0


def measure(measured: Sequence[Measured], count: int) -> None:
    """All by turns, so that a busy moment of the machine meets every one; who is first changes from turn to turn."""
    for number in range(-WARM_UP, count):
        for each in measured if number % 2 else reversed(measured):
            taken = each.start()
            if number >= 0:
                each.times.append(taken)


def table(measured: Sequence[Measured]) -> list[str]:
    """The figures of all, whole and by stage."""
    lines = [common.Figures.head()]
    for each in measured:
        stages = {
            f"{each.name}: to the first answer": [times.answered for times in each.times],
            "    to CHILD up": [times.up for times in each.times],
            "    from there to the answer": [times.answered - times.up for times in each.times],
        }
        lines += [common.Figures.of(seconds).row(what) for what, seconds in stages.items()]
    return lines


def _requirements(measured: Sequence[Measured]) -> tuple[common.Requirement, ...]:
    return tuple(
        common.Requirement(
            what=f"{tunnel.value} tunnel, ours over bare at the median",
            limit=limit,
            seen=round(1000 * _over(measured, tunnel), 3),
        )
        for tunnel, limit in LIMITS.items()
    )


def _over(measured: Sequence[Measured], tunnel: Tunnel) -> float:
    ours, by_hand = (median(times.answered for times in each.times) for each in measured if each.tunnel is tunnel)
    return ours - by_hand


def _record(measured: Sequence[Measured]) -> Mapping[str, object]:
    return {"knock_every_seconds": EVERY, "times": {each.name: documents.write(each.times) for each in measured}}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except EvertunnelError as error:
        sys.exit(f"{error}")
