"""Files and directories: read as values, written whole or not at all."""

import grp
import os
import pwd
import stat
import tempfile
from pathlib import Path

from evertunnel.drivers.host.values import Directory, File
from evertunnel.errors import EngineRejected

__all__ = ["Directory", "File", "Files", "make_parents"]

PASSABLE = 0o755


class Files:
    """The real file system."""

    def observe(self, directory: Path) -> tuple[File, ...]:
        """Every file below `directory`, sorted by path."""
        found = (self.read(path) for path in sorted(directory.rglob("*")) if path.is_symlink() or not path.is_dir())
        return tuple(file for file in found if file is not None)

    def read(self, path: Path) -> File | None:
        """The file at `path`, or None; what is no regular file shows its kind in the mode, so it is unlike any wish."""
        try:
            status = path.lstat()
            regular = stat.S_ISREG(status.st_mode)
            content = path.read_bytes().decode(errors="surrogateescape") if regular else ""
        except (FileNotFoundError, NotADirectoryError):
            return None
        mode = stat.S_IMODE(status.st_mode) if regular else status.st_mode
        return File(
            path=path, content=content, mode=mode, owner=_user_name(status.st_uid), group=_group_name(status.st_gid)
        )

    def write(self, file: File) -> None:
        """Puts the file there whole: owner and mode are set before its name shows its content."""
        try:
            make_parents(file.path)
            handle, name = tempfile.mkstemp(prefix=f".{file.path.name}.", dir=file.path.parent)
        except OSError as error:
            raise EngineRejected(f"cannot write {file.path}: {error}") from error
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(file.content.encode(errors="surrogateescape"))
                stream.flush()
                _own(stream.fileno(), file.owner, file.group)
                os.fchmod(stream.fileno(), file.mode)
                os.fsync(stream.fileno())
            Path(name).replace(file.path)
        except (OSError, KeyError) as error:
            Path(name).unlink(missing_ok=True)
            raise EngineRejected(f"cannot write {file.path}: {error}") from error
        _sync_directory(file.path.parent)

    def remove(self, path: Path) -> None:
        """Takes a file away; one that is not there is fine."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise EngineRejected(f"cannot remove {path}: {error}") from error

    def directory(self, path: Path) -> Directory | None:
        """The directory at `path`, or None."""
        try:
            status = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISDIR(status.st_mode):
            return None
        return Directory(
            path=path,
            mode=stat.S_IMODE(status.st_mode),
            owner=_user_name(status.st_uid),
            group=_group_name(status.st_gid),
        )

    def inside(self, path: Path) -> tuple[Path, ...]:
        """What lies directly in a directory, sorted; nothing if there is no such directory."""
        try:
            return tuple(sorted(path.iterdir()))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def make_directory(self, directory: Directory) -> None:
        """Makes it, or gives it its mode and owner."""
        try:
            make_parents(directory.path)
            directory.path.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(directory.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                _own(handle, directory.owner, directory.group)
                os.fchmod(handle, directory.mode)
            finally:
                os.close(handle)
        except (OSError, KeyError) as error:
            raise EngineRejected(f"cannot make directory {directory.path}: {error}") from error

    def remove_directory(self, path: Path) -> None:
        """Takes an empty directory away; one with files in it stays, because they are somebody's data."""
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def make_parents(path: Path) -> None:
    """Makes the directories above `path` that are not there.

    Whatever the umask is: our services must be able to pass, and nobody but the owner to put anything there.
    """
    for directory in reversed(path.parents):
        if not directory.exists():
            directory.mkdir(mode=PASSABLE, exist_ok=True)
            directory.chmod(PASSABLE)


def _own(handle: int, owner: str, group: str) -> None:
    wanted = pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid
    status = os.fstat(handle)
    if wanted != (status.st_uid, status.st_gid):
        os.fchown(handle, *wanted)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
