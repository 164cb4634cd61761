"""Where the agent's things lie on a device, and what a disk has to do for it."""

from pathlib import Path
from typing import Protocol

from evertunnel.drivers.host.files import Directory, File
from evertunnel.paths import ETC, RUN, STATE
from evertunnel.values import UserName

DIRECTORY = ETC / "client"
PROFILE = DIRECTORY / "profile.json"
STRONGSWAN_CONF = DIRECTORY / "strongswan.conf"
KEYS = STATE / "client"
KEY = KEYS / "device.key"
VICI = RUN / "client.vici"
KEPT_PROFILE = KEYS / "profile.json"  # what a removal keeps, to install from again
USERS = KEYS / "users"
STATUS = RUN / "client" / "status.json"
USER_STATUS = RUN / "client" / "user-status.json"
SIGNED_IN = RUN / "client" / "signed-in.json"  # gone with a reboot: nobody is signed in then
AGENT = RUN / "client" / "agent.sock"


def user_directory(user: UserName) -> Path:
    """What belongs to one person on this device."""
    return USERS / user


def user_key(user: UserName) -> Path:
    """The person's key on this device."""
    return user_directory(user) / "user.key"


def user_profile(user: UserName) -> Path:
    """The person's profile on this device."""
    return user_directory(user) / "profile.json"


class Disk(Protocol):
    """Files as values, written whole or not at all."""

    def read(self, path: Path) -> File | None:
        """The file at `path`, or None."""
        ...

    def write(self, file: File) -> None:
        """Puts the file there."""
        ...

    def make_directory(self, directory: Directory) -> None:
        """Makes it, or gives it its mode and owner."""
        ...


class ClearedDisk(Disk, Protocol):
    """Files that can be listed and taken away, too."""

    def observe(self, directory: Path) -> tuple[File, ...]:
        """Every file below `directory`."""
        ...

    def remove(self, path: Path) -> None:
        """Takes a file away; one that is not there is fine."""
        ...

    def remove_directory(self, path: Path) -> None:
        """Takes an empty directory away."""
        ...
