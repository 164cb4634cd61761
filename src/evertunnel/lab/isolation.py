"""Whether two hosts of the lab share anything: namespaces, files, processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from evertunnel.lab.hosts import Host
from evertunnel.lab.network import Lab

LOOK = (
    "ls -d /etc/made-by-* /var/made-by-* /run/made-by-* /tmp/made-by-*; pgrep -afx 'sleep 30[.][0-9]*' | cut -d' ' -f3"
)
KINDS = ("net", "mnt", "pid", "uts", "ipc")
PLACES = ("/etc", "/var", "/run", "/tmp")  # noqa: S108 (looked at, not used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at between hosts, and whether anything is shared."""

    hosts: str
    command: str
    observed: str


def shared(lab: Lab) -> Iterator[Finding]:
    """One finding per kind of namespace, one for files, and one for processes."""
    hosts = list(lab.hosts.values())
    for kind in KINDS:
        numbers = {host.name: Path(f"/proc/{host.pid}/ns/{kind}").readlink().name for host in hosts}
        yield _finding(f"readlink /proc/1/ns/{kind}", _same(numbers))
    yield from _traces(hosts)


def _finding(command: str, pairs: list[str]) -> Finding:
    observed = f"shared: {', '.join(pairs)}" if pairs else "nothing shared"
    return Finding(hosts="every host", command=command, observed=observed)


def _same(numbers: dict[str, str]) -> list[str]:
    return [f"{one} and {other}" for one, other in combinations(numbers, 2) if numbers[one] == numbers[other]]


def _traces(hosts: list[Host]) -> Iterator[Finding]:
    """Each host leaves files and a process of its own number, then every host looks for those of others."""
    numbered = list(enumerate(hosts, 1))
    sleeping = [
        host.start(["sh", "-c", f"{_files('touch', number)}; exec sleep 30.{number}"]) for number, host in numbered
    ]
    try:
        for number, host in numbered:
            host.run(["sh", "-c", f"until ls /tmp/made-by-30.{number}; do sleep 0.01; done"])
        seen = {
            (number, host.name): host.run(["sh", "-c", LOOK], check=False).stdout.split() for number, host in numbered
        }
    finally:
        for process, (number, host) in zip(sleeping, numbered, strict=True):
            process.kill()
            host.run(["sh", "-c", _files("rm -f", number)])
    foreign = [
        (name, each) for (number, name), found in seen.items() for each in found if not each.endswith(f"30.{number}")
    ]
    lacking = [name for (number, name), found in seen.items() if len(found) < len(PLACES) + 1]
    yield _finding(
        LOOK, [*(f"{name} sees {each}" for name, each in foreign), *(f"{name} lacks its own" for name in lacking)]
    )


def _files(command: str, number: int) -> str:
    return f"{command} {' '.join(f'{place}/made-by-30.{number}' for place in PLACES)}"
