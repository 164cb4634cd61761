"""The gateway as the world sees it: whether a resolver gives its public names their address, and whether it answers."""

from collections.abc import Callable
from ipaddress import IPv4Address

from evertunnel.control_plane import public
from evertunnel.control_plane.public import Public
from evertunnel.drivers.ike_probe import IKE, IKE_NAT
from evertunnel.drivers.resolver import Found, Trouble
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import is_private
from evertunnel.reconcile import Evidence

Ask = Callable[[str], Found]
Knock = Callable[[IPv4Address, int], bool]
ELSEWHERE = "ask one outside (--resolver)"


def look(plan: Plan, ask: Ask, knock: Knock) -> tuple[Evidence, ...]:
    """One piece of evidence for each public name, and one for each port of IKE."""
    names = public.names(plan)
    addresses = dict.fromkeys(each.address for each in names)
    return (
        *(judged(each, ask(each.name)) for each in names),
        *(_port(address, port, knock) for address in addresses for port in (IKE, IKE_NAT)),
    )


def judged(name: Public, found: Found) -> Evidence:
    """Whether what a resolver said is what the plan wants; each of its addresses must be."""
    held = found.ipv4 == (name.address,)
    what = f"{name.name} is {name.address}" if held else f"{name.name}: {_trouble(name, found)}"
    return Evidence(part=public.PART, held=held, what=what)


def _trouble(name: Public, found: Found) -> str:
    record = f"set {name.record} in the public zone"
    if found.trouble is Trouble.NO_RESOLVER:
        return f"{found.trouble.value} in /etc/resolv.conf; name one (--resolver)"
    if found.trouble is Trouble.NO_ANSWER:
        return f"{found.trouble.value} from the resolver; name another (--resolver), or mend the way to it"
    if found.trouble is not None:
        return f"{found.trouble.value}; {record}"
    if not found.ipv4:
        six = f"only IPv6 ({', '.join(map(str, found.ipv6))}), which is not carried" if found.ipv6 else "no address"
        return f"{six}; {record}"
    others = [address for address in found.ipv4 if address != name.address]
    said = ", ".join(map(str, others))
    if all(is_private(address) for address in others):
        return f"the answer has {said}, which is private: this resolver knows the inside view; {ELSEWHERE}, or {record}"
    also = "besides the right address also " if name.address in found.ipv4 else ""
    return f"{also}{said}, and must be {name.address} alone; {record}"


def _port(address: IPv4Address, port: int, knock: Knock) -> Evidence:
    held = knock(address, port)
    silent = "no answer: is the gateway open (evertunnel status there), and does every firewall on the way let it pass?"
    what = f"{address} UDP {port}: {'a gateway answers' if held else silent}"
    return Evidence(part="IKE", held=held, what=what)
