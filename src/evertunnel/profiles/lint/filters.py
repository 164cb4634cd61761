"""Traffic filters, and the apps that filters and triggers name."""

import re
from collections.abc import Iterator
from dataclasses import fields

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import ROOT, Subject, nth
from evertunnel.profiles.vpnv2.model import TrafficFilter
from evertunnel.profiles.vpnv2.nodes import node_of

FILTER = f"{ROOT}/TrafficFilter"
WITH_PORTS = {6, 17}
FAMILY = re.compile(r"[A-Za-z0-9.-]+_[A-Za-z0-9]+")
PATH = re.compile(r"%[^%]+%.*|.*[\\/].*")
SYSTEM = "system"


@rule("TF001", Severity.ERROR, Class.CONTRADICTION)
def ports_need_tcp_or_udp(subject: Subject) -> Iterator[Found]:
    """A filter with ports says TCP or UDP.

    Ports exist in protocol 6 and 17 only, and Windows demands one of the two beside them.
    """
    for path, each in _filters(subject):
        if each.protocol in WITH_PORTS or subject.is_told(f"{path}/Protocol"):
            continue
        for name, ports in (("LocalPortRanges", each.local_ports), ("RemotePortRanges", each.remote_ports)):
            if ports:
                yield Found(f"{path}/{name}", "only TCP and UDP have ports", "Add Protocol 6 for TCP or 17 for UDP.")


@rule("TF002", Severity.ERROR, Class.CONTRADICTION)
def routing_needs_an_app(subject: Subject) -> Iterator[Found]:
    """A filter with its own RoutingPolicyType names an app.

    Windows routes by app there, and knows no such thing for addresses.
    """
    for path, each in _filters(subject):
        if each.routing is not None and each.app is None and not subject.is_told(f"{path}/App"):
            yield Found(
                f"{path}/RoutingPolicyType",
                "it is for filters of an app, and this names none",
                "Add App, or delete it.",
            )


@rule("TF003", Severity.ERROR, Class.VALUE)
def filter_says_something(subject: Subject) -> Iterator[Found]:
    """A filter has a property.

    One without would let everything pass, or nothing.
    """
    for path, each in _filters(subject):
        is_empty = each == TrafficFilter()
        if is_empty and not any(subject.is_told(f"{path}/{name}") for name in NAMES):
            yield Found(path, "it names no traffic", "Say what may pass, or delete it.")


@rule("TF004", Severity.NOTE, Class.TRAP)
def filters_close_the_rest(subject: Subject) -> Iterator[Found]:
    """As soon as there is a filter, nothing else passes.

    The filters let through what one of them names; all other traffic is blocked, and all that comes in, too, unless
    a filter says Direction Inbound.
    """
    if subject.profile.filters:
        yield Found(
            FILTER,
            "with filters nothing else passes the tunnel, and nothing comes in unless a filter says Inbound",
            "See that each thing that is needed has its filter, DNS too.",
        )


@rule("TF005", Severity.WARNING, Class.CONTRADICTION)
def local_and_remote_addresses(subject: Subject) -> Iterator[Found]:
    """A filter names local addresses or remote ones.

    Windows ignores the local addresses of a filter that has remote ones (seen in the field, not documented).
    """
    for path, each in _filters(subject):
        if each.local_addresses and each.remote_addresses:
            yield Found(
                f"{path}/LocalAddressRanges",
                "local addresses are ignored beside remote ones",
                "Make two filters of it.",
            )


@rule("TF006", Severity.NOTE, Class.TRAP)
def claims_are_reserved(subject: Subject) -> Iterator[Found]:
    """Claims is reserved.

    Microsoft's page keeps it for the future, though its own sample uses it.
    """
    for path, each in _filters(subject):
        if each.claims is not None:
            yield Found(f"{path}/Claims", "Microsoft keeps it for the future", "Delete it.")


@rule("TF007", Severity.NOTE, Class.TRAP)
def addresses_are_ipv4(subject: Subject) -> Iterator[Found]:
    """A filter's addresses are IPv4.

    In the field filters for IPv6 did not work (2021).
    """
    for path, each in _filters(subject):
        for name, ranges in (
            ("LocalAddressRanges", each.local_addresses),
            ("RemoteAddressRanges", each.remote_addresses),
        ):
            if any(one.first.version == 6 for one in ranges):
                yield Found(
                    f"{path}/{name}", "filters of IPv6 have been seen not to work", "Try it before you rely on it."
                )


@rule("TF008", Severity.WARNING, Class.VALUE)
def apps_are_named(subject: Subject) -> Iterator[Found]:
    """An app is a package family name, a path, or SYSTEM.

    Windows finds it by no other name, and a name that it does not find starts and admits nothing.
    """
    triggers = ((nth(f"{ROOT}/AppTrigger", index), each.app) for index, each in enumerate(subject.profile.app_triggers))
    for path, app in (*triggers, *((path, each.app) for path, each in _filters(subject))):
        if app is not None and not _is_app(app):
            yield Found(
                f"{path}/App/Id",
                f"{str(app)!r} is neither a package family name nor a path",
                r"Write Microsoft.MicrosoftEdge_8wekyb3d8bbwe, or C:\Program Files\App\app.exe.",
            )


@rule("TF009", Severity.ERROR, Class.VALUE)
def trigger_names_an_app(subject: Subject) -> Iterator[Found]:
    """An AppTrigger names an app.

    Without App and Id nothing starts the tunnel.
    """
    for index, each in enumerate(subject.profile.app_triggers):
        path = nth(f"{ROOT}/AppTrigger", index)
        if each.app is None and not any(subject.is_told(f"{path}/{name}") for name in ("App", "App/Id")):
            yield Found(path, "it names no app", "Add <App><Id>…</Id></App>, or delete it.")


def _filters(subject: Subject) -> Iterator[tuple[str, TrafficFilter]]:
    for index, each in enumerate(subject.profile.filters):
        yield nth(FILTER, index), each


def _is_app(text: str) -> bool:
    return text.lower() == SYSTEM or FAMILY.fullmatch(text) is not None or PATH.fullmatch(text) is not None


NAMES = ("App/Id", *(node_of(each).name for each in fields(TrafficFilter)))
RULES = (
    ports_need_tcp_or_udp,
    routing_needs_an_app,
    filter_says_something,
    filters_close_the_rest,
    local_and_remote_addresses,
    claims_are_reserved,
    addresses_are_ipv4,
    apps_are_named,
    trigger_names_an_app,
)
