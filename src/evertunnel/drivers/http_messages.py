"""HTTP/1.1 messages out of what a peer sends, read by llhttp: no input or output here.

llhttp is strict unless told otherwise, and is not told so: methods, line ends, control characters, folding, lengths and
chunks are its to refuse. Refused here is what it lets pass: other versions, codings beside `chunked`, no host or two,
what is too large. Empty lines before a request and spaces between its words pass too: they change nothing.
"""

from collections import deque
from dataclasses import dataclass
from http import HTTPStatus

import httptools

SIZE_LIMIT = 64 * 1024
HEADER_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A whole request; header names are lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header that stands there exactly once: twice is as unclear as not at all."""
        values = [value for key, value in self.headers if key == name.lower()]
        return values[0] if len(values) == 1 else None


class Requests:
    """llhttp's callbacks: bytes in; out, in the order of what came, the requests to answer and the statuses to send."""

    def __init__(self) -> None:
        self.due: deque[Request | HTTPStatus] = deque()
        self.is_over = False  # the connection ends with the last that is due
        self._http = httptools.HttpRequestParser(self)
        self._unheard = 0  # octets since llhttp last had a part of a body for us, or an end
        self.on_message_begin()
        self.is_open = False

    def feed(self, data: bytes) -> None:
        """Takes what comes next."""
        self._unheard += len(data)
        try:
            self._http.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise  # we broke, not the peer
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._add(HTTPStatus.BAD_REQUEST, is_last=True)
        if self._unheard > SIZE_LIMIT:
            self._add(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, is_last=True)

    def end(self) -> None:
        """Nothing comes any more."""
        if self.is_open:
            self._add(HTTPStatus.BAD_REQUEST, is_last=True)

    def on_message_begin(self) -> None:
        self.is_open = self._is_head = True
        self._target, self._body = b"", bytearray()
        self._headers: list[tuple[str, str]] = []

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # The trailers of a chunked body come here too, and are no headers.
        if self._is_head:
            self._headers.append((name.lower().decode("ascii"), value.strip(b" \t").decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._is_head = False
        version = self._http.get_http_version()
        is_kept = self._http.should_keep_alive() and not self._http.should_upgrade()
        self._is_last = version != "1.1" or not is_kept
        if fault := self._fault(version):
            self._add(fault, is_last=True)
        elif version == "1.1" and "100-continue" in self._tokens("expect"):
            self._add(HTTPStatus.CONTINUE, is_last=False)

    def on_body(self, body: bytes) -> None:
        self._unheard = 0
        self._body += body
        if len(self._body) > SIZE_LIMIT:
            self._add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, is_last=True)

    def on_message_complete(self) -> None:
        self.is_open, self._unheard = False, 0
        request = Request(
            method=self._http.get_method().decode("ascii"),
            target=self._target.decode("ascii", "replace"),
            headers=tuple(self._headers),
            body=bytes(self._body),
        )
        self._add(request, is_last=self._is_last)

    def _fault(self, version: str) -> HTTPStatus | None:
        hosts = sum(name == "host" for name, _ in self._headers)
        # RFC 9112 3.2: 1.1 asks for a host, and nobody may name two.
        if version not in ("1.0", "1.1") or hosts > 1 or (version == "1.1" and not hosts):
            return HTTPStatus.BAD_REQUEST
        if self._http.get_method() == b"CONNECT":
            return HTTPStatus.METHOD_NOT_ALLOWED
        codings = self._tokens("transfer-encoding")
        # llhttp reads no body where another protocol is offered; without one, the offer is ignored (RFC 9110 7.8).
        is_lost = self._http.should_upgrade() and bool(codings or self._tokens("content-length"))
        if is_lost or codings not in ([], ["chunked"]):
            return HTTPStatus.NOT_IMPLEMENTED
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if len(self._headers) > HEADER_LIMIT else None

    def _tokens(self, name: str) -> list[str]:
        return [token.strip(" \t").lower() for key, value in self._headers if key == name for token in value.split(",")]

    def _add(self, due: Request | HTTPStatus, *, is_last: bool) -> None:
        # After the last, what else llhttp finds in the same piece does not count.
        if not self.is_over:
            self.due.append(due)
            self.is_over = is_last


class Fetched:
    """llhttp's callbacks: the body of one answer of status 200, after those that announce it (RFC 9110 15.2)."""

    def __init__(self, limit: int) -> None:
        self.body = bytearray()
        self.is_whole = False
        self._limit = limit
        self._http = httptools.HttpResponseParser(self)
        self._status = 0
        self._is_framed = False
        self._octets = 0

    def feed(self, data: bytes) -> None:
        """Takes what comes next, where nothing is the end; ValueError says why it will not become an answer."""
        if data:
            self._take(data)
        elif not self._status or self._is_framed:
            raise ValueError("cut off")
        else:
            # RFC 9112 6.3: without a length, the end of the connection is the end of the body.
            self.is_whole = True

    def on_header(self, name: bytes, _: bytes) -> None:
        self._is_framed |= name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        status = self._http.get_status_code()
        self._status = status if status >= HTTPStatus.OK else 0

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole = self._status != 0
        if self.is_whole:
            raise EOFError  # ends llhttp's work: what follows is not ours

    def _take(self, data: bytes) -> None:
        self._octets += len(data)
        try:
            self._http.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.is_whole:
                raise ValueError(f"not HTTP: {error}") from error
        if self._status not in (0, HTTPStatus.OK):
            raise ValueError(f"answered {self._status}")
        if max(len(self.body), self._octets - SIZE_LIMIT) > self._limit:
            raise ValueError(f"longer than {self._limit} bytes")
