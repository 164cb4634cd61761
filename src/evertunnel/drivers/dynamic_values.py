"""What dynamic authorisation asks of a gateway, and what the gateway answers."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address

from evertunnel.values import Secret

PORT = 3799  # RFC 5176 2.1
EVERYBODY = "*"  # no principal is called so


class Wish(Enum):
    """End a session at once, or ask again at once whether sessions may go on."""

    END = "end"
    ASK_AGAIN = "ask again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`name` is a user, a device, or EVERYBODY; to end takes the `session`, too: a repeated order ends no other."""

    wish: Wish
    name: str
    session: str = ""


class Outcome(Enum):
    """What the gateway made of an order."""

    TAKEN = "taken"
    NOBODY = "no such session"
    REFUSED = "refused"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A gateway's listener, and how patiently it is told."""

    address: IPv4Address
    port: int
    secret: Secret
    seconds: float = 0.5
    tries: int = 3
