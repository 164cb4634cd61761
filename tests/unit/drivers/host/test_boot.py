import grp
import os
import pwd
from collections.abc import Sequence
from pathlib import Path

import pytest

from evertunnel.drivers.host.boot import (
    FIREWALL,
    REQUIRED,
    ROUTES,
    SupervisorBoot,
    SystemdBoot,
    boot_driver,
    boot_files,
)

OWNER = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def test_the_packet_filter_is_there_before_the_network_and_after_what_would_undo_it() -> None:
    lines = boot_files()[FIREWALL].splitlines()

    assert "DefaultDependencies=no" in lines
    assert "Before=network-pre.target shutdown.target" in lines
    assert "Wants=network-pre.target" in lines
    assert "After=local-fs.target systemd-modules-load.service systemd-sysctl.service nftables.service" in lines
    assert "RemainAfterExit=yes" in lines
    assert next(line for line in lines if line.startswith("ExecStart=")).endswith("/evertunnel restore")


def test_routes_are_tried_for_ever_once_the_network_is_up() -> None:
    lines = boot_files()[ROUTES].splitlines()

    assert f"After={FIREWALL} network-online.target" in lines
    assert {"Restart=on-failure", "RestartSec=1s", "StartLimitIntervalSec=0"} <= set(lines)
    assert next(line for line in lines if line.startswith("ExecStart=")).endswith("/evertunnel restore --routes")


def test_every_service_of_ours_requires_the_packet_filter() -> None:
    assert str(REQUIRED) == "evertunnel-.service.d/firewall.conf"
    assert f"Requires={FIREWALL}" in boot_files()[str(REQUIRED)].splitlines()


def test_keeping_enables_both_units_and_starts_the_packet_filters(system: "System") -> None:
    assert system.boot.kept() is False

    system.boot.keep()

    assert system.boot.kept() is True
    assert system.told == [f"enable {FIREWALL} {ROUTES}", f"start {FIREWALL}"]


@pytest.mark.parametrize("name", [FIREWALL, ROUTES, str(REQUIRED)])
def test_a_unit_that_was_changed_by_hand_is_not_kept(system: "System", name: str) -> None:
    system.boot.keep()

    with (system.units / name).open("a") as file:
        file.write("# mine\n")

    assert system.boot.kept() is False


@pytest.mark.parametrize("unit", [FIREWALL, ROUTES])
def test_a_unit_that_is_not_enabled_is_not_kept(system: "System", unit: str) -> None:
    system.boot.keep()

    system.systemctl(["disable", unit])

    assert system.boot.kept() is False


def test_forgetting_leaves_nothing_and_what_is_half_there_is_forgotten_too(system: "System") -> None:
    system.boot.keep()
    (system.units / ROUTES).unlink()

    system.boot.forget()
    system.boot.forget()

    assert system.told[-1] == f"stop {FIREWALL}"
    assert [path for path in system.units.rglob("*") if not path.is_dir()] == []
    assert not (system.units / REQUIRED.parent).exists()


def test_where_systemd_does_not_run_it_is_the_supervisors_affair(tmp_path: Path) -> None:
    assert isinstance(boot_driver(tmp_path), SystemdBoot)
    assert isinstance(boot_driver(tmp_path / "none"), SupervisorBoot)
    assert SupervisorBoot().kept() is None


class System:
    """A folder of units, and a systemctl that makes and removes the links of `enable`."""

    def __init__(self, units: Path) -> None:
        self.units = units
        self.told: list[str] = []
        self.boot = SystemdBoot(units=units, systemctl=self.systemctl, owner=OWNER)

    def systemctl(self, words: Sequence[str]) -> str:
        if words[0] != "daemon-reload":
            self.told.append(" ".join(words))
        for unit in words[1:]:
            link = self.units / ("sysinit.target.wants" if unit == FIREWALL else "multi-user.target.wants") / unit
            if words[0] == "enable":
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(self.units / unit)
            if words[0] == "disable":
                link.unlink(missing_ok=True)
        return ""


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)
