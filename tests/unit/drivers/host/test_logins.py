import grp
import os
import pwd
from collections.abc import Sequence
from pathlib import Path

import pytest

from evertunnel.drivers.host.logins import LOGIND, LogIn, Logins, unit_file
from evertunnel.drivers.host.processes import resolve
from evertunnel.values import UserName

OWNER = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
ALICE, BOB = UserName("alice@corp.contoso.com"), UserName("bob@corp.contoso.com")
UNIT, MANAGER = "evertunnel-sign-in-1000.service", "user@1000.service"


def test_unit_begins_and_ends_with_the_account_s_own_manager_and_no_login_waits_for_it() -> None:
    lines = unit_file(LogIn(user=ALICE, account="alice", number=1000)).splitlines()

    after = f"After={MANAGER} evertunnel-client.service evertunnel-client-charon.service"
    assert {"StopWhenUnneeded=yes", after, f"WantedBy={MANAGER}"} <= set(lines)
    assert not any(line.startswith(("Before=", "BindsTo=", "PartOf=", "Requires", "RequiredBy=")) for line in lines)


def test_unit_signs_in_whatever_comes_of_it_and_out_in_any_case() -> None:
    lines = unit_file(LogIn(user=ALICE, account="alice", number=1000)).splitlines()

    program = resolve(("evertunnel",))[0]
    assert f'ExecStart=-"{program}" "client" "sign-in" "{ALICE}"' in lines
    (after,) = [line for line in lines if line.startswith('ExecStopPost=-"/bin/sh" "-c" ')]
    assert after.endswith(f' "sh" "{program}" "client" "sign-out" "{ALICE}"')
    assert '[ \\"$$SERVICE_RESULT\\" = exec-condition ] ||' in after
    assert {"Type=oneshot", "RemainAfterExit=yes", "TimeoutStartSec=60s"} <= set(lines)


@pytest.mark.parametrize(
    ("account", "written"),
    [
        ("alice", '"alice"'),
        ("100%h", '"100%%h"'),
        ("$HOME", '"$$HOME"'),
        ('a" "b', '"a\\" \\"b"'),
        ("CONTOSO\\alice", '"CONTOSO\\\\alice"'),
        ("a\nExecStart=/bin/b", '"a\\nExecStart=/bin/b"'),
    ],
)
def test_account_of_any_name_stays_one_word(account: str, written: str) -> None:
    lines = unit_file(LogIn(user=ALICE, account=account, number=1000)).splitlines()

    condition = next(line for line in lines if line.startswith("ExecCondition="))
    assert condition.endswith(f' "sh" {written} "1000"')
    assert sum(line.startswith("ExecStart=") for line in lines) == 1


def test_number_of_an_account_is_the_systems(host: "Host") -> None:
    assert host.logins.number("root") == 0
    assert host.logins.number("nobody-has-this-name") is None


def test_login_is_enabled_and_begins_at_once_only_where_the_account_is_logged_in(host: "Host") -> None:
    host.logins.install(LogIn(user=ALICE, account="alice", number=1000))
    assert host.told == [f"enable {UNIT}"]

    host.active.add(MANAGER)
    host.logins.install(LogIn(user=BOB, account="alice", number=1000))

    assert host.told[1:] == [f"enable {UNIT}", f"start {UNIT}"]
    assert host.logins.observe() == {1000: BOB}


def test_removal_signs_out_first_and_leaves_nothing(host: "Host") -> None:
    host.logins.install(LogIn(user=ALICE, account="alice", number=1000))

    host.logins.remove(1000)
    host.logins.remove(1000)

    assert host.told == [f"enable {UNIT}", f"stop {UNIT} while its file is there"]
    assert list(host.units.iterdir()) == []


def test_files_of_others_with_such_names_are_not_ours(host: "Host") -> None:
    for name, text in (("1000", "[Unit]\n"), ("people", f"User={ALICE}\n"), ("1001", "User=nobody in particular\n")):
        (host.units / f"evertunnel-sign-in-{name}.service").write_text(text)

    assert host.logins.observe() == {}


def test_logins_are_seen_where_both_systemd_and_logind_run(host: "Host") -> None:
    assert host.logins.are_seen()

    host.active.clear()
    assert not host.logins.are_seen()

    host.active.add(LOGIND)
    host.booted.rmdir()
    assert not host.logins.are_seen()


def test_where_systemd_does_not_run_its_units_can_still_be_taken_away(host: "Host") -> None:
    host.logins.install(LogIn(user=ALICE, account="alice", number=1000))
    host.booted.rmdir()

    host.logins.remove(1000)

    assert host.told == [f"enable {UNIT}"]
    assert host.logins.observe() == {}


class Host:
    """A folder of units, and a systemctl that makes the links of `enable` and knows which units are active."""

    def __init__(self, place: Path) -> None:
        self.units, self.booted = place / "units", place / "booted"
        for directory in (self.units, self.booted):
            directory.mkdir()
        self.told: list[str] = []
        self.active = {LOGIND}
        self.logins = Logins(units=self.units, systemctl=self.systemctl, booted_with_systemd=self.booted, owner=OWNER)

    def systemctl(self, words: Sequence[str]) -> str:
        if words[0] == "show":
            return "active\n" if words[-1] in self.active else "inactive\n"
        if words[0] == "enable":
            wants = self.units / f"{MANAGER}.wants"
            wants.mkdir(exist_ok=True)
            (wants / words[1]).unlink(missing_ok=True)
            (wants / words[1]).symlink_to(self.units / words[1])
        if words[0] != "daemon-reload":
            there = " while its file is there" if words[0] == "stop" and (self.units / words[1]).exists() else ""
            self.told.append(" ".join(words) + there)
        return ""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)
