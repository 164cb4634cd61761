"""A profile against the plan of the gateway that it is for. Without a plan nothing is asked."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network

from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import EapType
from evertunnel.profiles.lint import proposals
from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.networks import network_of
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import AUTHENTICATION, NATIVE, ROOT, SUITE, Subject, nth
from evertunnel.profiles.vpnv2.eap import EapTls, Peap
from evertunnel.profiles.vpnv2.model import Protocol

WINDOWS_GROUP = "modp1024"  # in all that it proposes by itself
PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


@rule("PL001", Severity.ERROR, Class.CONTRADICTION)
def gateway_is_the_plans(subject: Subject) -> Iterator[Found]:
    """Servers are names of the plan's gateway.

    A client compares the name that it called with the gateway's certificate, which carries the plan's names alone
    (errors 13801 and 13806).
    """
    if subject.plan is None:
        return
    gateway = subject.plan.gateway
    names = {name.lower() for name in (gateway.name, *gateway.extra_names)}
    for server in subject.native.servers:
        if server.host.lower().removesuffix(".") not in names:
            yield Found(
                f"{NATIVE}/Servers",
                f"{server.host} is no name of the plan's gateway, so its certificate does not carry it",
                f"Write {gateway.name}, or add the name to gateway.extra_names.",
            )


@rule("PL002", Severity.ERROR, Class.CONTRADICTION)
def suites_agree(subject: Subject) -> Iterator[Found]:
    """The suite is the plan's.

    Both ends must hold the same set; otherwise the client says 13868, policy match error. Left out, Windows
    proposes groups of 1024 bits, which the plan's sets do not have.
    """
    if subject.plan is None or Protocol.IKEV2 not in subject.protocols or subject.is_told(SUITE):
        return
    suite = subject.native.cryptography
    ike, esp = proposals.of_plan(subject.plan.gateway)
    if suite is None:
        if not any(WINDOWS_GROUP in words for words in ike):
            yield Found(SUITE, "it is left out, and the gateway takes none of Windows' own", "Add the plan's suite.")
        return
    for what, said, taken in (("IKE", proposals.of_ike(suite), ike), ("ESP", proposals.of_esp(suite), esp)):
        if said not in taken:
            accepted = " or ".join(sorted(map(proposals.shown, taken)))
            yield Found(
                SUITE,
                f"for {what} it proposes {proposals.shown(said)}, and the gateway takes {accepted}",
                "Write the plan's suite, or change gateway.proposals.",
            )


@rule("PL003", Severity.WARNING, Class.TRAP)
def routes_reach_what_may_be_reached(subject: Subject) -> Iterator[Found]:
    """The routes lead to all that the plan lets the tunnel reach.

    What no route leads to goes past the tunnel.
    """
    if subject.plan is None or not subject.is_split or subject.native.routes_of_gateway:
        return
    inside = [network for network in map(network_of, subject.routes) if isinstance(network, IPv4Network)]
    missing = [str(each) for each in _reach(subject, subject.plan) if not any(each.subnet_of(one) for one in inside)]
    if missing:
        yield Found(
            f"{ROOT}/Route", f"no route leads to {', '.join(missing)}, which the plan lets it reach", "Add them."
        )


@rule("PL004", Severity.NOTE, Class.TRAP)
def routes_end_where_the_gateway_does(subject: Subject) -> Iterator[Found]:
    """A route leads to something that the plan lets the tunnel reach.

    The gateway drops the rest, and clients take it away from wherever it went before.
    """
    if subject.plan is None:
        return
    reach = tuple(_reach(subject, subject.plan))
    for index, route in enumerate(subject.profile.routes):
        network = network_of(route)
        if isinstance(network, IPv4Network) and not route.exclusion and not any(map(network.overlaps, reach)):
            yield Found(nth(f"{ROOT}/Route", index), f"the gateway lets nothing through to {network}", "Delete it.")


@rule("PL005", Severity.ERROR, Class.CONTRADICTION)
def tunnel_is_planned(subject: Subject) -> Iterator[Found]:
    """The plan has such a tunnel.

    A user tunnel's profile needs user_tunnel in the plan.
    """
    is_user = subject.authentication.user_method is not None and not subject.is_device
    if subject.plan is not None and subject.plan.user_tunnel is None and is_user:
        yield Found(
            AUTHENTICATION, "a user authenticates, and the plan has no user tunnel", "Add user_tunnel to the plan."
        )


@rule("PL006", Severity.ERROR, Class.CONTRADICTION)
def radius_server_is_the_plans(subject: Subject) -> Iterator[Found]:
    """ServerNames has the plan's RADIUS server.

    The client compares it with the server's certificate, letter by letter: Windows 11 tells capital letters from
    small ones (error 853).
    """
    if subject.plan is None or subject.plan.user_tunnel is None:
        return
    expected = subject.plan.aaa_name()
    for path, method in subject.layers():
        server = method.server if isinstance(method, EapTls | Peap) else None
        names = [name.strip() for name in (server.server_names or "").split(";")] if server else []
        is_plain = all(PLAIN.fullmatch(name) for name in names)  # anything else may be a pattern
        if names and is_plain and expected not in names:
            yield Found(
                f"{path}/ServerValidation/ServerNames",
                f"the plan's RADIUS server is {expected}, in these letters",
                f"Write {expected}.",
            )


@rule("PL007", Severity.ERROR, Class.CONTRADICTION)
def method_is_the_plans(subject: Subject) -> Iterator[Found]:
    """The EAP method is one that the plan offers.

    The RADIUS server refuses others.
    """
    tunnel = subject.plan.user_tunnel if subject.plan else None
    if tunnel is None:
        return
    for path, method in list(subject.layers())[:1]:
        is_peap_tls = isinstance(method, Peap) and isinstance(method.inner, EapTls)
        kind = EapType.EAP_TLS if isinstance(method, EapTls) else EapType.PEAP_EAP_TLS if is_peap_tls else None
        if kind not in tunnel.eap_types:
            offered = ", ".join(each.value for each in tunnel.eap_types)
            yield Found(path, f"the plan's RADIUS server offers {offered}", "Use one of them.")


@rule("PL008", Severity.ERROR, Class.CONTRADICTION)
def protocol_is_the_plans(subject: Subject) -> Iterator[Found]:
    """The plan's gateway speaks IKEv2.

    It speaks nothing else.
    """
    if subject.plan is not None and subject.protocols and Protocol.IKEV2 not in subject.protocols:
        yield Found(f"{NATIVE}/NativeProtocolType", "the plan's gateway speaks IKEv2 alone", "Write IKEv2.")


def _reach(subject: Subject, plan: Plan) -> tuple[IPv4Network, ...]:
    return plan.device_routes() if subject.is_device or subject.is_lockdown else plan.user_routes()


RULES = (
    gateway_is_the_plans,
    suites_agree,
    routes_reach_what_may_be_reached,
    routes_end_where_the_gateway_does,
    tunnel_is_planned,
    radius_server_is_the_plans,
    method_is_the_plans,
    protocol_is_the_plans,
)
