"""`check` and `plan`, and what every verb says where nothing is there yet."""

import json

import pytest
from tests.engine.command_line.machine import PLAN, PROGRAM, Machine

pytestmark = pytest.mark.engine

BAD = """
schema = 1
foo = 2
[hosts.a]
roles = ["x"]
"""


def test_check_finds_nothing_wrong_with_contoso(bare: Machine) -> None:
    assert "nothing wrong (7 hosts" in bare.types("check", PLAN, status=0).stdout
    assert json.loads(bare.types("check", PLAN, "--json", status=0).stdout) == {"findings": [], "complete": True}


def test_check_tells_all_problems_at_once(bare: Machine) -> None:
    bare.host.write("/var/tmp/bad.toml", BAD)

    said = bare.fails("check", "/var/tmp/bad.toml", status=2)

    assert "foo: unknown setting" in said
    assert "hosts.a.roles[0]: 'x' is not known here" in said
    assert "organisation: missing" in said
    assert all(line.startswith("/var/tmp/bad.toml: ") for line in said.splitlines())


def test_check_tells_programs_the_same(bare: Machine) -> None:
    bare.host.write("/var/tmp/bad.toml", BAD)

    found = json.loads(bare.types("check", "/var/tmp/bad.toml", "--json", status=2).stdout)["findings"]

    assert {"foo", "hosts.a.roles[0]", "organisation"} <= {finding["path"] for finding in found}


@pytest.mark.parametrize("content", ["", "\x1b[2J = 1", "a = [", "[" * 50_000, "schema = 99999999999999999999"])
def test_check_refuses_what_is_no_plan(bare: Machine, content: str) -> None:
    bare.host.write("/var/tmp/hostile.toml", content)

    said = bare.fails("check", "/var/tmp/hostile.toml", status=2)

    assert said.startswith("/var/tmp/hostile.toml: ")
    assert "\x1b" not in said


@pytest.mark.parametrize("path", ["/nowhere.toml", "/var/tmp", "/dev/full", "/usr/bin/env"])
def test_check_refuses_what_cannot_be_read(bare: Machine, path: str) -> None:
    assert bare.fails("check", path, status=2).startswith(f"{path}: ")


def test_plan_prints_schema_and_records(bare: Machine) -> None:
    assert json.loads(bare.types("plan", "schema", status=0).stdout)["$schema"]
    assert "vpn.contoso.com. IN A 203.0.113.10" in bare.types("plan", "records", PLAN, status=0).stdout
    assert len(json.loads(bare.types("plan", "records", PLAN, "--json", status=0).stdout)) == 6


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("device list", 2, "there is no store"),
        ("device add laptop1", 2, "there is no store"),
        ("certificate list", 2, "there is no store"),
        ("certificate revoke 1", 2, "there is no store"),
        ("why laptop1", 2, "nothing is recorded here about 'laptop1'"),
        ("verify", 2, "nothing was applied on this host"),
        ("preview", 2, "nothing was applied on this host"),
        ("apply", 2, "nothing was applied on this host"),
        (f"apply {PLAN}", 2, "no host 'bare' in the plan (edge1, gateway1, "),
        (f"apply {PLAN} --host core1", 1, "This host has no authority. Make one first: evertunnel ca create"),
        (f"bundle {PLAN} gateway1 --out /var/tmp", 1, "the signer does not answer on this host"),
        ("apply /var/tmp/nothing.bundle", 2, "No such file"),
    ],
)
def test_where_nothing_is_there_yet_each_verb_says_what_to_do(
    bare: Machine, words: str, status: int, said: str
) -> None:
    assert said in bare.fails(*words.split(), status=status)


def test_status_says_that_nothing_was_applied(bare: Machine) -> None:
    assert bare.types("status", status=1).stdout == "nothing was applied on this host: evertunnel apply FILE\n"
    assert json.loads(bare.types("status", "--json", status=1).stdout)["host"] == ""


@pytest.mark.parametrize(
    "words", ["device list", "apply /var/tmp/x.bundle", "status", "ca create /x --root-key /y", "why laptop1"]
)
def test_who_is_not_root_is_told_so(bare: Machine, words: str) -> None:
    done = bare.host.run(["setpriv", "--reuid=65534", "--clear-groups", PROGRAM, *words.split()], check=False)

    assert done.returncode == 1
    assert done.stderr == f"evertunnel {words.split(maxsplit=1)[0]}: run it as root: sudo evertunnel {words}\n"


def test_who_is_not_root_can_check(bare: Machine) -> None:
    bare.host.run(["setpriv", "--reuid=65534", "--clear-groups", PROGRAM, "check", PLAN])


def test_a_reader_that_has_seen_enough_is_no_fault(bare: Machine) -> None:
    done = bare.host.run(["bash", "-c", f"{PROGRAM} plan schema | head -1; exit ${{PIPESTATUS[0]}}"], check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_a_sentence(bare: Machine) -> None:
    done = bare.host.run(["sh", "-c", f"{PROGRAM} plan schema > /dev/full"], check=False)

    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
