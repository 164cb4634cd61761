"""Whatever bytes come, the server answers in HTTP or not at all, and never breaks."""

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.drivers.http import Request, Response, _Connection

GOOD = b"POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
CHUNKED = b"POST /x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1;a=b\r\n{\r\n01\r\n}\r\n0\r\na: b\r\n\r\n"
WHOLE = [GOOD, CHUNKED]
PARTS = [
    GOOD[:30],
    GOOD[30:],
    CHUNKED[:30],
    CHUNKED[30:],
    b"\r\n\r\n",
    b"HTTP/1.1\r\n",
    b"0\r\n",
    b"expect: 100-continue\r\n",
]
pieces = st.lists(st.binary(max_size=60) | st.sampled_from([*WHOLE, *PARTS]))


class Peer(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.received = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.received += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True


@given(pieces)
def test_any_bytes_are_answered_in_http_or_not_at_all(sent: list[bytes]) -> None:
    peer, _ = conversation(sent)

    assert peer.received == b"" or peer.received.startswith(b"HTTP/1.1 ")


@given(st.lists(st.integers(1, len(GOOD)), min_size=1, max_size=5))
def test_request_is_the_same_however_it_is_cut(cuts: list[int]) -> None:
    edges = sorted({0, *cuts, len(GOOD)})

    _, requests = conversation([GOOD[a:b] for a, b in itertools.pairwise(edges)])

    assert [(request.method, request.target, request.body) for request in requests] == [("POST", "/x", b"{}")]


@given(pieces)
def test_what_is_answered_does_not_depend_on_how_it_is_cut(sent: list[bytes]) -> None:
    at_once, octets = b"".join(sent), [bytes([octet]) for octet in b"".join(sent)]

    (peer, requests), (peer_of_octets, requests_of_octets) = conversation([at_once]), conversation(octets)

    assert (peer_of_octets.received, requests_of_octets) == (peer.received, requests)


def conversation(sent: list[bytes]) -> tuple[Peer, list[Request]]:
    peer, requests = Peer(), list[Request]()

    def answer(request: Request) -> Response:
        requests.append(request)
        return Response(body=b"ok")

    async def run() -> None:
        connection = _Connection(answer, set())
        connection.connection_made(peer)
        for data in sent:
            if not peer.closed and data:
                connection.data_received(data)
        connection.eof_received()
        connection.connection_lost(None)

    asyncio.run(run())
    return peer, requests
