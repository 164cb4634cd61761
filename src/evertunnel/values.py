"""Values that cannot be built wrong: names, serial numbers, secrets.

Text becomes one of these at the border and stays so. Each is a `str` (or wraps one), so that it formats, sorts and
hashes like text; a wrong value raises ValueError with what is wrong and how to write it.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Self

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
GROUP = re.compile(r"[^\x00-\x1f\x7f\"\\/\[\]:;|=,+*?<>]{1,64}")
OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,9})){1,20}")
HEX = re.compile(r"[0-9a-f]{1,40}")
FORBIDDEN = '" / \\ [ ] : ; | = , + * ? < >'
LONGEST = 253  # octets of a DNS name in text (RFC 1035 2.3.4)
JOINT_ARC = 2


class Fqdn(str):
    """A fully qualified DNS name, lower case, at least two labels, no trailing dot (RFC 1123 2.1)."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads a name; upper case and one trailing dot are forgiven."""
        name = text.lower().removesuffix(".")
        labels = name.split(".")
        # The last label is never a number: 10.0.0.1 is an address (RFC 1123 2.1).
        if not 1 < len(labels) < len(name) <= LONGEST or not all(map(LABEL.fullmatch, labels)) or labels[-1].isdigit():
            raise ValueError(f"{text!r} is not a full DNS name; write it like vpn.contoso.com")
        return super().__new__(cls, name)

    def is_within(self, zone: "Fqdn") -> bool:
        """Whether this name is the zone itself or below it."""
        return self == zone or self.endswith("." + zone)


class HostName(str):
    """One DNS label, lower case: the name of a host or a device inside the organisation's domain."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads a name; upper case is forgiven."""
        if not LABEL.fullmatch(text.lower()):
            raise ValueError(f"{text!r} is not a host name; use letters, digits and hyphens, like gateway1")
        return super().__new__(cls, text.lower())


class GroupName(str):
    """The name of a directory group, as Active Directory allows it: case kept, up to 64 characters."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads a name as it stands."""
        if not GROUP.fullmatch(text) or not text.isprintable() or text != text.strip():
            raise ValueError(f"{text!r} is not a group name; use up to 64 characters, none of them {FORBIDDEN}")
        return super().__new__(cls, text)


class ObjectId(str):
    """An object identifier in dots; each number below 2**32, because charon reads no larger ones."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads an identifier in dots."""
        if not OID.fullmatch(text):
            raise ValueError(f"{text!r} is not an object identifier; write it like 1.3.6.1.4.1.32473.1")
        numbers = [int(number) for number in text.split(".")]
        if any(number >= 2**32 for number in numbers):
            raise ValueError(f"{text!r} has a number of 2**32 or more; charon reads none (2.25.<uuid> is such an arc)")
        # X.660: below the arcs 0 and 1 there are 40 arcs.
        if numbers[0] != JOINT_ARC and numbers[1] not in range(40):
            raise ValueError(f"{text!r} is not an object identifier: below 0 and 1 the second number is at most 39")
        return super().__new__(cls, text)


class Serial(str):
    """A certificate's serial number: lower-case hexadecimal, no leading zeros, 20 octets at most (RFC 5280 4.1.2.2)."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads hexadecimal digits; upper case and leading zeros are forgiven."""
        digits = text.lower().lstrip("0")
        if not HEX.fullmatch(digits):
            raise ValueError(f"{text!r} is not a serial number; write it in hexadecimal, like 5f3a9c")
        return super().__new__(cls, digits)

    @classmethod
    def of(cls, number: int) -> Self:
        """The serial of a certificate whose number is given."""
        return cls(f"{number:x}")

    @property
    def number(self) -> int:
        """The serial as a number, as X.509 carries it."""
        return int(self, 16)


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Text that must never be shown. Only drivers and writers of 0600 files call `reveal`."""

    _text: str

    @classmethod
    def generate(cls) -> Self:
        """A new secret of 256 bits from the system's own source, as 43 URL-safe characters."""
        return cls(secrets.token_urlsafe(32))

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def matches(self, other: str) -> bool:
        """Whether `other` is this secret, in constant time."""
        return hmac.compare_digest(_octets(self._text), _octets(other))

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
