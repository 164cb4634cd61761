"""What one host needs: its slice of the plan, with its secrets, as `composing` rendered it.

A bundle holds the wanted State of each domain on one host. The host needs neither plan nor store to apply it, and the
bundle applied last is what a failed apply puts back.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.control_plane.public import Public
from evertunnel.directory import model as directory_model
from evertunnel.drivers.host.files import File, Files
from evertunnel.errors import NotFound
from evertunnel.firewall import model as firewall_model
from evertunnel.gateway import model as gateway_model
from evertunnel.paths import STATE
from evertunnel.pki import model as pki_model
from evertunnel.radius import model as radius_model
from evertunnel.values import HostName

SCHEMA = 1
APPLIED = STATE / "applied.bundle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The wanted states of one host; None where the host has no such role."""

    schema: int
    host: HostName
    firewall: firewall_model.State | None = None
    directory: directory_model.State | None = None
    pki: pki_model.State | None = None
    radius: radius_model.State | None = None
    gateway: gateway_model.State | None = None
    public: Public | None = None

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(
                f"bundle schema {self.schema} is not known to this version; make the bundle with this version"
            )


def read(text: str, *, name: str) -> Bundle:
    """The bundle in a file's text."""
    return documents.from_json(Bundle, text, name=name)


def write(bundle: Bundle, path: Path) -> None:
    """Writes the bundle so that only its owner can read it, from the first byte on."""
    content = documents.to_json(bundle)
    Files().write(File(path=path.absolute(), content=content, mode=0o600, owner=_me(), secret=True))


def find_applied() -> Bundle | None:
    """The bundle applied last on this host, if any."""
    try:
        text = APPLIED.read_text()
    except FileNotFoundError:
        return None
    return read(text, name=str(APPLIED))


def applied() -> Bundle:
    """The bundle applied last on this host."""
    found = find_applied()
    if found is None:
        raise NotFound("nothing was applied on this host; name a plan or a bundle")
    return found


def _me() -> str:
    return "root" if os.geteuid() == 0 else str(os.geteuid())
