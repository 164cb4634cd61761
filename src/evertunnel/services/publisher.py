"""The publisher: serves the CRLs and the authorities' certificates over HTTP, and nothing else.

Plain HTTP on purpose: what it serves is signed, and whoever fetches a CRL cannot check a TLS certificate without one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import http, logs
from evertunnel.drivers.http import Request, Response
from evertunnel.paths import ETC, STATE
from evertunnel.pki.settings import PublisherSettings

SETTINGS = ETC / "pki" / "publisher.json"
CRL = "application/pkix-crl"
CERTIFICATE = "application/pkix-cert"
# RFC 2585 4: the media types of what is fetched by HTTP. A path that is not here does not exist.
SERVED = {"/issuing.crl": CRL, "/root.crl": CRL, "/issuing.crt": CERTIFICATE, "/root.crt": CERTIFICATE}

log = logs.get_logger(__name__)


def main(settings_file: Path = SETTINGS) -> None:
    """Serves for ever."""
    settings = documents.from_json(PublisherSettings, settings_file.read_text(), name=str(settings_file))
    publisher = Publisher(directory=STATE / "publisher")
    asyncio.run(_serve(settings, publisher.answer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Answers from the files of one directory."""

    directory: Path

    def answer(self, request: Request) -> Response:
        """The file, 404 for any other path, 405 for anything but GET and HEAD."""
        content_type = SERVED.get(request.target)
        if content_type is None:
            return Response(status=HTTPStatus.NOT_FOUND, body=b"not found\n")
        if request.method not in ("GET", "HEAD"):
            return Response(status=HTTPStatus.METHOD_NOT_ALLOWED, body=b"only GET and HEAD\n")
        try:
            body = (self.directory / request.target.removeprefix("/")).read_bytes()
        except OSError as error:
            log.warning("not readable", file=request.target, error=str(error))
            return Response(status=HTTPStatus.NOT_FOUND, body=b"not published yet\n")
        return Response(status=HTTPStatus.OK, body=body, content_type=content_type)


async def _serve(settings: PublisherSettings, answer: Callable[[Request], Response]) -> None:
    server = await http.serve(str(settings.address), settings.port, answer)
    log.info("publishing", address=str(settings.address), port=settings.port)
    async with server:
        await server.serve_forever()
