"""What a host does by itself at boot, before our services: the packet filter before the network, routes after it.

Where systemd starts the host, these are two units that run `evertunnel restore`; elsewhere `evertunnel supervise` does
it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from evertunnel.drivers.host.files import File, Files
from evertunnel.drivers.host.processes import resolve, run
from evertunnel.paths import STATE

FIREWALL, ROUTES = "evertunnel-firewall.service", "evertunnel-routes.service"
WANTED_BY = {FIREWALL: "sysinit.target.wants", ROUTES: "multi-user.target.wants"}
REQUIRED = Path("evertunnel-.service.d") / "firewall.conf"  # applies to each unit whose name begins so

FIREWALL_UNIT = """\
[Unit]
Description=Evertunnel packet filter, before the network
DefaultDependencies=no
RequiresMountsFor={state} {program}
# Debian's nftables.service begins by flushing every table; whoever sets kernel settings must not undo ours.
After=local-fs.target systemd-modules-load.service systemd-sysctl.service nftables.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={program} restore
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes

[Install]
WantedBy=sysinit.target
"""
ROUTES_UNIT = """\
[Unit]
Description=Evertunnel routes, once their next hops can be reached
Requires={firewall}
Wants=network-online.target
After={firewall} network-online.target
# A card may come late: it is to be tried for ever.
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={program} restore --routes
Restart=on-failure
RestartSec=1s
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
"""
REQUIRED_CONF = """\
# Without its packet filter nothing of Evertunnel starts on this host.
[Unit]
Requires={firewall}
"""


class SystemdBoot:
    """A host that systemd starts."""

    def __init__(
        self,
        *,
        units: Path = Path("/etc/systemd/system"),
        systemctl: Callable[[Sequence[str]], str] = lambda words: run(["systemctl", *words], timeout=120),
        owner: tuple[str, str] = ("root", "root"),
    ) -> None:
        self._units, self._systemctl, self._owner = units, systemctl, owner
        self._files = Files()

    def kept(self) -> bool | None:
        """Whether the packet filter is loaded at boot, by units that are ours to the letter."""
        as_written = (self._files.read(path) == file for path, file in self._wanted().items())
        enabled = (self._units / target / unit for unit, target in WANTED_BY.items())
        return all(as_written) and all(link.is_symlink() for link in enabled)

    def keep(self) -> None:
        """Has it loaded at boot; now it only says that it is there already."""
        for file in self._wanted().values():
            self._files.write(file)
        self._systemctl(["daemon-reload"])
        self._systemctl(["enable", FIREWALL, ROUTES])
        self._systemctl(["start", FIREWALL])

    def forget(self) -> None:
        """Takes the units away; the table stays where it is."""
        # Our services require it and would stop with it: what still runs is the diff's business.
        self._files.remove(self._units / REQUIRED)
        self._files.remove_directory((self._units / REQUIRED).parent)
        self._systemctl(["daemon-reload"])
        there = [unit for unit in (ROUTES, FIREWALL) if (self._units / unit).exists()]
        if there:
            self._systemctl(["stop", *there])
        for unit, target in WANTED_BY.items():
            # `systemctl disable` would leave the link of a unit whose file was deleted.
            self._files.remove(self._units / target / unit)
            self._files.remove(self._units / unit)
        self._systemctl(["daemon-reload"])

    def _wanted(self) -> dict[Path, File]:
        owner, group = self._owner
        texts = {self._units / name: text for name, text in boot_files().items()}
        return {path: File(path=path, content=text, owner=owner, group=group) for path, text in texts.items()}


class SupervisorBoot:
    """A host where `evertunnel supervise` loads the packet filter whenever it starts: nothing to keep."""

    def kept(self) -> bool | None:
        """Nobody's question."""
        return None

    def keep(self) -> None:
        """Nothing to do."""

    def forget(self) -> None:
        """Nothing to do."""


def boot_driver(booted_with_systemd: Path = Path("/run/systemd/system")) -> SystemdBoot | SupervisorBoot:
    """How this host loads its packet filter at boot."""
    return SystemdBoot() if booted_with_systemd.is_dir() else SupervisorBoot()


def boot_files() -> dict[str, str]:
    """The units' texts by path below systemd's folder; pure."""
    words = {"program": resolve(("evertunnel",))[0], "state": STATE, "firewall": FIREWALL}
    texts = {FIREWALL: FIREWALL_UNIT, ROUTES: ROUTES_UNIT, str(REQUIRED): REQUIRED_CONF}
    return {name: text.format(**words) for name, text in texts.items()}
