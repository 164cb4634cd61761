"""`remove` as it is typed; on a host of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.command_line.machine import PASSPHRASE_FILE, PLAN, ROOT_KEY, Machine, prepare, started

pytestmark = pytest.mark.engine

EVERYWHERE = ("/etc/evertunnel", "/run/evertunnel", "/var/lib/evertunnel", "/var/log/evertunnel")


@pytest.fixture(scope="module")
def machine(disks: Path) -> Iterator[Machine]:
    with started(disks / "removing", "core1") as made:
        prepare(made)
        yield made


def test_remove_keeps_store_keys_and_spools_then_purge_keeps_nothing(machine: Machine) -> None:
    machine.types("device", "add", "laptop1", status=0)
    before = set(machine.finds("/var/lib/evertunnel/ca", "/var/lib/evertunnel/secrets"))

    said = machine.types("remove", status=0).stdout

    assert "stop and remove service signer" in said
    assert said.endswith("kept: /var/lib/evertunnel, /var/log/evertunnel\n")
    assert machine.finds("/etc/evertunnel", "/run/evertunnel") == []
    assert before <= set(machine.finds("/var/lib/evertunnel"))
    assert "supervise" not in machine.host.run(["ps", "-eo", "args"]).stdout
    assert machine.host.run(["nft", "list", "ruleset"]).stdout == ""
    assert "laptop1" in machine.types("device", "list", status=0).stdout

    # What is kept is enough to come back.
    machine.types("apply", PLAN, status=0)
    assert "laptop1" in machine.types("device", "list", status=0).stdout

    removed = json.loads(machine.types("remove", "--purge", "--json", status=0).stdout)
    assert removed["kept"] == []
    assert machine.finds(*EVERYWHERE) == []
    assert machine.types("remove", "--purge", status=0).stdout == "0 action(s); nothing is left\n"
    assert "there is no store" in machine.fails("device", "list", status=2)

    # The root's key was never ours to keep, nor to delete.
    assert machine.finds(ROOT_KEY) != []
    other = ("--root-key", "/var/tmp/other.key", "--passphrase-file", PASSPHRASE_FILE)
    assert "created 'Contoso Root CA'" in machine.types("ca", "create", PLAN, *other, status=0).stdout
