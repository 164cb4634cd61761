"""Whether two hosts of the lab share anything: namespaces, files, processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from evertunnel.lab.hosts import Host
from evertunnel.lab.network import Lab

KINDS = ("net", "mnt", "pid", "uts", "ipc")
PLACES = ("/etc", "/var", "/run", "/tmp")  # noqa: S108 (looked at, not used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at between hosts, and whether anything is shared."""

    hosts: str
    command: str
    observed: str


def shared(lab: Lab) -> Iterator[Finding]:
    """One finding per kind of namespace, per place of files, and for processes."""
    hosts = list(lab.hosts.values())
    for kind in KINDS:
        numbers = {host.name: Path(f"/proc/{host.pid}/ns/{kind}").readlink().name for host in hosts}
        yield _finding(f"readlink /proc/1/ns/{kind}", _same(numbers))
    for place in PLACES:
        yield _finding(f"ls {place}/made-by-another-host", _seen(hosts, place))
    yield _finding("pgrep -f made-by-another-host", _processes(hosts))


def _finding(command: str, pairs: list[str]) -> Finding:
    return Finding(
        hosts="every host", command=command, observed=f"shared: {', '.join(pairs)}" if pairs else "nothing shared"
    )


def _same(numbers: dict[str, str]) -> list[str]:
    return [f"{one} and {other}" for one, other in combinations(numbers, 2) if numbers[one] == numbers[other]]


def _seen(hosts: list[Host], place: str) -> list[str]:
    """Each host leaves a file of its own name, then every host lists what it sees."""
    for host in hosts:
        host.write(f"{place}/made-by-{host.name}", "")
    found = []
    for host in hosts:
        names = host.run(["sh", "-c", f"ls {place} | grep made-by- || true"]).stdout.split()
        found += [f"{host.name} sees {name}" for name in names if name != f"made-by-{host.name}"]
    for host in hosts:
        host.run(["rm", "-f", f"{place}/made-by-{host.name}"])
    return found


def _processes(hosts: list[Host]) -> list[str]:
    running = [host.start(["sleep", "30.0"]) for host in hosts]
    try:
        counts = {
            host.name: len(host.run(["pgrep", "-fx", "sleep 30.0"], check=False).stdout.split()) for host in hosts
        }
    finally:
        for process in running:
            process.kill()
    return [f"{name} sees {count - 1} of others" for name, count in counts.items() if count != 1]
