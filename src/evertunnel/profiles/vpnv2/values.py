"""Values inside a profile's text: servers, ranges, thumbprints. Each is built from text and writes itself back."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = range(65_536)
THUMBPRINT = re.compile(r"[0-9a-f]{40}")
SERVER = re.compile(r"[^\s,;<>]+")
XML_TEXT = re.compile(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


class Text(str):
    """Text as XML can carry it, without blanks at its ends, never empty."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads text; blanks around it are forgiven."""
        stripped = text.strip()
        if not stripped:
            raise ValueError("it is empty")
        if not XML_TEXT.fullmatch(stripped):
            raise ValueError(f"{text!r} holds a character that XML cannot carry")
        return super().__new__(cls, stripped)


class Item(str):
    """One member of a list in one element: a suffix, a URL. No separator of lists, no blank."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads one member; blanks around it are forgiven."""
        item = text.strip()
        if not SERVER.fullmatch(item) or not XML_TEXT.fullmatch(item):
            raise ValueError(f"{text!r} is not one name; write names separated by commas, without blanks inside")
        return super().__new__(cls, item)


@dataclass(frozen=True, slots=True, order=True)
class Server:
    """A gateway, and under which name the user sees it: `vpn.contoso.com`, or `vpn.contoso.com;Europe`."""

    host: str
    friendly: str = ""

    def __post_init__(self) -> None:
        if not SERVER.fullmatch(self.host) or not XML_TEXT.fullmatch(self.host):
            raise ValueError(f"{self.host!r} is not a server; write a name or an address, like vpn.contoso.com")
        if (
            not XML_TEXT.fullmatch(self.friendly)
            or set(self.friendly) & set(",;")
            or self.friendly.strip() != self.friendly
        ):
            raise ValueError(
                f"{self.friendly!r} is not a server's friendly name; write it without commas and semicolons"
            )

    @classmethod
    def read(cls, text: str) -> Self:
        """Reads `host` or `host;friendly name`."""
        host, _, friendly = text.partition(";")
        return cls(host.strip(), friendly.strip())

    def __str__(self) -> str:
        return f"{self.host};{self.friendly}" if self.friendly else self.host


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """Ports from the first to the last: `80`, `100-120`."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first not in PORTS or self.last not in PORTS or self.first > self.last:
            raise ValueError(f"{self.first}-{self.last} is not a range of ports; write 80 or 100-120, up to 65535")

    @classmethod
    def read(cls, text: str) -> Self:
        """Reads one port or a range."""
        first, dash, last = (part.strip() for part in text.partition("-"))
        if not all(part.isascii() and part.isdigit() for part in (first, last or first)) or (dash and not last):
            raise ValueError(f"{text!r} is not a range of ports; write 80 or 100-120, separated by commas")
        return cls(_number(first), _number(last or first))

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses as a traffic filter names them: one, a network, or from the first to the last."""

    first: Address
    last: Address
    prefix: int | None = None  # written as a network

    @classmethod
    def read(cls, text: str) -> Self:
        """Reads `10.0.0.1`, `10.0.0.0/8` or `10.0.0.1-10.0.0.9`."""
        try:
            if "/" in text:
                return cls._network(text.strip())
            first, dash, last = text.partition("-")
            return cls._span(ip_address(first.strip()), ip_address((last if dash else first).strip()))
        except ValueError as error:
            raise ValueError(
                f"{text.strip()!r} is not a range of addresses ({error}); write 10.0.0.1, 10.0.0.0/8 or"
                " 10.0.0.1-10.0.0.9"
            ) from None

    @classmethod
    def _network(cls, text: str) -> Self:
        network = ip_network(text, strict=False)
        # Windows takes 10.0.1.1/16 as it stands, so the address is kept as it was written.
        return cls(ip_address(text.partition("/")[0]), network.broadcast_address, network.prefixlen)

    @classmethod
    def _span(cls, first: Address, last: Address) -> Self:
        if first.version != last.version or int(first) > int(last):
            raise ValueError("the first address stands after the last")
        return cls(first, last)

    def __str__(self) -> str:
        if self.prefix is not None:
            return f"{self.first}/{self.prefix}"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Thumbprint(str):
    """A certificate's SHA-1 thumbprint: 40 hexadecimal digits, lower case, without blanks."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads one; blanks between pairs, colons and upper case are forgiven."""
        digits = re.sub(r"[\s:]", "", text).lower()
        if not THUMBPRINT.fullmatch(digits):
            raise ValueError(
                f"{text.strip()!r} is not a thumbprint; write the certificate's SHA-1, 40 hexadecimal digits"
            )
        return super().__new__(cls, digits)

    @property
    def pairs(self) -> str:
        """As Windows writes it in an EAP block: pairs with a blank after each."""
        return "".join(f"{self[place : place + 2]} " for place in range(0, 40, 2))


def _number(digits: str) -> int:
    """A number of at most five digits; more is no port, and int() refuses thousands of digits by itself."""
    return int(digits) if len(digits) <= 5 else PORTS.stop
