"""`device` as it is typed."""

import json

import pytest
from tests.engine.command_line.machine import PLAN, Machine, request

pytestmark = pytest.mark.engine

GROUP = ("--group", "VPN Devices")


def names(core: Machine) -> dict[str, bool]:
    found = json.loads(core.types("device", "list", "--json", status=0).stdout)
    return {each["name"]: each["enabled"] for each in found}


def test_devices_are_added_disabled_enabled_and_removed(core: Machine) -> None:
    assert core.types("device", "add", "d1", "D2", *GROUP, status=0).stdout == "added d1, d2\n"
    assert core.types("device", "disable", "d1", status=0).stdout == "disabled d1\n"
    assert names(core) == {"d1": False, "d2": True}
    assert "d1                    DISABLED  VPN Devices\n" in core.types("device", "list", status=0).stdout
    assert core.types("device", "enable", "d1", status=0).stdout == "enabled d1\n"
    assert core.types("device", "remove", "d1", "d2", status=0).stdout == "removed d1, d2\n"
    assert names(core) == {}
    assert core.types("device", "list", status=0).stdout == "no devices yet: evertunnel device add NAME --group GROUP\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("add e2 e1", 1, "e1 is in the directory already"),
        ("add e2 core1", 1, "core1 is in the directory already"),
        ("add e2 --group Nobody", 2, "There is no group Nobody"),
        ("add e2 e_3", 2, "'e_3' is not a host name"),
        ("add e2 --group a/b", 2, "is not a group name"),
        ("add", 2, "the following arguments are required: DEVICE"),
        ("disable e1 e9", 2, "e9 is not in the directory"),
        ("enable e9", 2, "e9 is not in the directory"),
        ("remove e1 e9", 2, "e9 is not in the directory"),
    ],
)
def test_of_several_devices_all_are_changed_or_none(core: Machine, words: str, status: int, said: str) -> None:
    core.types("device", "add", "e1", *GROUP, status=0)

    assert said in core.fails("device", *words.split(), status=status)

    assert names(core) == {"e1": True}
    core.types("device", "remove", "e1", status=0)


@pytest.mark.parametrize("verb", ["disable", "enable", "remove"])
def test_a_host_of_the_plan_is_no_device(core: Machine, verb: str) -> None:
    assert "core1 is a host of the plan" in core.fails("device", verb, "core1", status=1)


def test_a_device_is_enrolled(core: Machine) -> None:
    core.types("device", "add", "f1", *GROUP, status=0)
    path = request(core, "/var/tmp/f1.csr", "f1.corp.contoso.com")

    said = core.types("device", "enrol", PLAN, "f1", "--request", path, "--out", "/var/tmp/f1.profile", status=0).stdout

    assert said == "wrote /var/tmp/f1.profile: carry it to f1, there: evertunnel client install f1.profile\n"
    profile = json.loads(core.host.read("/var/tmp/f1.profile"))
    assert profile["device"] == "f1"
    assert "PRIVATE KEY" not in json.dumps(profile)
    core.types("device", "remove", "f1", status=0)


@pytest.mark.parametrize(
    ("device", "csr", "out", "status", "said"),
    [
        ("g9", "/var/tmp/g1.csr", "/var/tmp/g1.profile", 1, "g9 is not in the directory"),
        ("g1", "/var/tmp/other.csr", "/var/tmp/g1.profile", 1, "other.corp.contoso.com"),
        ("g1", PLAN, "/var/tmp/g1.profile", 2, "certificate request"),
        ("g1", "/var/tmp/none.csr", "/var/tmp/g1.profile", 2, "No such file"),
        ("g1", "/var/tmp/g1.csr", "/nowhere/g1.profile", 2, "/nowhere is no directory"),
        ("g1", "/var/tmp/g1.csr", "/var/tmp", 2, "a directory"),
        ("g2", "/var/tmp/g1.csr", "/var/tmp/g1.profile", 1, "g2 is not in VPN Devices"),
        ("g3", "/var/tmp/g1.csr", "/var/tmp/g1.profile", 1, "g3 is disabled"),
    ],
)
def test_what_cannot_be_enrolled_gets_no_certificate(
    core: Machine, device: str, csr: str, out: str, status: int, said: str
) -> None:
    if "g1" not in names(core):
        core.types("device", "add", "g1", "g3", *GROUP, status=0)
        core.types("device", "add", "g2", status=0)
        core.types("device", "disable", "g3", status=0)
        request(core, "/var/tmp/g1.csr", "g1.corp.contoso.com")
        request(core, "/var/tmp/other.csr", "other.corp.contoso.com")
    issued = core.finds("/var/lib/evertunnel/signer")

    words = core.fails("device", "enrol", PLAN, device, "--request", csr, "--out", out, status=status)

    assert said in words
    assert core.finds("/var/lib/evertunnel/signer") == issued
    assert core.finds("/var/tmp/g1.profile") == []
