"""Where the authority's things lie, and the accounts that own them."""

from dataclasses import dataclass
from pathlib import Path

from evertunnel.drivers.host.values import Account, Directory
from evertunnel.paths import STATE

SIGNER = Account(name="evertunnel-signer", group="evertunnel")
# A group of its own: the other one may write to the store, and this is who speaks to the network.
PUBLISHER = Account(name="evertunnel-publisher", group="evertunnel-publisher")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The directories of the authority, and the account that owns them."""

    keys: Path = STATE / "ca"
    journal: Path = STATE / "signer" / "journal.jsonl"
    published: Path = STATE / "publisher"
    owner: Account = SIGNER

    def directories(self) -> tuple[Directory, ...]:
        """What must be there before anything is written."""
        modes = ((self.keys, 0o700), (self.journal.parent, 0o700), (self.published, 0o755))
        return tuple(
            Directory(path=path, mode=mode, owner=self.owner.name, group=self.owner.group) for path, mode in modes
        )
