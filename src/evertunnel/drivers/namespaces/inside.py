"""What the init of a host runs in forks of its own: probes, each printing one JSON value, and small servers."""

import errno
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REFUSED = {errno.ECONNREFUSED}
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EPERM, errno.EHOSTDOWN}
OCTETS_SHOWN = 16


def tcp(address: str, port: int, source: str | None, timeout: float) -> None:
    """Opens a TCP connection: answered, refused, timeout or unreachable."""
    _print(knock(address, port, source, timeout))


def knock(address: str, port: int, source: str | None, timeout: float) -> str:
    """The same, for those who run in the host already."""
    return _attempt(lambda: _connect(address, port, source, timeout).close())


def http(address: str, port: int, path: str, source: str | None, timeout: float, body: str = "") -> None:
    """Gets a page, or posts a body: `answered <status> <first line of the answer>`, or how the connection failed."""
    page: list[bytes] = []
    outcome = _attempt(lambda: page.append(_get(address, port, _request(address, path, body), source, timeout)))
    if outcome == "answered" and page:
        head, _, said = page[0].partition(b"\r\n\r\n")
        status = head.split(b" ", 2)[1] if head.count(b" ") else b"?"
        outcome = f"answered {status.decode()} {said.splitlines()[0].decode(errors='replace') if said else ''}".rstrip()
    _print(outcome)


def udp(address: str, port: int, source: str | None, timeout: float, payload: str) -> None:
    """Sends one datagram (hexadecimal): `answered <first octets, hexadecimal>`; an ICMP refusal counts as refused."""
    answer: list[bytes] = []
    outcome = _attempt(lambda: answer.append(_exchange(address, port, source, timeout, bytes.fromhex(payload))))
    _print(f"{outcome} {answer[0][:OCTETS_SHOWN].hex()}".rstrip() if answer else outcome)


def ping(address: str, source: str | None, timeout: float) -> None:
    """Sends echo requests until one is answered or the time is over."""
    _print(_attempt(lambda: _echo(address, source, timeout)))


def protocol(address: str, number: int, payload: str) -> None:
    """Sends one packet of another IP protocol, like GRE (47); nothing is waited for."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, number) as raw:
        _print(_attempt(lambda: raw.sendto(bytes.fromhex(payload), (address, 0))))


def download(address: str, port: int, path: str, source: str | None, timeout: float) -> None:
    """Gets an endless page, and prints the number of octets so far whenever some have come."""
    with _connect(address, port, source, timeout) as connection:
        connection.sendall(_request(address, path))
        connection.settimeout(None)
        octets = 0
        while chunk := connection.recv(65_536):
            octets += len(chunk)
            os.write(1, f"{octets}\n".encode())


def write(path: str, mode: int) -> None:
    """Writes standard input to a file in one step, parents made; a link of that name is replaced, never followed."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    with draft.open("wb") as out:
        os.fchmod(out.fileno(), mode)
        while chunk := os.read(0, 1 << 20):
            out.write(chunk)
    draft.rename(target)
    _print("written")


def put(values: dict[str, str]) -> None:
    """Writes kernel settings; one that this kernel has not is left out."""
    for path, value in values.items():
        if Path(path).exists():
            Path(path).write_text(value)
    _print("put")


def serve(pages: dict[str, str], echoes: list[int]) -> None:
    """Answers HTTP on the ports of `pages` and echoes UDP on `echoes`, until killed. A fork serves each connection."""
    import select  # noqa: PLC0415 (servers alone need it)
    import signal  # noqa: PLC0415 (the same)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listeners = {socket.create_server(("", int(port)), backlog=64): text for port, text in pages.items()}
    datagrams = [_bound(port) for port in echoes]
    _print("serving")
    while True:
        for ready in select.select([*listeners, *datagrams], [], [])[0]:
            if ready in listeners:
                _accept(ready, listeners[ready])
            else:
                _echo_back(ready)


def _accept(listener: socket.socket, text: str) -> None:
    connection, _ = listener.accept()
    if os.fork() == 0:
        try:
            _answer(connection, text)
        finally:
            os._exit(0)
    connection.close()


def _answer(connection: socket.socket, text: str) -> None:
    connection.settimeout(10)
    request = connection.recv(4096)
    if request.startswith(b"GET /stream"):
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        # Slow enough to run for ever beside everything else: 8 KiB twenty times a second.
        while True:
            connection.sendall(b"x" * 8192)
            time.sleep(0.05)
    body = text.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + body)


def _bound(port: int) -> socket.socket:
    handle = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    handle.bind(("", port))
    return handle


def _echo_back(handle: socket.socket) -> None:
    payload, peer = handle.recvfrom(65_535)
    handle.sendto(payload, peer)


def _attempt(action: Callable[[], object]) -> str:
    try:
        action()
    except TimeoutError:
        return "timeout"
    except OSError as error:
        if error.errno in REFUSED:
            return "refused"
        if error.errno in UNREACHABLE:
            return "unreachable"
        if error.errno == errno.EADDRNOTAVAIL:
            return "no such source"  # nothing was tried, so nothing was kept out
        return f"error: {error.strerror or error}"
    return "answered"


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _connect(address: str, port: int, source: str | None, timeout: float) -> socket.socket:
    handle = socket.socket(_family(address), socket.SOCK_STREAM)
    handle.settimeout(timeout)
    if source is not None:
        handle.bind((source, 0))
    handle.connect((address, port))
    return handle


def _get(address: str, port: int, request: bytes, source: str | None, timeout: float) -> bytes:
    with _connect(address, port, source, timeout) as connection:
        connection.sendall(request)
        page = b""
        while len(page) < 1 << 20 and (chunk := connection.recv(65_536)):
            page += chunk
        return page


def _request(address: str, path: str, body: str = "") -> bytes:
    what = f"Content-Length: {len(body.encode())}\r\n" if body else ""
    method = "POST" if body else "GET"
    return f"{method} {path} HTTP/1.1\r\nHost: {address}\r\n{what}Connection: close\r\n\r\n{body}".encode()


def _exchange(address: str, port: int, source: str | None, timeout: float, payload: bytes) -> bytes:
    with socket.socket(_family(address), socket.SOCK_DGRAM) as handle:
        handle.settimeout(timeout)
        if source is not None:
            handle.bind((source, 0))
        handle.connect((address, port))
        handle.send(payload)
        return handle.recv(65_535)


def _echo(address: str, source: str | None, timeout: float) -> None:
    six = ":" in address
    number = 58 if six else 1  # ICMPv6, ICMP
    with socket.socket(_family(address), socket.SOCK_RAW, number) as raw:
        if source is not None:
            raw.bind((source, 0))
        raw.connect((address, 0))
        identity, deadline, sequence = os.getpid() & 0xFFFF, time.monotonic() + timeout, 0
        while (left := deadline - time.monotonic()) > 0:
            sequence += 1
            raw.send(_echo_request(identity, sequence, six=six))
            if _replied(raw, identity, min(left, 0.25), six=six):
                return
        raise TimeoutError


def _replied(raw: socket.socket, identity: int, seconds: float, *, six: bool) -> bool:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        raw.settimeout(left)
        try:
            packet = raw.recv(2048)
        except TimeoutError:
            return False
        header = 0 if six else (packet[0] & 0x0F) * 4  # RFC 3542 3.1: IPv6 raw sockets give no header
        kind, _, _, seen = struct.unpack_from("!BBHH", packet, header)
        if kind == (129 if six else 0) and seen == identity:
            return True
    return False


def _echo_request(identity: int, sequence: int, *, six: bool) -> bytes:
    kind = 128 if six else 8
    blank = struct.pack("!BBHHH", kind, 0, 0, identity, sequence)
    # The kernel fills in ICMPv6 checksums (RFC 3542 3.1), not those of ICMP.
    return struct.pack("!BBHHH", kind, 0, 0 if six else _checksum(blank), identity, sequence)


def _checksum(packet: bytes) -> int:
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total >> 16) + (total & 0xFFFF)
    folded: int = ~(total + (total >> 16)) & 0xFFFF
    return folded


def _print(value: object) -> None:
    os.write(1, json.dumps(value).encode() + b"\n")


CALLS: dict[str, Callable[..., Any]] = {
    "tcp": tcp, "http": http, "udp": udp, "ping": ping, "protocol": protocol, "download": download, "serve": serve,
    "write": write, "put": put,
}  # fmt: skip
