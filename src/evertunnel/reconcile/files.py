"""The difference between the files and directories that are there and those that shall be."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from evertunnel.drivers.host.values import Directory, File
from evertunnel.reconcile.model import Effect

__all__ = [
    "Directory",
    "File",
    "FileAction",
    "MakeDirectory",
    "RemoveDirectory",
    "RemoveFile",
    "WriteFile",
    "diff_directories",
    "diff_files",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFile:
    """Writes a file whole."""

    file: File
    why: str
    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return f"write {self.file.path}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFile:
    """Takes away a file that is in a directory of ours and not wanted there."""

    path: Path
    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return f"remove {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDirectory:
    """Makes a directory, or mends its mode and owner."""

    directory: Directory
    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return f"make directory {self.directory.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDirectory:
    """Takes a directory away if nothing is left in it."""

    path: Path
    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return f"remove directory {self.path}"


FileAction = WriteFile | RemoveFile


def diff_files(current: tuple[File, ...], desired: tuple[File, ...]) -> tuple[FileAction, ...]:
    """Writes what is new or differs, then removes what is not wanted; never shows a content."""
    there = {file.path: file for file in current}
    wanted = {file.path: file for file in desired}
    writes = [
        WriteFile(file=file, why=why)
        for path, file in sorted(wanted.items())
        if (why := _difference(there.get(path), file))
    ]
    return (*writes, *(RemoveFile(path=path) for path in sorted(there.keys() - wanted.keys())))


def diff_directories(
    current: tuple[Directory, ...], desired: tuple[Directory, ...], holding: Collection[Path] = ()
) -> tuple[MakeDirectory | RemoveDirectory, ...]:
    """Makes parents before children and removes children before parents; those `holding` data stay."""
    unwanted = sorted({each.path for each in current} - {each.path for each in desired} - {*holding}, reverse=True)
    makes = [
        MakeDirectory(directory=each) for each in sorted(desired, key=lambda each: each.path) if each not in current
    ]
    return (*makes, *(RemoveDirectory(path=path) for path in unwanted))


def _difference(there: File | None, wanted: File) -> str:
    if there is None:
        return "new"
    if there.content != wanted.content:
        return "its content differs"
    if there.mode != wanted.mode:
        return f"mode {there.mode:o} becomes {wanted.mode:o}"
    if (there.owner, there.group) != (wanted.owner, wanted.group):
        return f"owner {there.owner}:{there.group} becomes {wanted.owner}:{wanted.group}"
    return ""
