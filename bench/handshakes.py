"""Measures how many user tunnels a second come up: ours beside bare engines, in one run.

    sudo .venv/bin/python -m bench.handshakes [--seconds 20] [--json FILE] [--date DATE]

In two labs side by side (sides.py), by turns, a few people connect and disconnect again and again, all at once: IKEv2,
EAP-TLS over RADIUS. A start counts once an inside host has answered through the tunnel; then it is ended, and the next
begins. In ours the ledger must have a session for each one that counts. Takes two minutes; everything is removed again.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field

from bench import common, processor, sides, timer
from bench.sides import Side, Sides

from evertunnel import documents
from evertunnel.errors import EvertunnelError
from evertunnel.lab import rehearsal
from evertunnel.lab.scenario import wait_for
from evertunnel.lab.strangers import PYTHON
from evertunnel.plan.hosts import Role

# charon ignores an address from which five handshakes are under way: that is its own guard, on both sides.
INITIATORS = 4
# Each has several people in turn: by the next time nobody remembers the address that one had, nor its last session.
PEOPLE = 6
SECONDS = 20.0
BLOCK_SECONDS = 5.0
EVERY = 0.002
RATE_LIMIT = 0.9
LEDGER_SECONDS = 60.0
LEAST = 0.0005  # seconds of processor for each start: what takes less is not worth a line
SESSIONS = """
import sqlite3
from evertunnel.radius.ledger import DATABASE
from evertunnel.radius.model import LEDGER
with sqlite3.connect(f"file:{LEDGER / DATABASE}?mode=ro", uri=True, timeout=5) as connection:
    print(connection.execute("SELECT count(*) FROM ledger_session WHERE tunnel = 'user'").fetchone()[0])
"""


@dataclass(slots=True, kw_only=True)
class Measured:
    """What one side did, in all its blocks together; `used` is ticks of processor time by program."""

    side: Side
    times: list[timer.Times] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    used: Counter[str] = field(default_factory=Counter)
    busy: float = 0.0
    whole: float = 0.0

    @property
    def rate(self) -> float:
        """Starts that counted, a second."""
        return len(self.times) / self.seconds

    def block(self, order: timer.Order) -> None:
        """One more block."""
        hosts = {name: host.pid for name, host in self.side.lab.hosts.items()}
        used, (busy, whole) = processor.of_programs(hosts), processor.busy()
        log = self.side.carry_out(order)
        after, (busy_after, whole_after) = processor.of_programs(hosts), processor.busy()
        self.times.extend(log.times)
        self.failures.extend(log.failures)
        self.seconds += log.seconds
        self.used.update(after - used)
        self.busy += busy_after - busy
        self.whole += whole_after - whole

    def record(self) -> dict[str, object]:
        """For machines."""
        return {
            "rate": self.rate,
            "seconds": self.seconds,
            "failures": self.failures,
            "processor_seconds": {program: ticks / processor.TICKS for program, ticks in self.used.items()},
            "machine_busy": self.busy / self.whole,
            "times": documents.write(self.times),
        }


def main() -> int:
    """Measures, prints, and writes the record."""
    parser = common.parser(__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each side is measured")
    arguments = parser.parse_args()
    about = common.About.here("bench.handshakes", arguments.date)
    with rehearsal.interruptible(), sides.side_by_side() as found:
        ours, by_hand, missing = measure(found, round(arguments.seconds / BLOCK_SECONDS))
    requirements = (
        common.Requirement(
            what="ours beside bare", limit=RATE_LIMIT, seen=ours.rate / by_hand.rate, unit="", at_least=True
        ),
        common.Requirement(what="starts that failed", limit=0, seen=len(ours.failures + by_hand.failures), unit=""),
        common.Requirement(what="starts of ours that the ledger has no session of", limit=0, seen=missing, unit=""),
    )
    print("\n".join([*about.lines(), "", *table(ours, by_hand), "", *(each.line() for each in requirements)]))
    record = {"requirements": [each.record() for each in requirements], "initiators": INITIATORS}
    sides_record = {each.side.name: each.record() for each in (ours, by_hand)}
    common.write(arguments.json, {**about.record(), **record, "sides": sides_record})
    return 0


def measure(found: Sides, blocks: int) -> tuple[Measured, Measured, int]:
    """Blocks by turns, so that a busy moment of the machine meets both; the first ones warm up."""
    people = found.users(INITIATORS * PEOPLE)
    initiators = tuple(people[number::INITIATORS] for number in range(INITIATORS))
    order = timer.Order(initiators=initiators, every=EVERY, seconds=BLOCK_SECONDS)
    warm_up = [Measured(side=side) for side in found.both]
    measured = [Measured(side=side) for side in found.both]
    for number in range(-1, blocks):
        turn = warm_up if number < 0 else measured
        for each in turn if number % 2 else reversed(turn):
            each.block(order)
    ours, by_hand = measured
    return ours, by_hand, missing(found.ours, len(ours.times) + len(warm_up[0].times))


def missing(ours: Side, counted: int) -> int:
    """How many of them the ledger does not have; the gateway's records may be on their way for a moment."""
    there = 0

    def look() -> dict[str, object]:
        nonlocal there
        there = int(ours.host(Role.RADIUS).run([PYTHON, "-c", SESSIONS]).stdout)
        return {"there": there} if there >= counted else {}

    try:
        wait_for("every session in the ledger", look, LEDGER_SECONDS)
    except EvertunnelError:
        return counted - there
    return 0


def table(*measured: Measured) -> list[str]:
    """The rates, what a start took, and where the processors' time went."""
    lines = [f"{INITIATORS} at once:", common.Figures.head()]
    for each in measured:
        whole = common.Figures.of([times.answered for times in each.times])
        lines.append(whole.row(f"{each.side.name}: {each.rate:.1f} a second; each to its first answer"))
    for each in measured:
        share = 100 * each.busy / each.whole
        lines += [
            "",
            f"{each.side.name}: the machine's processors were busy {share:.0f} % of the time; ms for each start",
        ]
        for program, ticks in each.used.most_common():
            seconds = ticks / processor.TICKS / len(each.times)
            if seconds > LEAST:
                lines.append(f"    {program:44}{1000 * seconds:9.2f}")
        lines += [f"    first failure: {words}" for words in each.failures[:1]]
    return lines


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except EvertunnelError as error:
        sys.exit(f"{error}")
