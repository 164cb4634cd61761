"""Keeps a gateway's CRLs, for the sessions service: fetches them on a timer, checks them, and loads them into charon.

IKE never waits for HTTP: what is held serves until something newer has come.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from evertunnel.drivers import http, logs
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.gateway import crls
from evertunnel.gateway.model import CrlSource

RETRY_SECONDS = 10.0
GET_SECONDS = 10.0
LIMIT = 8 * 1024 * 1024
NAMES = ("root.crl", "issuing.crl")

log = logs.get_logger(__name__)


class Charon(Protocol):
    """What is asked of a charon."""

    def load_crl(self, data: bytes) -> None: ...
    def flush_certs(self) -> None: ...


class CrlKeeper:
    """The CRLs of both authorities, in the service's state directory."""

    def __init__(self, state: Path, source: CrlSource, authorities: tuple[str, str]) -> None:
        self._state, self._source, self._authorities = state, source, authorities
        self._fetch = asyncio.Event()

    def fetch_now(self) -> None:
        """Fetches at once."""
        self._fetch.set()

    async def run(self, changed: Callable[[], None]) -> None:
        """Fetches for ever; says when something newer has come."""
        while True:
            self._fetch.clear()
            news = [await asyncio.to_thread(self._newer, name) for name in NAMES]
            if any(news):
                changed()
            whole = all((self._state / name).exists() for name in NAMES)
            try:
                await asyncio.wait_for(self._fetch.wait(), self._source.fetch_seconds if whole else RETRY_SECONDS)
            except TimeoutError:
                continue

    def load(self, charon: Charon) -> None:
        """Gives charon what is held."""
        for name in NAMES:
            data = self._held(name)
            if data is not None:
                charon.load_crl(data)
        # A CRL loaded after a device's first success changes nothing until the verdicts are forgotten.
        charon.flush_certs()

    def _held(self, name: str) -> bytes | None:
        try:
            data = (self._state / name).read_bytes()
            crls.checked(data, self._authorities[NAMES.index(name)])
        except FileNotFoundError:
            return None
        except EngineRejected as error:
            log.warning("the CRL on disk is not used", name=name, error=str(error))
            return None
        return data

    def _newer(self, name: str) -> bool:
        """Whether a newer one came."""
        place = NAMES.index(name)
        try:
            offered = http.get(self._source.urls[place], GET_SECONDS, LIMIT)
            data = crls.taken(self._held(name), offered, self._authorities[place])
            if data is None:
                return False
            fresh = self._state / f".{name}"
            fresh.write_bytes(data)
            fresh.replace(self._state / name)
        except (EngineUnavailable, EngineRejected, OSError) as error:
            log.warning("no newer CRL", name=name, error=str(error))
            return False
        log.info("newer CRL", name=name)
        return True
