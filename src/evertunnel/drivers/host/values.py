"""What a host holds, as values: files, directories, accounts, routes, kernel settings. No input or output."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it shall lie on disk; its content is never in its repr."""

    path: Path
    content: str = field(repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A directory as it shall be; what lies in it is not its business."""

    path: Path
    mode: int = 0o755
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A system account and its primary group."""

    name: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of ours; without `via` it is a blackhole, which any route to the same network precedes."""

    network: IPv4Network
    via: IPv4Address | None = None

    def __str__(self) -> str:
        return f"{self.network} via {self.via}" if self.via else f"{self.network} to nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sysctl:
    """A kernel setting, like net.ipv4.ip_forward."""

    name: str
    value: str
