from collections.abc import Iterable
from http import HTTPStatus

import pytest

from evertunnel.drivers.http_messages import HEADER_LIMIT, SIZE_LIMIT, Fetched, Request, Requests

GET = b"GET /a?b HTTP/1.1\r\nhost: x\r\n"
POST = b"POST /a HTTP/1.1\r\nhost: x\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"


def test_request_is_whole() -> None:
    (request,) = requests(POST + b"Content-Type:\t a/b \r\nempty:\r\ncontent-length: 2\r\n\r\n{}")

    headers = (("host", "x"), ("content-type", "a/b"), ("empty", ""), ("content-length", "2"))
    assert request == Request(method="POST", target="/a", headers=headers, body=b"{}")


def test_chunks_make_one_body() -> None:
    (request,) = requests(CHUNKED + b"3;a=b\r\nabc\r\n01\r\nd\r\n0\r\n\r\n")

    assert request.body == b"abcd"


def test_trailers_are_no_headers_of_this_request_nor_of_the_next() -> None:
    first, second = requests(CHUNKED + b"1\r\na\r\n0\r\nauthorization: Bearer x\r\nhost: y\r\n\r\n" + GET + b"\r\n")

    assert [name for name, _ in first.headers] == ["host", "transfer-encoding"]
    assert second.headers == (("host", "x"),)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        # The first line.
        (b"GET /\r\nhost: x\r\n\r\n", 400),
        (b"GET /\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.2\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nhost: x\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nhost: x\r\n\r\n", 400),
        (b"GET a HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"INVENTED / HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n", 405),
        # Headers.
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (GET + b"host: x\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nhost: x\r\nhost: x\r\n\r\n", 400),
        (GET + b"x: a\r\n b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n host: x\r\n\r\n", 400),
        (GET + b"x : a\r\n\r\n", 400),
        (GET + b": a\r\n\r\n", 400),
        (GET + b"a\r\n\r\n", 400),
        (GET + b"x: a\n\r\n", 400),
        (GET + b"x: a\ry: b\r\n\r\n", 400),
        (GET + b"\n", 400),
        (POST + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 1\r\n\r\n1", 501),
        (POST + b"connection: upgrade\r\nupgrade: h2c\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        # The length of the body.
        (POST + b"content-length: 1\r\ncontent-length: 2\r\n\r\n1", 400),
        (POST + b"content-length: 1\r\ncontent-length: 1\r\n\r\n1", 400),
        (POST + b"content-length: 1, 1\r\n\r\n1", 400),
        (POST + b"content-length: -1\r\n\r\n1", 400),
        (POST + b"content-length: +1\r\n\r\n1", 400),
        (POST + b"content-length: 0x1\r\n\r\n1", 400),
        (POST + b"content-length:\r\n\r\n1", 400),
        (POST + b"content-length: 18446744073709551617\r\n\r\n1", 400),
        (POST + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"transfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n0\r\n\r\n", 400),
        (POST + b"transfer-encoding: gzip\r\n\r\n", 501),
        (POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (POST + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (POST + b"transfer-encoding: \xa0chunked\r\n\r\n0\r\n\r\n", 501),
        (POST + b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        (POST + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        # Chunks.
        (CHUNKED + b"\r\n0\r\n\r\n", 400),
        (CHUNKED + b"-1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0x1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1 \r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\na\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\nab\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1;a\nb\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"10000000000000001\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0\r\ncontent-length: 1\r\n\r\n", 400),
    ],
)
def test_what_is_unclear_is_refused_and_is_the_last(sent: bytes, status: int) -> None:
    reading = Requests()
    reading.feed(sent + GET + b"\r\n")

    assert list(reading.due) == [status]
    assert reading.is_over


@pytest.mark.parametrize("octet", [*range(32), 127])
def test_control_characters_are_refused_wherever_they_stand(octet: int) -> None:
    for sent in (b"GET /a%cb HTTP/1.1\r\nhost: x\r\n\r\n", GET + b"a%cb: c\r\n\r\n", GET + b"a: b%cc\r\n\r\n"):
        (due,) = given(sent.replace(b"%c", bytes([octet])))

        is_tab_in_value = octet == ord("\t") and b": b" in sent
        assert isinstance(due, Request) is is_tab_in_value


def test_request_of_1_0_needs_no_host() -> None:
    assert len(requests(b"GET / HTTP/1.0\r\n\r\n")) == 1


def test_empty_lines_before_a_request_and_spaces_between_its_words_mean_nothing() -> None:
    (request,) = requests(b"\r\n\r\nGET  /a   HTTP/1.1\r\nhost: x\r\n\r\n")

    assert (request.method, request.target) == ("GET", "/a")


def test_other_protocols_are_ignored() -> None:
    (request,) = given(GET + b"connection: upgrade\r\nupgrade: h2c\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

    assert isinstance(request, Request)


@pytest.mark.parametrize(
    ("sent", "is_over"),
    [
        (GET + b"\r\n", False),
        (GET + b"connection: keep-alive\r\n\r\n", False),
        (GET + b"connection: close\r\n\r\n", True),
        (GET + b"connection: x, CLOSE\r\n\r\n", True),
        (GET + b"connection: close\r\nconnection: keep-alive\r\n\r\n", True),
        (GET + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n", True),
        (GET + b"upgrade: h2c\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", True),
    ],
)
def test_nothing_counts_after_the_last_request(sent: bytes, *, is_over: bool) -> None:
    reading = Requests()
    reading.feed(sent + sent)

    assert reading.is_over is is_over
    assert len(reading.due) == (1 if is_over else 2)


def test_what_is_due_keeps_the_order_of_what_came() -> None:
    expects = POST + b"expect: 100-continue\r\ncontent-length: 1\r\n\r\n1"

    due = given(GET + b"\r\n" + expects + b"?" + GET)

    assert [item.body if isinstance(item, Request) else item for item in due] == [b"", 100, b"1", 400]


def test_1_0_is_not_told_to_continue() -> None:
    assert len(given(b"POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n")) == 0


def test_headers_are_counted() -> None:
    most = b"a:\r\n" * (HEADER_LIMIT - 1)

    assert len(requests(GET + most + b"\r\n")) == 1
    assert given(GET + most + b"a:\r\n\r\n") == [HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE]


@pytest.mark.parametrize("size", [SIZE_LIMIT, SIZE_LIMIT + 1])
def test_body_is_bounded(size: int) -> None:
    (due,) = given(POST + b"content-length: %d\r\n\r\n" % size + bytes(size))
    (in_chunks,) = given(CHUNKED, *([b"1\r\na\r\n"] * size), b"0\r\n\r\n")

    expected = [size, size] if size == SIZE_LIMIT else [413, 413]
    assert [len(item.body) if isinstance(item, Request) else item for item in (due, in_chunks)] == expected


@pytest.mark.parametrize(
    ("begin", "on"),
    [
        (b"GET /", b"a"),
        (GET, b"a"),
        (GET + b"a: ", b"b"),
        (b"", b"\r\n"),
        (CHUNKED + b"1;", b"a"),
        (CHUNKED + b"0\r\na: ", b"b"),
        (CHUNKED + b"0\r\n", b"a: b\r\n"),
    ],
)
def test_what_goes_on_for_ever_is_refused(begin: bytes, on: bytes) -> None:
    reading = Requests()
    reading.feed(begin)
    for _ in range(SIZE_LIMIT // 1024 - 1):
        reading.feed(on * (1024 // len(on)))
        assert not reading.due

    reading.feed(on * 2048)

    assert list(reading.due) == [HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE]


def test_request_that_is_cut_off_is_refused_and_silence_is_not() -> None:
    for sent, due in ((b"GE", [400]), (GET, [400]), (CHUNKED + b"1\r\na", [400]), (b"", []), (b"\r\n", [])):
        reading = Requests()
        reading.feed(sent)
        reading.end()

        assert list(reading.due) == due


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "came",
    [
        OK + b"content-length: 2\r\n\r\nab",
        OK + b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\nx: y\r\n\r\n",
        b"HTTP/1.1 103 \r\nlink: x\r\n\r\n" + OK + b"content-length: 2\r\n\r\nab",
        OK + b"content-length: 2\r\n\r\nab" + b"HTTP/1.1 404 \r\ncontent-length: 1\r\n\r\nc",
        OK + b"connection: close\r\ncontent-length: 2\r\n\r\nabc",
    ],
)
def test_answer_is_whole_at_its_end(came: bytes) -> None:
    for pieces in ([came], [bytes([octet]) for octet in came]):
        answer = fetched(pieces)

        assert (answer.is_whole, bytes(answer.body)) == (True, b"ab")


def test_answer_without_a_length_is_whole_when_the_connection_ends() -> None:
    answer = fetched([b"HTTP/1.0 200 OK\r\n\r\nab"])
    assert not answer.is_whole

    answer.feed(b"")

    assert (answer.is_whole, bytes(answer.body)) == (True, b"ab")


@pytest.mark.parametrize(
    ("came", "why"),
    [
        (b"", "cut off"),
        (OK, "cut off"),
        (OK + b"content-length: 2\r\n\r\na", "cut off"),
        (OK + b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n", "cut off"),
        (b"HTTP/1.1 100 \r\n\r\n", "cut off"),
        (b"HTTP/1.1 101 \r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 302 \r\nlocation: /\r\ncontent-length: 0\r\n\r\n", "answered 302"),
        (b"SSH-2.0-x\r\n", "not HTTP"),
        (OK + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "not HTTP"),
        (OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab", "not HTTP"),
        (OK + b"content-length: 4\r\n\r\nabcd", "longer than 3 bytes"),
        (OK + b"\r\nabcd", "longer than 3 bytes"),
        (OK + b"x: " + b"y" * (SIZE_LIMIT + 3), "longer than 3 bytes"),
        (OK + b"transfer-encoding: chunked\r\n\r\n1;" + b"y" * (SIZE_LIMIT + 3), "longer than 3 bytes"),
    ],
)
def test_answer_that_will_not_be_whole_says_why(came: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fetched([came, b""], limit=3)


def requests(*pieces: bytes) -> list[Request]:
    return [item for item in given(*pieces) if isinstance(item, Request)]


def given(*pieces: bytes) -> list[Request | HTTPStatus]:
    reading = Requests()
    for piece in pieces:
        reading.feed(piece)
    return list(reading.due)


def fetched(pieces: Iterable[bytes], limit: int = 100) -> Fetched:
    answer = Fetched(limit)
    for piece in pieces:
        if not answer.is_whole:
            answer.feed(piece)
    return answer
