import re
from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel import documents, reconcile
from evertunnel.drivers.fake import FakeAccounts, FakeFiles, FakeServices
from evertunnel.drivers.host.users import Account
from evertunnel.errors import EngineRejected
from evertunnel.reconcile import HostDrivers, Local, LocalEngine, Owned, Part
from evertunnel.reconcile.files import Directory, File
from evertunnel.reconcile.services import Service

TREE = Path("/etc/evertunnel/pki")
STATE = Path("/var/lib/evertunnel")
CONF = File(path=TREE / "signer.json", content="{}", mode=0o640)
DATA = Directory(path=STATE / "ca", mode=0o700, owner="evertunnel-signer", group="evertunnel")
SIGNER = Service(name="signer", argv=("evertunnel", "signer"), reads=(CONF.path,)).of_files([CONF])
ACCOUNT = Account(name="evertunnel-signer", group="evertunnel")
WISH = Local(accounts=(ACCOUNT,), directories=(DATA,), files=(CONF,), services=(SIGNER,))
OWNED = Owned(tree=TREE, services=("signer",), directories=(DATA.path,), accounts=(ACCOUNT.name,))


def test_apply_makes_everything_in_order_and_a_second_apply_nothing() -> None:
    engine, _ = made()

    done = reconcile.apply([Part(engine=engine, desired=WISH)])

    assert [step.action for step in done.steps] == [
        "make system account evertunnel-signer in group evertunnel",
        "make directory /var/lib/evertunnel/ca",
        "write /etc/evertunnel/pki/signer.json: new",
        "start service signer",
    ]
    assert reconcile.apply([Part(engine=engine, desired=WISH)]).steps == ()


def test_drift_by_hand_is_healed() -> None:
    engine, host = made()
    reconcile.apply([Part(engine=engine, desired=WISH)])

    host.files.write(replace(CONF, content="{1}"))
    host.files.write(File(path=TREE / "stray", content=""))
    host.services.stop("signer")

    assert [step.action for step in reconcile.preview([Part(engine=engine, desired=WISH)])] == [
        "write /etc/evertunnel/pki/signer.json: its content differs",
        "remove /etc/evertunnel/pki/stray",
        "start service signer",
    ]
    reconcile.apply([Part(engine=engine, desired=WISH)])
    assert reconcile.preview([Part(engine=engine, desired=WISH)]) == ()


def test_service_that_does_not_start_is_put_back() -> None:
    engine, host = made()
    reconcile.apply([Part(engine=engine, desired=WISH)])
    broken = replace(WISH, services=(replace(SIGNER, argv=("evertunnel", "broken")),))
    host.services.refused.add(("evertunnel", "broken"))

    with pytest.raises(EngineRejected, match="planted"):
        reconcile.apply([Part(engine=engine, desired=broken, previous=WISH)])

    assert reconcile.preview([Part(engine=engine, desired=WISH)]) == ()


def test_service_that_dies_at_once_is_evidence_against() -> None:
    engine, host = made()
    reconcile.apply([Part(engine=engine, desired=WISH)])
    host.services.statuses["signer"] = replace(host.services.statuses["signer"], pid=None, restarts=3)

    held = {each.part: (each.held, each.what) for each in engine.verify(WISH)}

    assert held == {
        "pki files": (True, "1 files are as planned"),
        "service signer": (False, "does not run (3 restarts)"),
    }


def test_missing_program_and_foreign_paths_are_refused_before_anything() -> None:
    engine, host = made()
    host.services.missing.add("evertunnel")
    missing = Local(services=(SIGNER,))
    foreign = Local(files=(replace(CONF, path=Path("/etc/passwd")),))

    with pytest.raises(EngineRejected, match="not installed on this host: evertunnel"):
        reconcile.apply([Part(engine=engine, desired=missing)])
    with pytest.raises(EngineRejected, match="/etc/passwd"):
        reconcile.apply([Part(engine=engine, desired=foreign)])
    assert host.services.told == []


@pytest.mark.parametrize(
    ("escape", "named"),
    [
        (Local(files=(replace(CONF, path=TREE / ".." / ".." / "passwd"),)), "passwd"),
        (Local(directories=(replace(DATA, path=Path("/etc")),)), "/etc"),
        (Local(directories=(replace(DATA, path=TREE / ".." / ".."),)), "/etc/evertunnel/pki/../.."),
        (Local(accounts=(Account(name="root", group="evertunnel"),)), "account root"),
        (Local(services=(replace(SIGNER, argv=("/bin/sh", "-c", "x")),)), "program '/bin/sh'"),
        (Local(services=(replace(SIGNER, before=(("sh", "-c", "x"),)),)), "program 'sh'"),
        (Local(services=(replace(SIGNER, after=((),)),)), "program ''"),
    ],
)
def test_bundle_cannot_reach_beyond_what_the_domain_owns(escape: Local, named: str) -> None:
    engine, host = made()

    with pytest.raises(EngineRejected, match=re.escape(named)):
        reconcile.apply([Part(engine=engine, desired=escape)])
    assert host.services.told == []
    assert host.files.directories == {}


def test_remove_keeps_accounts_and_directories_with_data_and_does_not_say_otherwise() -> None:
    engine, host = made()
    reconcile.apply([Part(engine=engine, desired=WISH)])
    host.files.write(File(path=DATA.path / "root.key", content="", mode=0o600))

    steps = reconcile.remove([engine])

    assert [step.action for step in steps] == ["stop and remove service signer", f"remove {CONF.path}"]
    assert reconcile.preview([Part(engine=engine, desired=engine.empty())]) == ()
    assert all(evidence.held for evidence in engine.verify(engine.empty()))
    assert list(host.files.files) == [DATA.path / "root.key"]
    assert host.files.directories == {DATA.path: DATA}
    assert host.services.observe() == {}


def test_remove_takes_directories_that_hold_nothing_but_each_other_and_files_of_ours() -> None:
    tree = Directory(path=TREE)
    outer, inner = replace(DATA, path=STATE / "x"), replace(DATA, path=STATE / "x" / "y")
    host = Fakes()
    owned = replace(OWNED, directories=(tree.path, outer.path, inner.path))
    engine = LocalEngine(name="pki", owned=owned, host=host.drivers())
    reconcile.apply([Part(engine=engine, desired=replace(WISH, directories=(tree, outer, inner)))])

    reconcile.remove([engine])

    assert host.files.directories == {}


def test_data_in_a_directory_keeps_those_above_it() -> None:
    outer, inner = replace(DATA, path=STATE / "x"), replace(DATA, path=STATE / "x" / "y")
    host = Fakes()
    engine = LocalEngine(name="pki", owned=replace(OWNED, directories=(outer.path, inner.path)), host=host.drivers())
    reconcile.apply([Part(engine=engine, desired=replace(WISH, directories=(outer, inner)))])
    host.files.write(File(path=inner.path / "root.key", content="", mode=0o600))

    assert [step.action for step in reconcile.remove([engine]) if "directory" in step.action] == []
    assert set(host.files.directories) == {outer.path, inner.path}


def test_failed_first_apply_leaves_data_where_it_was_and_does_not_say_otherwise() -> None:
    engine, host = made()
    host.files.make_directory(DATA)
    host.files.write(File(path=DATA.path / "root.key", content="", mode=0o600))
    host.services.refused.add(SIGNER.argv)

    with pytest.raises(EngineRejected, match="planted") as caught:
        reconcile.apply([Part(engine=engine, desired=WISH)])

    assert not [note for note in caught.value.__notes__ if "directory" in note]
    assert DATA.path / "root.key" in host.files.files


def test_state_survives_a_bundle() -> None:
    assert documents.from_json(Local, documents.to_json(WISH), name="bundle") == WISH


class Fakes:
    def __init__(self) -> None:
        self.files, self.accounts, self.services = FakeFiles(), FakeAccounts(), FakeServices()

    def drivers(self) -> HostDrivers:
        return HostDrivers(files=self.files, accounts=self.accounts, services=self.services)


def made() -> tuple[LocalEngine, Fakes]:
    fakes = Fakes()
    return LocalEngine(name="pki", owned=OWNED, host=fakes.drivers()), fakes
