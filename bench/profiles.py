"""Measures profiles on one core: how many are built and linted a second, and whether memory stays flat over many.

    .venv/bin/python -m bench.profiles [--json FILE] [--date DATE] [--many N]

Built is a person's profile of examples/contoso.toml, composed from the plan and written as ProfileXML, each with a
name of its own. Linted is that text: read, every rule, for a Windows and against the plan. Both run in one process
that is bound to one core. Takes about three minutes; needs no root.
"""

import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench import common

from evertunnel.plan.load import load
from evertunnel.plan.model import Plan
from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint.rules import check
from evertunnel.profiles.vpnv2.compose import Pins, user_profile
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.values import Text, Thumbprint
from evertunnel.profiles.vpnv2.write import write

PLAN = Path("examples/contoso.toml")
MANY, FEW = 100_000, 1_000
LINTED = 5_000
WARM = 500
RATE = " a second"
PINS = Pins(roots=(Thumbprint("3f" * 20),), issuers=(Thumbprint("5a" * 20),))
MOST_GROWTH = 1_024  # KiB, over a hundred times as many


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was seen; memory is the process's largest so far, in KiB."""

    octets: int
    built: int
    built_per_second: float
    linted: int
    linted_per_second: float
    memory_after_few: int
    memory_after_all: int

    def requirements(self) -> tuple[common.Requirement, ...]:
        """What is asked for."""
        growth = self.memory_after_all - self.memory_after_few
        return (
            common.Requirement(what="built", limit=2_000, seen=self.built_per_second, unit=RATE, at_least=True),
            common.Requirement(what="linted", limit=500, seen=self.linted_per_second, unit=RATE, at_least=True),
            common.Requirement(what=f"memory's growth over {self.built}", limit=MOST_GROWTH, seen=growth, unit=" KiB"),
        )


def main() -> int:
    """Runs the measurement."""
    parser = common.parser(__doc__)
    parser.add_argument("--many", type=int, default=MANY, help=f"how many profiles are built (default {MANY})")
    arguments = parser.parse_args()
    about = common.About.here("bench.profiles", arguments.date)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    result = measure(load(PLAN.read_text(encoding="utf-8"), name=str(PLAN)), arguments.many)
    requirements = result.requirements()
    print("\n".join([*about.lines(), "", f"a profile has {result.octets} octets", *(r.line() for r in requirements)]))
    common.write(
        arguments.json, {**about.record(), **asdict(result), "requirements": [each.record() for each in requirements]}
    )
    return 0 if all(each.met for each in requirements) else 1


def measure(plan: Plan, many: int) -> Result:
    """Few are built and linted first, so that what is made once is there before memory is looked at."""
    text = next(built(plan, 1))
    seconds(lambda: lint(plan, text), WARM)
    for _ in built(plan, FEW):
        pass
    few = memory()
    started = time.perf_counter()
    for _ in built(plan, many):
        pass
    building = time.perf_counter() - started
    linting = seconds(lambda: lint(plan, text), LINTED)
    return Result(
        octets=len(text.encode()),
        built=many,
        built_per_second=many / building,
        linted=LINTED,
        linted_per_second=LINTED / linting,
        memory_after_few=few,
        memory_after_all=memory(),
    )


def built(plan: Plan, count: int) -> Iterator[str]:
    """Profiles one after the other, each for somebody else."""
    for number in range(count):
        profile = user_profile(plan, PINS)
        if profile is None:
            raise LookupError("the plan has no user tunnel")
        yield write(replace(profile, name=Text(f"Contoso {number}")))


def lint(plan: Plan, text: str) -> None:
    """One file, as `profile lint` does it."""
    check(read(text), windows=Windows.W11_24H2, against=plan)


def seconds(do: Callable[[], None], times: int) -> float:
    """How long so many take."""
    started = time.perf_counter()
    for _ in range(times):
        do()
    return time.perf_counter() - started


def memory() -> int:
    """KiB that the process held at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    raise SystemExit(main())
