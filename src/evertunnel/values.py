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
OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){1,20}")
HEX = re.compile(r"[0-9a-f]{1,40}")
# Of RFC 5322's dot-atom what means nothing to certificates, RADIUS expansions, shells and paths.
MAILBOX = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}(\.[a-z0-9_-]+)*")
SID = re.compile(r"S-1-(5-21|12-1)(-(0|[1-9][0-9]{0,9})){4}")
FORBIDDEN = '" / \\ [ ] : ; | = , + * ? < >'
LONGEST = 253  # octets of a DNS name in text (RFC 1035 2.3.4), and of a RADIUS User-Name (RFC 2865 5)
LONGEST_MAILBOX = 64  # RFC 5321 4.5.3.1.1
JOINT_ARC = 2
OID_DIGITS = 10  # of 2**32


class Fqdn(str):
    """A fully qualified DNS name, lower case, at least two labels, no trailing dot (RFC 1123 2.1)."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads a name; upper case and one trailing dot are forgiven."""
        # Outside ASCII another letter may have an ASCII letter's lower case: the Kelvin sign has k.
        name = text.lower().removesuffix(".") if text.isascii() else ""
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
        if not text.isascii() or not LABEL.fullmatch(text.lower()):
            raise ValueError(f"{text!r} is not a host name; use letters, digits and hyphens, like gateway1")
        return super().__new__(cls, text.lower())


class UserName(str):
    """A user principal name, lower case: alice@corp.contoso.com."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads a name; upper case is forgiven, in ASCII alone: elsewhere two letters can have one lower case."""
        mailbox, _, domain = text.lower().rpartition("@")
        if not text.isascii() or not MAILBOX.fullmatch(mailbox) or len(mailbox) > LONGEST_MAILBOX:
            raise ValueError(
                f"{text!r} is not a user name; write it like alice@corp.contoso.com, with letters, digits, - _ and dots"
                f" between them before the @, {LONGEST_MAILBOX} characters at most"
            )
        try:
            name = f"{mailbox}@{Fqdn(domain)}"
        except ValueError as error:
            raise ValueError(f"{text!r} is not a user name: {error}") from None
        if len(name) > LONGEST:
            raise ValueError(f"{text!r} is too long for a user name; RADIUS carries {LONGEST} characters")
        return super().__new__(cls, name)

    @property
    def mailbox(self) -> str:
        """What stands before the @."""
        return self.partition("@")[0]


class Sid(str):
    """The security identifier of an account of a domain (S-1-5-21-...) or of Entra ID (S-1-12-1-...), MS-DTYP 2.4.2."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Reads a SID; those of groups that every Windows knows name no account and are none here."""
        sid = text.upper()
        if not SID.fullmatch(sid) or any(int(number) >= 2**32 for number in sid.split("-")[3:]):
            raise ValueError(
                f"{text!r} is not an account's SID; write it like S-1-5-21-1004336348-1177238915-682003330-512"
            )
        return super().__new__(cls, sid)


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
        # Python refuses to read whole numbers of thousands of digits.
        if any(len(number) > OID_DIGITS or int(number) >= 2**32 for number in text.split(".")):
            what = f"{text!r} has a number of 2^32 or more, and charon reads none"
            raise ValueError(f"{what}; keep each number below 4294967296 (an arc like 2.25.<uuid> does not)")
        numbers = [int(number) for number in text.split(".")]
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


PrincipalName = HostName | UserName


def principal_name(text: str) -> PrincipalName:
    """The name of whom a certificate is for: a user's has an @, a computer's has none."""
    return UserName(text) if "@" in text else HostName(text)


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
