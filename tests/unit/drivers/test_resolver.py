"""Against a name server of this process, on the loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from evertunnel.drivers.resolver import Found, Resolver, Trouble

NAME = "vpn.contoso.com"
LOOPBACK = IPv4Address("127.0.0.1")
Zone = dict[str, tuple[str, ...]]


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        ({"A": ("203.0.113.10",)}, Found(ipv4=(IPv4Address("203.0.113.10"),))),
        ({"A": ("203.0.113.10",), "AAAA": ("2001:db8::1",)}, Found(ipv4=(IPv4Address("203.0.113.10"),))),
        ({"AAAA": ("2001:db8::1",)}, Found(ipv6=(IPv6Address("2001:db8::1"),))),
        ({}, Found()),
    ],
)
def test_addresses_are_those_that_the_server_says(zone: Zone, found: Found) -> None:
    with serving(zone) as port:
        assert Resolver(LOOPBACK, port=port).addresses(NAME) == found


@pytest.mark.parametrize(
    ("rcode", "trouble"),
    [
        (dns.rcode.NXDOMAIN, Trouble.NO_SUCH_NAME),
        (dns.rcode.SERVFAIL, Trouble.FAILED),
        (dns.rcode.REFUSED, Trouble.FAILED),
    ],
)
def test_a_refusal_is_told_by_its_kind(rcode: dns.rcode.Rcode, trouble: Trouble) -> None:
    with serving({}, rcode) as port:
        assert Resolver(LOOPBACK, port=port).addresses(NAME) == Found(trouble=trouble)


def test_a_server_that_is_not_there_gives_no_answer() -> None:
    with serving({}) as port:
        pass

    assert Resolver(LOOPBACK, port=port).addresses(NAME).trouble in {Trouble.NO_ANSWER, Trouble.FAILED}


@contextmanager
def serving(zone: Zone, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((str(LOOPBACK), 0))
        server.settimeout(0.05)
        ended = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, zone, rcode, ended))
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        thread.join()


def _serve(server: socket.socket, zone: Zone, rcode: dns.rcode.Rcode, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            packet, peer = server.recvfrom(4096)
        except TimeoutError:
            continue
        asked = dns.message.from_wire(packet)
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        answer.set_rcode(rcode)
        (question,) = asked.question
        if texts := zone.get(question.rdtype.name):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", question.rdtype.name, *texts))
        server.sendto(answer.to_wire(), peer)
