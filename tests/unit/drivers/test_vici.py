"""The driver against a small charon of the test's own, on a real Unix socket."""

import contextlib
import os
import queue
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from vici.protocol import Message, Packet, Transport

from evertunnel.drivers.vici import CHANGES, Events, Vici
from evertunnel.drivers.vici_values import Changed, Ended, Event, LogLine
from evertunnel.errors import EngineRejected, EngineUnavailable


def test_refusal_carries_charons_own_words(charon: "Charon") -> None:
    charon.answers["load-conn"] = {"success": "no", "errmsg": "missing local auth"}

    with pytest.raises(EngineRejected, match="charon refused load-conn: missing local auth"):
        charon.connect().load_conn("evertunnel-device-x", {"version": "2"})


def test_version_and_names_come_as_text(charon: "Charon") -> None:
    charon.answers["version"] = {"daemon": "charon-systemd", "version": "5.9.8"}
    charon.answers["get-conns"] = {"conns": ["evertunnel-device-x", "branch"]}
    vici = charon.connect()

    assert vici.version() == "5.9.8"
    assert vici.get_conns() == ("evertunnel-device-x", "branch")


def test_list_sas_gives_every_streamed_sa(charon: "Charon") -> None:
    section = {"uniqueid": "7", "state": "ESTABLISHED", "remote-vips": ["10.99.0.1"]}
    charon.streams["list-sas"] = (
        "list-sa",
        [{"evertunnel-device-x": section}, {"branch": {**section, "uniqueid": "8"}}],
    )

    assert [sa.ike_id for sa in charon.connect().list_sas()] == [7, 8]


def test_ending_an_sa_that_is_gone_is_fine(charon: "Charon") -> None:
    charon.answers["terminate"] = {"success": "no", "errmsg": "no matching SAs to terminate found"}

    charon.connect().terminate(7)


def test_silent_charon_is_unavailable_after_the_timeout(charon: "Charon") -> None:
    charon.silent = True

    with pytest.raises(EngineUnavailable, match="did not answer version"):
        charon.connect(timeout=0.1).version()


def test_charon_that_stops_in_the_middle_of_a_message_is_unavailable(charon: "Charon") -> None:
    charon.raw = struct.pack("!I", 100) + b"\x01"

    with pytest.raises(EngineUnavailable):
        charon.connect(timeout=0.1).version()


@pytest.mark.parametrize("raw", [b"", b"\xff", b"\x02", b"\x01\x01", b"\x01\x03\xff", b"\x01\x03\x01a\x00"])
def test_answer_that_is_no_vici_is_an_engine_error(charon: "Charon", raw: bytes) -> None:
    charon.raw = struct.pack("!I", len(raw)) + raw

    with pytest.raises((EngineRejected, EngineUnavailable)):
        charon.connect(timeout=0.2).get_conns()


def test_absent_charon_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="charon is not there"):
        Vici(tmp_path / "nothing")


def test_instance_is_the_process_at_the_other_end(charon: "Charon") -> None:
    pid, _, started = charon.connect().instance.partition("-")

    assert int(pid) == os.getpid()
    assert started.isdigit()


def test_events_are_delivered_and_the_end_of_the_connection_is_one(charon: "Charon") -> None:
    heard: queue.Queue[Event] = queue.Queue()
    events = Events(charon.path, heard.put, timeout=1)

    charon.emit("ike-updown", {"up": "yes", "evertunnel-device-x": {"uniqueid": "3"}})
    charon.emit("log", {"group": "IKE", "ikesa-uniqueid": "3", "msg": "hello"})
    charon.close()

    assert heard.get(timeout=2) == Changed(ike_id=3, up=True)
    assert heard.get(timeout=2) == LogLine(ike_id=3, group="IKE", text="hello")
    assert isinstance(heard.get(timeout=2), Ended)
    events.close()


def test_events_that_nobody_wants_are_not_asked_for(charon: "Charon") -> None:
    events = Events(charon.path, lambda _: None, names=CHANGES, timeout=1)

    assert charon.registered == ["ike-updown", "child-updown", "child-rekey"]
    events.close()


# Helpers


class Charon:
    """Answers each command with what the test put there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, dict[str, object]] = {}
        self.streams: dict[str, tuple[str, list[dict[str, object]]]] = {}
        self.silent = False
        self.raw: bytes | None = None
        self.registered: list[str] = []
        self._peers: list[socket.socket] = []
        self._opened: list[Vici] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def connect(self, timeout: float = 1.0) -> Vici:
        vici = Vici(self.path, timeout=timeout)
        self._opened.append(vici)
        return vici

    def emit(self, name: str, message: dict[str, object]) -> None:
        packet = struct.pack("!BB", Packet.EVENT, len(name)) + name.encode() + Message.serialize(message)
        Transport(self._peers[-1]).send(packet)

    def close(self) -> None:
        # First: a thread whose peer has just been accepted ends by its client's end alone.
        for vici in self._opened:
            vici.close()
        for each in (self._socket, *self._peers):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(2)
        for sock in (self._socket, *self._peers):
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._socket.accept()
                self._peers.append(peer)
                self._threads.append(threading.Thread(target=self._serve, args=(peer,), daemon=True))
                self._threads[-1].start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._answer(peer, Transport(peer).receive())

    def _answer(self, peer: socket.socket, packet: bytes) -> None:
        if self.silent:
            return
        if self.raw is not None:
            peer.sendall(self.raw)
            return
        kind, name = packet[0], packet[2 : 2 + packet[1]].decode()
        transport = Transport(peer)
        if kind in (Packet.EVENT_REGISTER, Packet.EVENT_UNREGISTER):
            self.registered.append(name)
            transport.send(struct.pack("!B", Packet.EVENT_CONFIRM))
            return
        if name in self.streams:
            event, messages = self.streams[name]
            for message in messages:
                self.emit(event, message)
        transport.send(struct.pack("!B", Packet.CMD_RESPONSE) + Message.serialize(self.answers.get(name, {})))


@pytest.fixture
def charon(tmp_path: Path) -> Iterator[Charon]:
    made = Charon(tmp_path / "charon.vici")
    try:
        yield made
    finally:
        made.close()
