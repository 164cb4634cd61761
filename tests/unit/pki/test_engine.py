import grp
import os
import pwd
import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.drivers.fake import FakeAccounts, FakeFiles, FakeServices
from evertunnel.drivers.host.users import Account
from evertunnel.drivers.local_socket import Server
from evertunnel.errors import EngineRejected, Problem
from evertunnel.pki import custody, render
from evertunnel.pki.authority import NewAuthority
from evertunnel.pki.custody import Places
from evertunnel.pki.engine import PkiEngine, crl_evidence, signer_evidence
from evertunnel.pki.model import State
from evertunnel.pki.requests import Answer
from evertunnel.plan.model import Plan
from evertunnel.reconcile.local import HostDrivers
from evertunnel.values import HostName

NOW = 1_800_000_000.0
EXAMPLE = Path(__file__).parents[3] / "examples" / "contoso.toml"


def test_second_apply_does_nothing_and_removing_leaves_nothing_of_services(engine: PkiEngine, wanted: State) -> None:
    first = _apply(engine, wanted)

    assert first[:2] == [
        "make system account evertunnel-signer in group evertunnel",
        "make system account evertunnel-publisher in group evertunnel-publisher",
    ]
    assert first[-2:] == ["start service signer", "start service publisher"]
    assert _apply(engine, wanted) == []
    _apply(engine, engine.empty())
    assert (engine.observe().files, engine.observe().services) == ((), ())


def test_host_without_authority_is_told_how_to_make_one(
    engine: PkiEngine, wanted: State, new: NewAuthority, places: Places
) -> None:
    with pytest.raises(EngineRejected, match="evertunnel ca create"):
        engine.check(wanted)

    custody.install(new, places, FakeAccounts())
    engine.check(wanted)


def test_verify_says_what_does_not_answer(engine: PkiEngine, wanted: State) -> None:
    _apply(engine, wanted)

    evidence = {each.part: each for each in engine.verify(wanted)}

    assert not evidence["signer"].held
    assert "no answer" in evidence["signer"].what
    assert not evidence["issuing CRL"].held
    assert not evidence["root CRL"].held


def test_signer_that_names_a_mistake_is_there(tmp_path: Path, answering: Callable[[Answer], Path]) -> None:
    alive = answering(Answer(wrong=(Problem(path="(whole file)", what="asks for nothing", mend="Ask"),)))

    assert signer_evidence(alive).held
    assert not signer_evidence(tmp_path / "nobody.sock").held


def test_crl_is_judged_by_signature_and_date(new: NewAuthority) -> None:
    good = crl_evidence("root", new.root_crl, new.root, NOW)
    foreign = crl_evidence("root", new.issuing_crl, new.root, NOW)
    late = crl_evidence("root", new.root_crl, new.root, NOW + timedelta(days=366).total_seconds())

    assert (good.held, good.what) == (True, "fetched over HTTP, 0 revoked, valid until 2028-01-15 08:00 UTC")
    assert (foreign.held, foreign.what) == (False, "is not signed by CN=Contoso Root CA,O=Contoso")
    assert not late.held
    assert late.what.startswith("is out of date since 2028-01-15")


def _apply(engine: PkiEngine, wanted: State) -> list[str]:
    actions = engine.diff(engine.observe(), wanted)
    for action in actions:
        engine.perform(action)
    return [str(action) for action in actions]


@pytest.fixture
def wanted(places: Places) -> State:
    plan = documents.read(Plan, tomllib.loads(EXAMPLE.read_text()), name="contoso.toml")
    # Nobody publishes on the loopback, which says so at once.
    document = documents.write(plan)
    assert isinstance(document, dict)
    document["hosts"]["core1"]["internal"]["address"] = "127.9.9.9/8"
    return render.desired(documents.read(Plan, document, name="plan"), HostName("core1"), places)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    me = Account(name=pwd.getpwuid(os.getuid()).pw_name, group=grp.getgrgid(os.getgid()).gr_name)
    published = tmp_path / "published"
    return Places(keys=tmp_path / "ca", journal=tmp_path / "signer" / "j.jsonl", published=published, owner=me)


@pytest.fixture
def engine(places: Places, tmp_path: Path) -> PkiEngine:
    drivers = HostDrivers(files=FakeFiles(), accounts=FakeAccounts(), services=FakeServices())
    socket = tmp_path / "signer.sock"
    return PkiEngine(
        host=drivers, places=places, socket=socket, clock=lambda: NOW, sleep=lambda _: None, settle_seconds=0
    )


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Callable[[Answer], Path]]:
    servers: list[Server] = []

    def start(answer: Answer) -> Path:
        path = tmp_path / "answering.sock"
        servers.append(Server(path=path, answer=lambda _, raw: documents.to_json(answer).encode()))
        threading.Thread(target=servers[-1].run, daemon=True).start()
        return path

    yield start
    for server in servers:
        server.close()
