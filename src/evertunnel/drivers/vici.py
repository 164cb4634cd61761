"""charon over VICI: typed calls with a time-out each. Its events, which are hints, are in vici_events.

What charon answers becomes the values of vici_values; an answer that does not fit is EngineRejected with what was
wrong, never a KeyError.
"""

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path

import vici
from vici.exception import CommandException, DeserializationException, SessionException

from evertunnel.drivers.vici_transport import connect, instance_of
from evertunnel.drivers.vici_values import Message, Sa, sas_of, text_of, texts_of
from evertunnel.errors import EngineRejected, EngineUnavailable


class Vici:
    """One VICI connection. Not for several threads at once; after EngineUnavailable it is closed."""

    def __init__(self, path: Path, *, timeout: float = 5.0) -> None:
        self._transport = connect(path, timeout)
        self._session = vici.Session(self._transport.socket)
        self._session.transport = self._transport
        self.instance = instance_of(self._transport.socket)

    def close(self) -> None:
        """Closes the connection; closing twice is fine."""
        with contextlib.suppress(OSError):
            self._transport.socket.close()

    def version(self) -> str:
        """The version of charon, like 5.9.8."""
        return text_of(self._request("version"), "version")

    def load_conn(self, name: str, definition: Message) -> None:
        """Loads or replaces a connection."""
        self._request("load-conn", {name: definition})

    def unload_conn(self, name: str) -> None:
        """Unloads a connection; its SAs live on."""
        self._request("unload-conn", {"name": name})

    def get_conns(self) -> tuple[str, ...]:
        """The names of the connections loaded over VICI."""
        return texts_of(self._request("get-conns"), "conns")

    def load_authority(self, pem: str) -> None:
        """Loads a CA certificate that trust may end in or pass through."""
        self._request("load-cert", {"type": "X509", "flag": "CA", "data": pem})

    def load_crl(self, data: bytes) -> None:
        """Loads a CRL; verdicts cached before stay until `flush_certs`."""
        self._request("load-cert", {"type": "X509_CRL", "flag": "NONE", "data": data})

    def load_key(self, pem: str) -> None:
        """Loads a private key."""
        self._request("load-key", {"type": "any", "data": pem})

    def load_pool(self, name: str, addresses: str) -> None:
        """Loads or updates an address pool."""
        self._request("load-pool", {name: {"addrs": addresses}})

    def unload_pool(self, name: str) -> None:
        """Unloads a pool; charon refuses while one of its addresses is in use."""
        self._request("unload-pool", {"name": name})

    def get_pools(self) -> tuple[str, ...]:
        """The names of the loaded pools."""
        return tuple(sorted(self._request("get-pools")))

    def clear_creds(self) -> None:
        """Forgets every certificate, key and secret that was loaded."""
        self._request("clear-creds")

    def flush_certs(self) -> None:
        """Forgets cached certificates, CRLs and the verdicts built on them."""
        self._request("flush-certs", {})

    def list_sas(self, ike_id: int | None = None) -> tuple[Sa, ...]:
        """All IKE_SAs, or the one with this unique id."""
        wanted: Message = {} if ike_id is None else {"ike-id": str(ike_id)}
        return tuple(sa for entry in self._stream("list-sas", "list-sa", wanted) for sa in sas_of(entry))

    def initiate(self, child: str, connection: str, *, seconds: float) -> None:
        """Brings a CHILD_SA up and waits for it at most `seconds`."""
        wanted = {"child": child, "ike": connection, "timeout": str(int(seconds * 1000)), "loglevel": "-1"}
        with self._transport.allowing(seconds):
            self._drain("initiate", wanted)

    def terminate(self, ike_id: int, *, force: bool = False) -> None:
        """Ends an IKE_SA, if it is still there; forced, it is gone at once whether or not the peer answers."""
        wanted = {"ike-id": str(ike_id), "timeout": "-1", "loglevel": "-1", "force": "yes" if force else "no"}
        try:
            self._drain("terminate", wanted)
        except EngineRejected as error:
            if "no matching" not in str(error):
                raise

    def _drain(self, command: str, message: Message) -> None:
        for _ in self._stream(command, "control-log", message):
            pass

    def _request(self, command: str, message: Message | None = None) -> Message:
        with self._translated(command):
            answer: Message = self._session.request(command, message)
            return answer
        raise AssertionError  # pragma: no cover (the context manager above never swallows)

    def _stream(self, command: str, event: str, message: Message) -> tuple[Message, ...]:
        with self._translated(command):
            return tuple(self._session.streamed_request(command, event, message))
        raise AssertionError  # pragma: no cover (the context manager above never swallows)

    @contextlib.contextmanager
    def _translated(self, command: str) -> Iterator[None]:
        try:
            yield
        except CommandException as error:
            raise EngineRejected(f"charon refused {command}: {_own_words(error)}") from error
        except OSError as error:
            self.close()
            raise EngineUnavailable(f"charon did not answer {command}: {error}") from error
        except (
            SessionException,
            DeserializationException,
            struct.error,
            UnicodeDecodeError,
            KeyError,
            IndexError,
        ) as error:
            self.close()
            raise EngineRejected(f"charon's answer to {command} cannot be read: {error!r}") from error


def _own_words(error: Exception) -> str:
    return str(error).removeprefix("Command failed: ")
