"""A charon that keeps in memory what it is told, for tests of what speaks to one."""

from evertunnel.drivers.vici_values import Message
from evertunnel.errors import EngineRejected


class FakeCharon:
    """Loads and unloads; a pool in `busy` cannot be unloaded, a connection in `broken` cannot be loaded."""

    def __init__(self) -> None:
        self.authorities: list[str] = []
        self.keys: list[str] = []
        self.pools: dict[str, str] = {}
        self.connections: dict[str, Message] = {}
        self.busy: set[str] = set()
        self.broken: set[str] = set()
        self.closed = 0

    def close(self) -> None:
        """Counts how often it was closed."""
        self.closed += 1

    def load_authority(self, pem: str) -> None:
        """Keeps a CA certificate."""
        self.authorities.append(pem)

    def load_key(self, pem: str) -> None:
        """Keeps a key."""
        self.keys.append(pem)

    def load_pool(self, name: str, addresses: str) -> None:
        """Keeps a pool."""
        self.pools[name] = addresses

    def unload_pool(self, name: str) -> None:
        """Forgets a pool."""
        if name in self.busy or name not in self.pools:
            raise EngineRejected(f"charon refused unload-pool: {name}")
        del self.pools[name]

    def get_pools(self) -> tuple[str, ...]:
        """The pools' names."""
        return tuple(sorted(self.pools))

    def load_conn(self, name: str, definition: Message) -> None:
        """Keeps a connection."""
        if name in self.broken:
            raise EngineRejected("charon refused load-conn: planted fault")
        self.connections[name] = definition

    def unload_conn(self, name: str) -> None:
        """Forgets a connection."""
        if self.connections.pop(name, None) is None:
            raise EngineRejected(f"charon refused unload-conn: {name}")

    def get_conns(self) -> tuple[str, ...]:
        """The connections' names."""
        return tuple(self.connections)
