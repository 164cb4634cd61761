import os
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers.host.supervisor import Places, Reply, Request, Supervisor, Verb
from evertunnel.drivers.local_socket import Peer


def test_strangers_and_nonsense_are_refused_with_words(tmp_path: Path) -> None:
    supervisor = Supervisor(Places(units=tmp_path / "u", socket=tmp_path / "s", logs=tmp_path / "l"))
    me = Peer(uid=os.geteuid(), gid=0, pid=1)
    stranger = Peer(uid=65_534 if os.geteuid() != 65_534 else 65_533, gid=0, pid=1)

    def asked(peer: Peer, request: bytes) -> str:
        return documents.from_json(Reply, supervisor.answer(peer, request), name="reply").error

    assert asked(stranger, documents.to_json(Request(verb=Verb.LIST)).encode()) == "only root may ask the supervisor"
    assert "not JSON" in asked(me, b"{")
    assert "no service 'x' is installed" in asked(me, documents.to_json(Request(verb=Verb.STOP, name="x")).encode())
    assert "not the name" in asked(me, documents.to_json(Request(verb=Verb.REMOVE, name="../x")).encode())
    assert "not complete" in asked(me, documents.to_json(Request(verb=Verb.INSTALL, name="x")).encode())
