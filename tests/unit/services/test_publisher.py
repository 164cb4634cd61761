import asyncio
from pathlib import Path

import pytest

from evertunnel.drivers import http
from evertunnel.drivers.http import Request
from evertunnel.services.publisher import Publisher


def test_what_is_published_comes_with_its_media_type(publisher: Publisher) -> None:
    crl = publisher.answer(Request(method="GET", target="/issuing.crl"))
    certificate = publisher.answer(Request(method="HEAD", target="/root.crt"))

    assert (crl.status, crl.body, crl.content_type) == (200, b"the issuing CRL", "application/pkix-crl")
    assert (certificate.status, certificate.content_type) == (200, "application/pkix-cert")


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "",
        "issuing.crl",
        "//issuing.crl",
        "/issuing.crl/",
        "/issuing.crl?x",
        "/../ca/issuing.key",
        "/%2e%2e/ca/issuing.key",
        "/secret",
        "http://pki.corp.contoso.com/secret",
    ],
)
def test_no_other_path_exists(publisher: Publisher, target: str) -> None:
    assert publisher.answer(Request(method="GET", target=target)).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_done_but_reading(publisher: Publisher, method: str) -> None:
    assert publisher.answer(Request(method=method, target="/issuing.crl")).status == 405


def test_what_is_not_published_yet_is_not_found(publisher: Publisher) -> None:
    assert publisher.answer(Request(method="GET", target="/root.crl")).status == 404


def test_files_come_over_the_wire_as_they_are(publisher: Publisher) -> None:
    async def fetch() -> bytes:
        server = await http.serve("127.0.0.1", 0, publisher.answer)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(http.get, f"http://127.0.0.1:{port}/issuing.crl", 5, 1000)

    assert asyncio.run(fetch()) == b"the issuing CRL"


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    published = tmp_path / "published"
    published.mkdir()
    (published / "issuing.crl").write_bytes(b"the issuing CRL")
    (published / "root.crt").write_bytes(b"the root")
    (published / "secret").write_bytes(b"not for you")
    return Publisher(directory=published)
