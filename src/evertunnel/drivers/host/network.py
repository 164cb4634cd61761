"""Network settings of the host: sysctls, addresses, and routes. Routes of ours carry protocol 77 and are told by it."""

import json
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from evertunnel.drivers.host.processes import run
from evertunnel.drivers.host.values import Route, Sysctl
from evertunnel.errors import EngineRejected

PROTOCOL = "77"
BLACKHOLE_METRIC = 4_000_000_000  # behind every route that a tunnel brings

__all__ = ["PROTOCOL", "Network", "Route", "Sysctl"]


class Network:
    """The network of the namespace that we are in."""

    def __init__(self, proc: Path = Path("/proc/sys"), run: Callable[[Sequence[str]], str] = run) -> None:
        self._proc, self._run = proc, run

    def sysctl(self, name: str) -> str | None:
        """The setting's value; None where this kernel, or this interface, has no such setting."""
        try:
            return self._path(name).read_text().strip()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def set_sysctl(self, setting: Sysctl) -> None:
        """Changes a setting."""
        try:
            self._path(setting.name).write_text(setting.value)
        except OSError as error:
            raise EngineRejected(f"cannot set {setting.name} to {setting.value}: {error}") from error

    def routes(self) -> tuple[Route, ...]:
        """Our routes, sorted."""
        found = json.loads(
            self._run(["ip", "-4", "-json", "route", "show", "table", "main", "proto", PROTOCOL]) or "[]"
        )
        return tuple(sorted((_route(each) for each in found), key=str))

    def add_route(self, route: Route) -> None:
        """Adds a route of ours, or replaces the one with the same network and metric."""
        self._run(["ip", "-4", "route", "replace", *_words(route)])

    def remove_route(self, route: Route) -> None:
        """Takes a route of ours away."""
        self._run(["ip", "-4", "route", "del", *_words(route)])

    def addresses(self) -> dict[str, tuple[IPv4Interface, ...]]:
        """The IPv4 addresses of every interface."""
        found = json.loads(self._run(["ip", "-4", "-json", "address", "show"]) or "[]")
        return {
            link["ifname"]: tuple(IPv4Interface(f"{each['local']}/{each['prefixlen']}") for each in link["addr_info"])
            for link in found
            if link
        }

    def _path(self, name: str) -> Path:
        return self._proc / name.replace(".", "/")


def _words(route: Route) -> list[str]:
    where = ["via", str(route.via)] if route.via else ["metric", str(BLACKHOLE_METRIC)]
    kind = [] if route.via else ["blackhole"]
    return [*kind, str(route.network), *where, "proto", PROTOCOL]


def _route(found: dict[str, str]) -> Route:
    network = IPv4Network("0.0.0.0/0" if found["dst"] == "default" else found["dst"])
    return Route(network=network, via=IPv4Address(found["gateway"]) if "gateway" in found else None)
