"""Whose profile it is, where one is made for one person."""

from dataclasses import dataclass, field

from evertunnel.values import UserName


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person, and perhaps their certificate with its key; its password is asked for by the device."""

    user: UserName
    pkcs12: bytes | None = field(default=None, repr=False)
