"""The file system of an isolated host: the machine's, read-only, under its own /etc, /var, /run, /tmp, /proc."""

import ctypes
import os
import struct
from pathlib import Path

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x20000000,
    0x40000000,
)
SYS_MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
KEPT = ("etc", "var")  # over the machine's, and kept over a reboot
FRESH = {"/run": "mode=0755", "/tmp": "mode=1777", "/dev/shm": "mode=1777"}  # noqa: S108 (mount points)
OURS = ("etc/evertunnel", "var/lib/evertunnel", "var/log/evertunnel")  # of the machine itself: never seen by a host

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leaves the namespaces that `flags` name for new ones (unshare(2))."""
    _check(_libc.unshare(flags), "unshare")


def join(descriptor: int, kind: int) -> None:
    """Enters the namespace that a descriptor of /proc/PID/ns names (setns(2))."""
    _check(_libc.setns(descriptor, kind), "setns")


def furnish(disk: Path, programs: list[str]) -> None:
    """Mounts a host's file system in the mount namespace of the caller; `disk` holds what a reboot keeps."""
    _mount("none", "/", None, MS_REC | MS_PRIVATE, None)
    sources = {path: os.open(path, os.O_PATH) for path in programs}
    for name in KEPT:
        _overlay(disk, name)
    _set_read_only("/")
    for name in KEPT:
        _set_read_only(f"/{name}", clear=True)
    for place, options in FRESH.items():
        _mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, options)
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    _mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, None)
    for path, source in sources.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{source}", path, None, MS_BIND | MS_REC, None)
        _set_read_only(path)
        os.close(source)


def prepare(disk: Path) -> None:
    """Makes what a host's /etc and /var are written to; Evertunnel's own things on this machine stay hidden."""
    for name in KEPT:
        (disk / name).mkdir(parents=True, exist_ok=True, mode=0o755)
        (disk / f".{name}").mkdir(exist_ok=True, mode=0o700)
    for path in OURS:
        if (Path("/") / path).is_dir() and not (disk / path).exists():
            (disk / path).mkdir(parents=True, mode=0o755)
            os.setxattr(disk / path, "trusted.overlay.opaque", b"y")


def _overlay(disk: Path, name: str) -> None:
    _mount("overlay", f"/{name}", "overlay", 0, f"lowerdir=/{name},upperdir={disk / name},workdir={disk / f'.{name}'}")


def _set_read_only(path: str, *, clear: bool = False) -> None:
    attributes = struct.pack("=QQQQ", *((0, MOUNT_ATTR_RDONLY) if clear else (MOUNT_ATTR_RDONLY, 0)), 0, 0)
    size = ctypes.c_size_t(len(attributes))
    done = _libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, path.encode(), AT_RECURSIVE, attributes, size)
    _check(done, f"read-only {path}")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None) -> None:
    encoded = [text.encode() if text is not None else None for text in (source, target, kind)]
    _check(_libc.mount(*encoded, ctypes.c_ulong(flags), options.encode() if options else None), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
