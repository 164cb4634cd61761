from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from evertunnel.cli.files import read_plan
from evertunnel.control_plane import public
from evertunnel.control_plane.outside import judged, look
from evertunnel.control_plane.public import Public
from evertunnel.drivers.resolver import Found, Trouble
from evertunnel.values import Fqdn

PLAN = read_plan(Path(__file__).parents[3] / "examples" / "contoso.toml")
NAME = Public(name=Fqdn("vpn.contoso.com"), address=IPv4Address("203.0.113.10"))
SET = "set vpn.contoso.com. IN A 203.0.113.10 in the public zone"


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (("198.51.100.1",), f"198.51.100.1, and must be 203.0.113.10 alone; {SET}"),
        (("203.0.113.10", "198.51.100.1"), "besides the right address also 198.51.100.1"),
        (("10.0.1.10",), "10.0.1.10, which is private: this resolver knows the inside view; ask one outside"),
    ],
)
def test_another_address_does_not_hold_and_says_what_to_set(addresses: tuple[str, ...], said: str) -> None:
    evidence = judged(NAME, Found(ipv4=tuple(map(IPv4Address, addresses))))

    assert not evidence.held
    assert said in evidence.what
    assert SET in evidence.what


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Found(trouble=Trouble.NO_SUCH_NAME), f"no such name (NXDOMAIN); {SET}"),
        (Found(trouble=Trouble.FAILED), "SERVFAIL or refused"),
        (Found(trouble=Trouble.NO_ANSWER), "no answer from the resolver; name another (--resolver)"),
        (Found(trouble=Trouble.NO_RESOLVER), "names no resolver in /etc/resolv.conf; name one (--resolver)"),
        (Found(ipv6=(IPv6Address("2001:db8::1"),)), f"only IPv6 (2001:db8::1), which is not carried; {SET}"),
        (Found(), f"no address; {SET}"),
    ],
)
def test_no_address_says_why_and_what_to_do(found: Found, said: str) -> None:
    evidence = judged(NAME, found)

    assert not evidence.held
    assert said in evidence.what


def test_the_right_address_holds() -> None:
    evidence = judged(NAME, Found(ipv4=(NAME.address,)))

    assert evidence.held
    assert evidence.what == "vpn.contoso.com is 203.0.113.10"


def test_each_public_name_is_asked_for_and_each_port_knocked_at_once() -> None:
    gateway = replace(PLAN.gateway, extra_names=(Fqdn("vpn2.contoso.com"), Fqdn("gateway1.corp.contoso.net")))
    asked, knocked = [], []

    def ask(name: str) -> Found:
        asked.append(name)
        return Found(ipv4=(NAME.address,))

    def knock(address: IPv4Address, port: int) -> bool:
        knocked.append((str(address), port))
        return port == 500

    evidence = look(replace(PLAN, gateway=gateway), ask, knock)

    assert asked == ["vpn.contoso.com", "vpn2.contoso.com"]
    assert knocked == [("203.0.113.10", 500), ("203.0.113.10", 4500)]
    assert [each.held for each in evidence] == [True, True, True, False]
    assert "203.0.113.10 UDP 4500: no answer" in evidence[-1].what


def test_the_records_to_set_are_those_that_are_asked_for() -> None:
    assert [each.record for each in public.names(PLAN)] == ["vpn.contoso.com. IN A 203.0.113.10"]
