"""Makes the store's file, or brings an older one up to this version, with the rights that its readers need."""

import grp
import os
import shutil
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from evertunnel.drivers.host.files import make_parents
from evertunnel.errors import EngineRejected
from evertunnel.store.connection import connect

GROUP = "evertunnel"


def migrate(path: Path) -> None:
    """Applies the migrations that the file lacks, all or none; does nothing when it lacks none."""
    # Here, because it costs every command a sixth of a second and most of them never migrate.
    from alembic import command  # noqa: PLC0415 (as said above)
    from alembic.config import Config  # noqa: PLC0415 (the same)
    from alembic.util import CommandError  # noqa: PLC0415 (the same)

    make_parents(path)
    _share(path.parent, 0o2770)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        # The file gets its mode before it holds anything; SQLite gives its journal files the same.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        _share(path, 0o660)
        with connect(path, read_only=False).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (DatabaseError, CommandError) as error:
        raise EngineRejected(f"{path}: the store cannot be brought up to date ({error})") from error


def _share(path: Path, mode: int) -> None:
    try:
        grp.getgrnam(GROUP)
    except KeyError:
        path.chmod(mode & 0o700)
        return
    shutil.chown(path, group=GROUP)
    path.chmod(mode)
