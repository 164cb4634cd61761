"""A small charon of the tests' own, on a real Unix socket."""

import contextlib
import socket
import struct
import threading
from pathlib import Path

from vici.protocol import Message, Packet, Transport

from evertunnel.drivers.vici import Vici


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

    def says(self, raw: bytes) -> None:
        self._peers[-1].sendall(raw)

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
