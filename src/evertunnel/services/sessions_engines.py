"""What the sessions service asks of its engines: charon, nft, RADIUS and the books."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evertunnel.drivers import vici_values
from evertunnel.drivers.nft_elements import Change
from evertunnel.drivers.radius_values import Answer, Question, Usage
from evertunnel.gateway import loading
from evertunnel.gateway.accounting import Admitted


class Charon(loading.Charon, Protocol):
    """What is asked of a charon."""

    instance: str

    def close(self) -> None: ...
    def terminate(self, ike_id: int, *, force: bool = False) -> None: ...
    def load_crl(self, data: bytes) -> None: ...
    def flush_certs(self) -> None: ...


class Listener(Protocol):
    """A source of charon's events, and of lists of its SAs."""

    def begin(self, loop: asyncio.AbstractEventLoop, deliver: Callable[[vici_values.Event], None]) -> None: ...
    async def list_sas(self, ike_id: int | None = None) -> tuple[vici_values.Sa, ...]: ...
    def close(self) -> None: ...


class Admissions(Protocol):
    """What is asked of nft."""

    def run(self, commands: str) -> None: ...
    def change(self, changes: Sequence[Change]) -> None: ...


class Radius(Protocol):
    """What is asked of RADIUS."""

    async def ask(self, question: Question) -> Answer: ...
    async def is_alive(self) -> bool: ...


class Books(Protocol):
    """What is asked of accounting; see gateway.bookkeeping."""

    @property
    def problem(self) -> str: ...
    def connected(self, instance: str) -> None: ...
    def admit(self, admitted: Admitted) -> None: ...
    def count(self, ike_id: int, readings: Mapping[int, Usage], *, whole: bool = True) -> None: ...
    def ending(self, ike_id: int, reason: str, text: str) -> None: ...
    def gone(self, ike_id: int) -> None: ...
    def listed(self, live: frozenset[int]) -> None: ...
    def reject(self, identity: str, outer: str, text: str) -> None: ...
    async def run(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A charon process, with its events."""

    charon: Charon
    events: Listener
    version: str


Attach = Callable[[], Attachment]
