"""Notes when packets arrive, and sends each back; runs on an inside server of a lab.

Copied to the host and started there by end.py; answers a stream's number (over a local socket) with what came of it.
"""

import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket

SERVER = Path("/run/sink.sock")
PORT = 5001
LONGEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """How many packets of a stream have come, and when the last, in Unix seconds."""

    packets: int = 0
    last: float = 0.0


def main() -> None:
    """Receives until it is ended."""
    arrived: dict[str, Arrived] = {}
    threading.Thread(target=_receive, args=(arrived,), daemon=True).start()
    local_socket.serve(SERVER, lambda _, tag: _told(arrived.get(tag.decode(), Arrived())), 0o600, None)


def _receive(arrived: dict[str, Arrived]) -> None:
    handle = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    handle.bind(("", PORT))
    while True:
        payload, peer = handle.recvfrom(LONGEST)
        tag = payload.decode(errors="replace")
        arrived[tag] = Arrived(packets=arrived.get(tag, Arrived()).packets + 1, last=time.time())
        handle.sendto(payload, peer)


def _told(arrived: Arrived) -> bytes:
    return documents.to_json(arrived).encode()


if __name__ == "__main__":
    main()
