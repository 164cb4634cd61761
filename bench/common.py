"""What the benches share: figures, the machine they were taken on, and the record that is kept of a run."""

import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("charon-systemd", "freeradius", "nftables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a list of measured times comes to, in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    worst: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Figures":
        """The figures of times in seconds."""
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        p50, p90, p99, worst = (round(1000 * value, 3) for value in (cuts[49], cuts[89], cuts[98], max(seconds)))
        return cls(count=len(seconds), p50=p50, p90=p90, p99=p99, worst=worst)

    @staticmethod
    def head() -> str:
        """The words above `row`."""
        return f"{'':48}{'count':>7}{'p50 ms':>9}{'p90 ms':>9}{'p99 ms':>9}{'worst':>9}"

    def row(self, what: str) -> str:
        """A line of the table."""
        return f"{what:48}{self.count:7}{self.p50:9.2f}{self.p90:9.2f}{self.p99:9.2f}{self.worst:9.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What is asked for, and what was seen: at most so much, or at least."""

    what: str
    limit: float
    seen: float
    unit: str = " ms"
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is met."""
        return self.seen >= self.limit if self.at_least else self.seen <= self.limit

    def line(self) -> str:
        """A line for people."""
        bound = f"at {'least' if self.at_least else 'most'} {self.limit:g}{self.unit}"
        return f"{'met    ' if self.met else 'NOT MET'}  {self.what}: {self.seen:.2f}{self.unit}, {bound}"

    def record(self) -> dict[str, object]:
        """The same for machines."""
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where and of what a run was made."""

    command: str
    date: str
    machine: dict[str, object]
    versions: dict[str, str]
    load_before: float

    @classmethod
    def here(cls, module: str, date: str) -> "About":
        """Where this process runs, before the run."""
        return cls(
            command=shlex.join(["python", "-m", module, *sys.argv[1:]]),
            date=date,
            machine=machine(),
            versions=versions(),
            load_before=os.getloadavg()[0],
        )

    def lines(self) -> list[str]:
        """The lines above the tables; the load afterwards holds the run's own part."""
        return [
            f"command   {self.command}",
            f"date      {self.date or 'not given'}",
            f"machine   {', '.join(f'{name} {value}' for name, value in self.machine.items())}",
            f"versions  {', '.join(f'{name} {value}' for name, value in self.versions.items())}",
            f"load      {self.load_before:.2f} before, {os.getloadavg()[0]:.2f} after (the last minute's)",
        ]

    def record(self) -> dict[str, object]:
        """The same for machines."""
        return {"schema": 1, **asdict(self), "load_after": os.getloadavg()[0]}


def parser(doc: str | None) -> ArgumentParser:
    """The command line that every bench has."""
    found = ArgumentParser(description=doc, formatter_class=RawDescriptionHelpFormatter)
    found.add_argument("--json", type=Path, metavar="FILE", help="write everything, with each measured time, to FILE")
    found.add_argument("--date", default="", help="the date to note in the record")
    return found


def machine() -> dict[str, object]:
    """The machine."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
    }


def versions() -> dict[str, str]:
    """What is measured, and what runs it."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *PACKAGES]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    packages = dict(line.split() for line in done.stdout.splitlines())
    return {"evertunnel": version("evertunnel"), "python": platform.python_version(), **packages}


def write(path: Path | None, record: dict[str, object]) -> None:
    """Writes a record, where one is wished for."""
    if path is not None:
        path.write_text(json.dumps(record, indent=1) + "\n")
