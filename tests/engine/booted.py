"""A host whose first process is the machine's own systemd, in namespaces and a control group of its own.

Its root is the machine's, read-only; /etc and /var are its own and survive a reboot, as on the hosts of a rehearsal.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evertunnel.drivers.namespaces import mounts
from evertunnel.drivers.namespaces.cell import ENVIRONMENT, Completed, hidden_programs

SYSTEMD = Path("/lib/systemd/systemd")
CLONE_NEWCGROUP = 0x02000000
NAMESPACES = (
    mounts.CLONE_NEWNS
    | mounts.CLONE_NEWUTS
    | mounts.CLONE_NEWIPC
    | mounts.CLONE_NEWPID
    | mounts.CLONE_NEWNET
    | CLONE_NEWCGROUP
)
PR_SET_PDEATHSIG = 1
BOOT_SECONDS = 60.0
# They speak to the machine's devices, its kernel or its people, and have no business in a namespace.
MASKED = [
    "console-getty.service",
    "getty.target",
    "systemd-udevd.service",
    "systemd-udevd-kernel.socket",
    "systemd-udevd-control.socket",
    "systemd-udev-trigger.service",
    "systemd-binfmt.service",
    "systemd-modules-load.service",
    "systemd-hwdb-update.service",
    "systemd-journal-flush.service",
    "kmod-static-nodes.service",
    "systemd-sysusers.service",
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "sys-kernel-config.mount",
    "sys-fs-fuse-connections.mount",
    "proc-sys-fs-binfmt_misc.automount",
    "systemd-random-seed.service",
    "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service",
    "systemd-remount-fs.service",
    "systemd-tmpfiles-setup-dev.service",
    "systemd-timesyncd.service",
    "e2scrub_reap.service",
]
# What people need who log in.
OF_PEOPLE = ["dbus.service", "dbus.socket", "systemd-logind.service"]
DEVICES = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
    "ptmx": (5, 2),
}
TUN = (10, 200)
# What a test adds to the boot: the cards, at the time when a real host's network comes up.
NETWORK_UNIT = """\
[Unit]
Description=Network of this test
DefaultDependencies=no
After=network-pre.target sysinit.target
Before=network.target network-online.target
Wants=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /etc/test-network
[Install]
WantedBy=multi-user.target network-online.target
"""


@dataclass(kw_only=True)
class Booted:
    """The host; `pid` is its systemd as the machine numbers it, 0 while it is down."""

    name: str
    disk: Path
    group: Path
    pid: int = 0
    keeper: int = 0

    def boot(self) -> None:
        """Switches it on and waits until systemd has nothing left to start."""
        mounts.prepare(self.disk)
        self.group.mkdir(exist_ok=True)
        with (self.disk / "console.log").open("ab") as console:
            read, write = os.pipe()
            self.keeper = os.fork()
            if self.keeper == 0:
                os.close(read)
                _keep(self, console.fileno(), write)
            os.close(write)
            with os.fdopen(read) as told:
                self.pid = int(told.readline())
        self._wait("is-system-running")

    def run(self, *argv: str, stdin: str = "", timeout: float = 120.0) -> Completed:
        """Runs a program on the host."""
        words = ["nsenter", f"--target={self.pid}", "--all", "--wd=/", *argv]
        done = subprocess.run(
            words, input=stdin, capture_output=True, text=True, timeout=timeout, check=False, env=ENVIRONMENT
        )
        return Completed(argv=argv, returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def does(self, *argv: str, stdin: str = "") -> str:
        """The same, for what must succeed: its output."""
        done = self.run(*argv, stdin=stdin)
        assert done.returncode == 0, (argv, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def write(self, path: str, content: str) -> None:
        """Writes a file that root alone may read."""
        self.does("sh", "-c", f"umask 077; cat > {path}", stdin=content)

    def is_active(self, unit: str) -> str:
        """What systemd says of a unit: active, inactive, failed."""
        return self.run("systemctl", "is-active", unit).stdout.strip()

    def main_pid(self, service: str) -> str:
        """The process of a service of ours, as the host numbers it; 0 while there is none."""
        return self.does("systemctl", "show", f"evertunnel-{service}", "--property=MainPID", "--value").strip()

    def reboot(self) -> None:
        """Has systemd reboot it, as an administrator does."""
        self.run("systemctl", "reboot")
        self._ended()
        self.boot()

    def end(self) -> None:
        """Cuts the power; nothing is left."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self._ended()
        for path in sorted(self.group.rglob("*/"), reverse=True):
            path.rmdir()
        self.group.rmdir()

    def _ended(self) -> None:
        os.waitpid(self.keeper, 0)
        self.pid = 0

    def _wait(self, verb: str) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while (said := self.run("systemctl", verb)).stdout.strip() not in {"running", "degraded"}:
            assert time.monotonic() < deadline, (said, (self.disk / "console.log").read_text()[-3000:])
            time.sleep(0.1)


@contextmanager
def switched_on(name: str, disk: Path, network: str, *, people: bool = False) -> Iterator[Booted]:
    """A host with a script that makes its cards at boot; on one for people, they can log in."""
    disk.mkdir(parents=True)
    host = Booted(name=name, disk=disk, group=_groups() / f"evertunnel-test-{os.getpid()}-{name}")
    _install(disk, name, network, MASKED if people else MASKED + OF_PEOPLE)
    try:
        host.boot()
        yield host
    finally:
        host.end()


def _install(disk: Path, name: str, network: str, masked: list[str]) -> None:
    units = disk / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    # What this machine starts at boot is not this host's.
    os.setxattr(units, "trusted.overlay.opaque", b"y")
    for unit in masked:
        (units / unit).symlink_to("/dev/null")
    (units / "test-network.service").write_text(NETWORK_UNIT)
    for target in ("multi-user.target.wants", "network-online.target.wants"):
        (units / target).mkdir()
        (units / target / "test-network.service").symlink_to("../test-network.service")
    etc = disk / "etc"
    (etc / "fstab").write_text("")
    (etc / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    (etc / "hostname").write_text(f"{name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {name}.corp.contoso.com {name}\n")
    (etc / "resolv.conf").write_text("")
    (etc / "test-network").write_text(network)


def _keep(host: Booted, console: int, tell: int) -> None:
    """The process that is systemd's parent: tells its number and ends with it."""
    try:
        _die_with_parent()
        (host.group / "cgroup.procs").write_text("0")
        mounts.unshare(NAMESPACES)
        child = os.fork()
        if child == 0:
            os.close(tell)
            _become_systemd(host, console)
        os.write(tell, f"{child}\n".encode())
        os.close(tell)
        os.waitpid(child, 0)
    finally:
        os._exit(0)


def _become_systemd(host: Booted, console: int) -> None:
    try:
        _die_with_parent()
        os.setsid()
        mounts.furnish(host.disk, hidden_programs())
        _devices()
        mounts._mount("cgroup2", "/sys/fs/cgroup", "cgroup2", mounts.MS_NOSUID, None)  # noqa: SLF001 (the same door)
        for number in (1, 2):
            os.dup2(console, number)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.closerange(3, 1024)
        words = ["systemd", "--unit=multi-user.target", "--log-target=console", "--show-status=no"]
        os.execve(SYSTEMD, words, {**ENVIRONMENT, "container": "evertunnel-test"})  # noqa: S606 (no shell is wanted)
    except BaseException as error:  # noqa: BLE001 (a fork of pytest must never go on)
        os.write(console, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(1)


def _devices() -> None:
    mounts._mount("tmpfs", "/dev", "tmpfs", mounts.MS_NOSUID, "mode=0755")  # noqa: SLF001 (the same door)
    before = os.umask(0)
    for name, numbers in DEVICES.items():
        os.mknod(f"/dev/{name}", 0o20666, os.makedev(*numbers))
    Path("/dev/net").mkdir()
    os.mknod("/dev/net/tun", 0o20666, os.makedev(*TUN))
    Path("/dev/shm").mkdir(0o1777)
    for name, number in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        Path(f"/dev/{name}").symlink_to(f"/proc/self/fd{number}")
    os.umask(before)


def _groups() -> Path:
    """Where this machine's version 2 control groups are."""
    lines = (line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return next(Path(words[4]) for words in lines if words[words.index("-") + 1] == "cgroup2")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
