"""What a rehearsal needs of this machine, looked at before anything is touched; all that is missing at once."""

import calendar
import importlib.metadata
import os
import platform
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from evertunnel.errors import EvertunnelError
from evertunnel.lab.rundir import BASE

CAP_SYS_ADMIN, CAP_NET_ADMIN = 21, 12
PROGRAMS = {
    "charon-systemd": "apt-get install charon-systemd",
    "eapol_test": "apt-get install eapoltest",
    "freeradius": "apt-get install freeradius freeradius-rest",
    "ip": "apt-get install iproute2",
    "nft": "apt-get install nftables",
    "nsenter": "apt-get install util-linux",
    "openssl": "apt-get install openssl",
    "radclient": "apt-get install freeradius-utils",
    "ss": "apt-get install iproute2",
}
NFTABLES_LIBRARY = "libnftables.so.1"
LIBIPSEC = Path("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so")
IKE_PORTS = (500, 4500)
SUPPORTED = ("debian", "12")
MOUNT_SETATTR = (5, 12)  # the kernel that first has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was seen of the machine."""

    capabilities: int
    system: tuple[str, str]
    kernel: tuple[int, int]
    tun: bool
    overlay: bool
    base_is_overlay: bool
    missing_programs: tuple[str, ...]
    nftables_library: bool
    kernel_esp: bool
    libipsec: bool
    ike_ports_taken: tuple[int, ...]
    now: float
    released: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, what to do, and whether a rehearsal can do without."""

    what: str
    mend: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.what}. {self.mend}."


class NotReady(EvertunnelError):
    """A machine that cannot rehearse yet; the text names everything that is missing."""


def check(facts: Facts, *, anyway: bool = False) -> tuple[Finding, ...]:
    """Gives the warnings; raises NotReady with everything that stands in the way."""
    found = findings(facts, anyway=anyway)
    fatal = [str(finding) for finding in found if finding.fatal]
    if fatal:
        raise NotReady("\n".join(["This machine is not ready for a rehearsal:", *(f"  - {line}" for line in fatal)]))
    return found


def findings(facts: Facts, *, anyway: bool) -> tuple[Finding, ...]:
    """Everything that is wrong or worth knowing."""
    return (*_privileges(facts), *_system(facts, anyway=anyway), *_engines(facts), *_ike(facts), *_clock(facts))


def look() -> Facts:
    """Looks at this machine; changes nothing."""
    return Facts(
        capabilities=_capabilities(),
        system=_operating_system(),
        kernel=_kernel(),
        tun=Path("/dev/net/tun").is_char_device(),
        overlay="\toverlay\n" in Path("/proc/filesystems").read_text() or _module("overlay"),
        base_is_overlay=_file_system(BASE) == "overlay",
        missing_programs=tuple(name for name in PROGRAMS if shutil.which(name, path=_path()) is None),
        nftables_library=any(Path("/usr/lib").glob(f"*/{NFTABLES_LIBRARY}")),
        kernel_esp=_module("esp4") or _built_in("esp4"),
        libipsec=LIBIPSEC.exists(),
        ike_ports_taken=taken_ports(Path("/proc/net/udp").read_text(), IKE_PORTS),
        now=time.time(),
        released=release_time(importlib.metadata.version("evertunnel")),
    )


def taken_ports(table: str, ports: tuple[int, ...]) -> tuple[int, ...]:
    """Which of `ports` are bound, by the kernel's table of UDP sockets (/proc/net/udp)."""
    lines = [line.split() for line in table.splitlines()[1:]]
    bound = {int(fields[1].rpartition(":")[2], 16) for fields in lines if len(fields) > 1}
    return tuple(port for port in ports if port in bound)


def release_time(version: str) -> float:
    """The first second of the month that a version like 26.11.0 is named after."""
    year, month = (int(part) for part in version.split(".")[:2])
    return float(calendar.timegm((2000 + year, month, 1, 0, 0, 0)))


def _privileges(facts: Facts) -> list[Finding]:
    wanted = (1 << CAP_SYS_ADMIN) | (1 << CAP_NET_ADMIN)
    if facts.capabilities & wanted == wanted:
        return []
    return [Finding(what="Namespaces and interfaces need root (CAP_SYS_ADMIN, CAP_NET_ADMIN)", mend="Run it with sudo")]


def _system(facts: Facts, *, anyway: bool) -> list[Finding]:
    found = []
    if facts.system != SUPPORTED:
        name = " ".join(part for part in facts.system if part) or "an unknown system"
        mend = "Go on with --anyway, and expect surprises" if not anyway else "You said --anyway"
        found.append(Finding(what=f"This is {name}; tested is Debian 12", mend=mend, fatal=not anyway))
    if facts.kernel < MOUNT_SETATTR:
        found.append(Finding(what=f"Linux {'.'.join(map(str, facts.kernel))} is too old", mend="Use 5.12 or newer"))
    if not facts.tun:
        found.append(Finding(what="/dev/net/tun is missing", mend="Load it with: modprobe tun"))
    if not facts.overlay:
        found.append(Finding(what="The kernel has no overlay file system", mend="Load it with: modprobe overlay"))
    if facts.base_is_overlay:
        mend = f"Mount one there: mkdir -p {BASE} && mount -t tmpfs tmpfs {BASE}"
        found.append(Finding(what=f"{BASE} lies on an overlay, which cannot carry another (a container?)", mend=mend))
    return found


def _engines(facts: Facts) -> list[Finding]:
    found = [Finding(what=f"{name} is missing", mend=PROGRAMS[name]) for name in facts.missing_programs]
    if not facts.nftables_library:
        found.append(Finding(what=f"{NFTABLES_LIBRARY} is missing", mend="apt-get install libnftables1"))
    if not (facts.kernel_esp or facts.libipsec):
        what = "Neither the kernel nor strongSwan can carry ESP"
        found.append(
            Finding(what=what, mend="apt-get install libcharon-extra-plugins (kernel-libipsec), or modprobe esp4")
        )
    return found


def _ike(facts: Facts) -> list[Finding]:
    if not facts.ike_ports_taken:
        return []
    ports = " and ".join(str(port) for port in facts.ike_ports_taken)
    what = f"An IKE daemon of this machine holds UDP {ports}"
    mend = "The rehearsal does not mind, its hosts have networks of their own; `evertunnel apply` on this machine would"
    return [Finding(what=what, mend=mend, fatal=False)]


def _clock(facts: Facts) -> list[Finding]:
    if facts.now >= facts.released:
        return []
    date = time.strftime("%Y-%m-%d", time.gmtime(facts.now))
    what = f"The clock says {date}, before this version was made: every certificate would be wrong"
    return [Finding(what=what, mend="Set it, with timedatectl or date")]


def _capabilities() -> int:
    match = re.search(r"^CapEff:\s*([0-9a-f]+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(match[1], 16) if match else 0


def _operating_system() -> tuple[str, str]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ("", "")
    return (release.get("ID", ""), release.get("VERSION_ID", ""))


def _kernel() -> tuple[int, int]:
    match = re.match(r"(\d+)\.(\d+)", platform.release())
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _file_system(path: Path) -> str:
    """The type of the file system that a path lies on, by the longest mount point above it."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    above = [
        (len(fields[1]), index, fields[2]) for index, fields in enumerate(mounts) if path.is_relative_to(fields[1])
    ]
    return max(above)[2] if above else ""


def _module(name: str) -> bool:
    """Whether a module is loaded; a kernel without modules has no such table."""
    table = Path("/proc/modules")
    return table.exists() and any(line.split()[0] == name for line in table.read_text().splitlines())


def _built_in(name: str) -> bool:
    listing = Path("/lib/modules") / platform.release()
    files = [listing / "modules.builtin", listing / "modules.dep"]
    return any(f"/{name}.ko" in path.read_text() for path in files if path.exists())


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
