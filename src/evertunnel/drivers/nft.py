"""nftables through libnftables, in this process: one call is one transaction.

Traps of nft 1.0.6: `destroy` does not parse; `fwd` is a reserved word; adding an element that is there does not refresh
its time-out, and deleting one that has expired fails the whole transaction: refresh by add, delete, add.
"""

import ctypes
import json
import threading
from dataclasses import dataclass

from evertunnel.errors import EngineRejected, EngineUnavailable

LIBRARY = "libnftables.so.1"  # Debian: libnftables1
TABLE = "inet evertunnel"
Listing = list[dict[str, object]]  # nft's JSON objects, each {kind: properties}

OUTPUT_JSON = 1 << 4
OUTPUT_NUMERIC = (
    (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10)
)  # protocols, priorities, symbols and times as numbers, not names
OUTPUT_TERSE = 1 << 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element of a set; `expires` is how many seconds it has left, None if it has no time-out."""

    value: str
    timeout: float | None = None
    expires: float | None = None


class Nft:
    """One libnftables context, guarded by a lock: the library is not safe for several threads."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise EngineUnavailable(f"cannot load {LIBRARY} (Debian package libnftables1): {error}") from error
        self._declare()
        self._lock = threading.Lock()
        self._context = ctypes.c_void_p(self._library.nft_ctx_new(0))
        if not self._context:
            raise EngineUnavailable("libnftables gives no context")
        self._library.nft_ctx_buffer_output(self._context)
        self._library.nft_ctx_buffer_error(self._context)

    def close(self) -> None:
        """Frees the context."""
        with self._lock:
            self._library.nft_ctx_free(self._context)

    def run(self, commands: str) -> None:
        """Runs commands as one transaction: all of them or none. EngineRejected carries nft's words."""
        self._command(commands, flags=0)

    def check(self, commands: str) -> None:
        """Lets nft and the kernel look at commands without keeping anything of them."""
        self._command(commands, flags=0, dry_run=True)

    def table(self, family: str, name: str) -> Listing:
        """Everything in a table as nft's JSON objects, but for elements of sets; empty when there is no such table."""
        return self._listing(f"list table {family} {name}", OUTPUT_JSON | OUTPUT_NUMERIC | OUTPUT_TERSE)

    def elements(self, set_name: str, table: str = TABLE) -> tuple[Element, ...]:
        """The elements of a set, sorted; empty when there is no such set."""
        found = self._listing(f"list set {table} {set_name}", OUTPUT_JSON | OUTPUT_NUMERIC)
        return elements_of(found)

    def _listing(self, command: str, flags: int) -> Listing:
        try:
            answer = self._command(command, flags=flags)
        except EngineRejected as error:
            if "No such file or directory" in str(error):
                return []
            raise
        objects = json.loads(answer)["nftables"] if answer.strip() else []
        return [each for each in objects if "metainfo" not in each]

    def _command(self, commands: str, *, flags: int, dry_run: bool = False) -> str:
        with self._lock:
            self._library.nft_ctx_output_set_flags(self._context, flags)
            self._library.nft_ctx_set_dry_run(self._context, dry_run)
            status = self._library.nft_run_cmd_from_buffer(self._context, commands.encode())
            output: bytes = self._library.nft_ctx_get_output_buffer(self._context)
            errors: bytes = self._library.nft_ctx_get_error_buffer(self._context)
        if status != 0:
            raise EngineRejected(f"nft: {first_error(errors.decode(errors='replace'))}")
        return output.decode()

    def _declare(self) -> None:
        library, context, flag = self._library, ctypes.c_void_p, ctypes.c_uint32
        library.nft_ctx_new.argtypes, library.nft_ctx_new.restype = [flag], context
        for name in ("nft_ctx_free", "nft_ctx_buffer_output", "nft_ctx_buffer_error"):
            getattr(library, name).argtypes = [context]
        library.nft_ctx_output_set_flags.argtypes = [context, ctypes.c_uint]
        library.nft_ctx_set_dry_run.argtypes = [context, ctypes.c_bool]
        library.nft_run_cmd_from_buffer.argtypes = [context, ctypes.c_char_p]
        for name in ("nft_ctx_get_output_buffer", "nft_ctx_get_error_buffer"):
            getattr(library, name).argtypes, getattr(library, name).restype = [context], ctypes.c_char_p


def elements_of(listing: Listing) -> tuple[Element, ...]:
    """The elements of the sets in a listing, sorted."""
    raw = [element for each in listing for element in _raw_elements(each)]
    return tuple(sorted((_element(each) for each in raw), key=lambda element: element.value))


def first_error(words: str) -> str:
    """The first complaint; after a syntax error the rest are its echoes."""
    complaints = words.strip().split("\nError: ")
    more = f"\n(and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
    return (complaints[0] or "refused without a word") + more


def _raw_elements(listed: dict[str, object]) -> list[object]:
    found = listed.get("set")
    elements = found.get("elem", []) if isinstance(found, dict) else []
    return elements if isinstance(elements, list) else [elements]


def _element(raw: object) -> Element:
    inner = raw.get("elem") if isinstance(raw, dict) else None
    if not isinstance(inner, dict):
        return Element(value=str(raw))
    return Element(value=str(inner["val"]), timeout=inner.get("timeout"), expires=inner.get("expires"))
