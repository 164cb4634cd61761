"""What the real drivers of files and services do, their stand-ins do too."""

import grp
import os
import pwd
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evertunnel.drivers.fake import FakeBoot, FakeFiles, FakeLogins, FakeServices
from evertunnel.drivers.host.boot import FIREWALL, ROUTES, WANTED_BY, SystemdBoot
from evertunnel.drivers.host.files import Directory, File, Files
from evertunnel.drivers.host.logins import LogIn, Logins
from evertunnel.drivers.host.systemd import Systemd
from evertunnel.drivers.host.units import Services, Unit
from evertunnel.values import UserName

ALICE, BOB = UserName("alice@corp.contoso.com"), UserName("bob@corp.contoso.com")
OWNER, GROUP = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


@pytest.mark.parametrize("make", [Files, FakeFiles])
def test_written_file_is_read_and_observed_as_it_was_written(
    make: Callable[[], Files | FakeFiles], tmp_path: Path
) -> None:
    files = make()
    one = File(path=tmp_path / "deep" / "one", content="grüße\n", mode=0o640, owner=OWNER, group=GROUP)
    two = replace(one, path=tmp_path / "two", content="", secret=True)

    for file in (two, one, replace(one, content="again")):
        files.write(file)

    assert files.observe(tmp_path) == (replace(one, content="again"), replace(two, secret=False))
    assert files.read(tmp_path / "none") is None


@pytest.mark.parametrize("make", [Files, FakeFiles])
def test_removing_is_idempotent_and_keeps_directories_with_files(
    make: Callable[[], Files | FakeFiles], tmp_path: Path
) -> None:
    files = make()
    directory = Directory(path=tmp_path / "data", mode=0o700, owner=OWNER, group=GROUP)
    file = File(path=directory.path / "key", content="k", owner=OWNER, group=GROUP)
    files.make_directory(directory)
    files.write(file)

    files.remove_directory(directory.path)
    assert files.directory(directory.path) == directory
    assert files.inside(directory.path) == (file.path,)
    assert files.inside(tmp_path) == (directory.path,)
    files.remove(file.path)
    files.remove(file.path)
    files.remove_directory(directory.path)

    assert files.directory(directory.path) is None
    assert files.inside(directory.path) == ()
    assert files.observe(tmp_path) == ()


@pytest.mark.parametrize("kind", ["fake", "systemd"])
def test_services_are_installed_started_changed_and_removed(kind: str, tmp_path: Path) -> None:
    services: Services = FakeServices() if kind == "fake" else systemd(tmp_path)
    unit = Unit(name="signer", argv=("sleep", "60"))

    services.install(unit)
    assert not services.observe()["signer"].is_running
    services.start("signer")
    assert services.observe()["signer"].is_running
    services.install(replace(unit, generation="2"))
    assert not services.observe()["signer"].is_running
    services.restart("signer")
    assert services.observe()["signer"].is_running
    services.stop("signer")
    assert services.observe()["signer"].pid is None
    services.remove("signer")
    services.remove("signer")

    assert services.observe() == {}


def systemd(place: Path) -> Systemd:
    """With a systemctl that only remembers what is active."""
    active: set[str] = set()

    def systemctl(words: Sequence[str]) -> str:
        match words:
            case ["start" | "restart", name]:
                active.add(name)
            case ["stop", name] | ["disable", "--now", name]:
                active.discard(name)
            case ["show", name, *_]:
                return "ActiveState=active\nMainPID=7\n" if name in active else "ActiveState=inactive\nMainPID=0\n"
        return ""

    return Systemd(units=place / "u", specs=place / "s", started=place / "r", systemctl=systemctl, owner=(OWNER, GROUP))


@pytest.mark.parametrize("make", [lambda place: SystemdBoot(**real_boot(place)), lambda _: FakeBoot(at_boot=False)])
def test_boot_is_kept_from_when_it_is_told_to_until_it_is_forgotten(
    make: Callable[[Path], SystemdBoot | FakeBoot], tmp_path: Path
) -> None:
    boot = make(tmp_path)
    assert boot.kept() is False

    boot.keep()
    boot.keep()
    assert boot.kept() is True

    boot.forget()
    boot.forget()
    assert boot.kept() is False


def real_logins(place: Path) -> Logins:
    return Logins(units=place, systemctl=lambda _: "active", booted_with_systemd=place, owner=(OWNER, GROUP))


@pytest.mark.parametrize("make", [real_logins, lambda _: FakeLogins({"root": 0})])
def test_logins_sign_in_whom_they_were_told_last_until_that_is_removed(
    make: Callable[[Path], Logins | FakeLogins], tmp_path: Path
) -> None:
    logins = make(tmp_path)
    assert (logins.are_seen(), logins.number("root"), logins.number("nobody-has-this-name")) == (True, 0, None)
    assert logins.observe() == {}

    for user in (ALICE, BOB):
        logins.install(LogIn(user=user, account="root", number=0))
    logins.install(LogIn(user=ALICE, account="alice", number=1000))
    assert logins.observe() == {0: BOB, 1000: ALICE}

    logins.remove(0)
    logins.remove(0)
    assert logins.observe() == {1000: ALICE}


def real_boot(place: Path) -> Any:  # noqa: ANN401 (keyword arguments of several types)
    """systemctl stood in for: it makes the links."""

    def systemctl(words: Sequence[str]) -> str:
        if words[0] == "enable":
            for unit in (FIREWALL, ROUTES):
                link = place / WANTED_BY[unit] / unit
                link.parent.mkdir(exist_ok=True)
                link.unlink(missing_ok=True)
                link.symlink_to(place / unit)
        return ""

    return {"units": place, "systemctl": systemctl, "owner": (OWNER, GROUP)}
