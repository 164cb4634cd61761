"""Asks a DNS resolver for the addresses of a name, past this host's own list and cache."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address

import dns.exception
import dns.rdatatype
import dns.resolver

PATIENCE = 5.0
PORT = 53


class Trouble(Enum):
    """Why there is no address."""

    NO_RESOLVER = "this machine names no resolver"
    NO_ANSWER = "no answer"
    NO_SUCH_NAME = "no such name (NXDOMAIN)"
    FAILED = "the resolver could not find out (SERVFAIL or refused)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a resolver says of a name."""

    ipv4: tuple[IPv4Address, ...] = ()
    ipv6: tuple[IPv6Address, ...] = ()
    trouble: Trouble | None = None


class Resolver:
    """One resolver by its address; None: those that /etc/resolv.conf names."""

    def __init__(self, address: IPv4Address | IPv6Address | None, *, port: int = PORT) -> None:
        self._address, self._port = address, port

    def addresses(self, name: str) -> Found:
        """The name's addresses; of version 6 only when there is none of version 4."""
        try:
            resolver = self._resolver()
            four = _ask(resolver, name, "A")
            six = () if four else _ask(resolver, name, "AAAA")
        except dns.resolver.NoResolverConfiguration:
            return Found(trouble=Trouble.NO_RESOLVER)
        except dns.resolver.NXDOMAIN:
            return Found(trouble=Trouble.NO_SUCH_NAME)
        except dns.resolver.NoNameservers:
            return Found(trouble=Trouble.FAILED)
        except (dns.exception.DNSException, OSError):
            return Found(trouble=Trouble.NO_ANSWER)
        return Found(ipv4=tuple(map(IPv4Address, four)), ipv6=tuple(map(IPv6Address, six)))

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=self._address is None)
        if self._address is not None:
            resolver.nameservers = [str(self._address)]
            resolver.port = self._port
        elif not resolver.nameservers:
            raise dns.resolver.NoResolverConfiguration
        resolver.lifetime = PATIENCE
        return resolver


def _ask(resolver: dns.resolver.Resolver, name: str, kind: str) -> tuple[str, ...]:
    answer = resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False)
    return tuple(record.to_text() for record in answer.rrset or ())
