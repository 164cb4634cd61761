"""Fetching and checking are tried with real CRLs in tests/engine/test_sessions.py; here is what needs none."""

import asyncio
from pathlib import Path

from evertunnel.gateway.model import CrlSource
from evertunnel.services.revocation import CrlKeeper

# Nothing listens there.
NOWHERE = CrlSource(urls=("http://127.0.0.1:1/root.crl", "http://127.0.0.1:1/issuing.crl"), fetch_seconds=300)


def test_what_is_no_crl_is_not_loaded_and_old_verdicts_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "root.crl").write_bytes(b"no CRL")
    charon = Charon()

    CrlKeeper(tmp_path, NOWHERE, ("root", "issuing")).load(charon)

    assert (charon.loaded, charon.flushed) == ([], 1)


def test_nothing_newer_changes_nothing_and_ends_nothing(tmp_path: Path) -> None:
    changes: list[None] = []

    async def runs() -> bool:
        running = asyncio.ensure_future(
            CrlKeeper(tmp_path, NOWHERE, ("root", "issuing")).run(lambda: changes.append(None))
        )
        await asyncio.sleep(0.2)
        alive = not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return alive

    assert asyncio.run(runs())
    assert changes == []


class Charon:
    def __init__(self) -> None:
        self.loaded: list[bytes] = []
        self.flushed = 0

    def load_crl(self, data: bytes) -> None:
        self.loaded.append(data)

    def flush_certs(self) -> None:
        self.flushed += 1
