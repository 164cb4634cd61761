"""Gives a charon all its connections: sessions does it after each start of charon, apply where one is missing."""

from collections.abc import Iterable
from typing import Protocol

from evertunnel.drivers.vici_values import Message
from evertunnel.errors import EngineRejected
from evertunnel.gateway import connection
from evertunnel.gateway.model import CONNECTION_PREFIX, Connections


class Charon(Protocol):
    """What loading needs of a charon."""

    def load_authority(self, pem: str) -> None:
        """Loads a CA certificate."""

    def load_key(self, pem: str) -> None:
        """Loads a private key."""

    def load_pool(self, name: str, addresses: str) -> None:
        """Loads a pool."""

    def load_conn(self, name: str, definition: Message) -> None:
        """Loads a connection."""

    def unload_conn(self, name: str) -> None:
        """Unloads a connection."""

    def unload_pool(self, name: str) -> None:
        """Unloads a pool."""

    def get_conns(self) -> tuple[str, ...]:
        """The loaded connections."""
        ...

    def get_pools(self) -> tuple[str, ...]:
        """The loaded pools."""
        ...


def load(charon: Charon, connections: Connections) -> None:
    """Loads everything, then takes away what else of ours is there; others' connections are left alone."""
    for pem in connections.authorities:
        charon.load_authority(pem)
    charon.load_key(connections.key.reveal())
    pools = {pool.engine_name: str(pool.network) for pool in connection.pools(connections)}
    for name, addresses in pools.items():
        charon.load_pool(name, addresses)
    wanted = connection.definitions(connections)
    # An old connection beside its new one would let charon choose; the old one goes first.
    for other in _ours(charon.get_conns()):
        if other not in wanted:
            charon.unload_conn(other)
    for name, definition in wanted.items():
        charon.load_conn(name, definition)
    for other in _ours(charon.get_pools()):
        if other not in pools:
            _unload_pool(charon, other)


def _unload_pool(charon: Charon, name: str) -> None:
    try:
        charon.unload_pool(name)
    except EngineRejected:
        # In use by a session that began before; no connection offers it, so that it empties by itself.
        return


def _ours(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(CONNECTION_PREFIX))
