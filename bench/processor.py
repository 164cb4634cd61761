"""Processor time: of every program on the hosts of a lab, and of the whole machine."""

import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
IDLE = slice(3, 5)  # idle and iowait, of the fields of /proc/stat
USED = slice(11, 13)  # utime and stime, of /proc/PID/stat, counted after the command's name
# Of our own programs the interpreter's name says nothing: the word after one of these, or else the word itself.
TELLING = {"service": 1, "supervise": 0, "/run/timer.py": 0}


def of_programs(hosts: Mapping[str, int]) -> Counter[str]:
    """Ticks so far by host and program; a host is told by the network namespace of its init."""
    names = {Path(f"/proc/{pid}/ns/net").readlink(): name for name, pid in hosts.items()}
    used: Counter[str] = Counter()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if (host := names.get((process / "ns" / "net").readlink())) is not None:
                used[f"{host} {_program(process)}"] += _ticks(process)
    return used


def busy() -> tuple[float, float]:
    """Seconds so far that the machine's processors were at work, and of all of them together."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - sum(fields[IDLE])) / TICKS, sum(fields) / TICKS


def _program(process: Path) -> str:
    words = process.joinpath("cmdline").read_text().rstrip("\0").split("\0")
    for word, further in TELLING.items():
        if word in words:
            return Path(words[words.index(word) + further]).stem
    return Path(words[0]).name


def _ticks(process: Path) -> int:
    fields = process.joinpath("stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[USED])
