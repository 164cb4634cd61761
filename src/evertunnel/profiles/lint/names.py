"""Name resolution: DomainNameInformation (NRPT), suffixes, registration."""

import re
from collections import Counter
from collections.abc import Iterator

from evertunnel.plan.topology import is_private
from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.networks import leads_to
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import ROOT, Subject, nth
from evertunnel.profiles.vpnv2.model import DomainName
from evertunnel.profiles.vpnv2.values import Address

INFORMATION = f"{ROOT}/DomainNameInformation"
LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
SCOPE = re.compile(rf"\.|\.?{LABEL}(?:\.{LABEL})*")
ANY = "."


@rule("NR001", Severity.ERROR, Class.VALUE)
def rule_has_a_name(subject: Subject) -> Iterator[Found]:
    """A DomainNameInformation has a DomainName.

    Without one Windows does not know for which names it is.
    """
    for path, each in _rules(subject):
        if each.name is None and not subject.is_told(f"{path}/DomainName"):
            yield Found(path, "it does not say for which names it is", "Add DomainName.")


@rule("NR002", Severity.ERROR, Class.VALUE)
def name_is_a_scope(subject: Subject) -> Iterator[Found]:
    """A DomainName is a name, a suffix with its dot, or a dot.

    `app.corp.contoso.com` is that one name, `.corp.contoso.com` all names below, `.` all other names. Stars mean
    nothing.
    """
    for path, each in _rules(subject):
        if each.name is not None and not SCOPE.fullmatch(each.name):
            yield Found(
                f"{path}/DomainName",
                f"{str(each.name)!r} is neither a name nor a suffix",
                "Write app.corp.contoso.com for one name, .corp.contoso.com for all below, or a dot for every name.",
            )


@rule("NR003", Severity.WARNING, Class.CONTRADICTION)
def names_differ(subject: Subject) -> Iterator[Found]:
    """Each name has one rule.

    Which of two rules for the same name Windows follows is not said anywhere.
    """
    seen = Counter[str]()
    for path, each in _rules(subject):
        name = (each.name or "").lower()
        seen[name] += 1
        if name and seen[name] > 1:
            yield Found(path, f"there is a rule for {name} before this one", "Put both into one rule.")


@rule("NR004", Severity.NOTE, Class.TRAP)
def suffix_has_its_dot(subject: Subject) -> Iterator[Found]:
    """A rule for a whole domain begins with a dot.

    A DomainName that is also a DnsSuffix or a trusted network is probably meant for all names below it; without the
    dot it is for that one name.
    """
    domains = {each.lower() for each in (*subject.profile.dns_suffixes, *subject.profile.trusted_networks)}
    for path, each in _rules(subject):
        if (each.name or "").lower() in domains:
            yield Found(
                f"{path}/DomainName",
                f"it is for the one name {each.name}, not for names below it",
                f"Write .{each.name} if the whole domain is meant.",
            )


@rule("NR005", Severity.NOTE, Class.TRAP)
def rule_does_something(subject: Subject) -> Iterator[Found]:
    """A rule names DNS servers, or a proxy, or starts the tunnel.

    One without either exempts its names from the other rules. That may be wanted; a forgotten DnsServers looks the
    same.
    """
    for path, each in _rules(subject):
        if not each.dns_servers and each.web_proxy is None and not each.auto_trigger and not _is_told(subject, path):
            yield Found(
                path,
                "without DNS servers these names are exempt from the other rules",
                "Add DnsServers if they are not.",
            )


@rule("NR006", Severity.ERROR, Class.VALUE)
def rule_has_one_proxy(subject: Subject) -> Iterator[Found]:
    """A rule names one web proxy.

    Windows supports a single address, with or without a port.
    """
    for path, each in _rules(subject):
        if each.web_proxy is not None and re.search(r"[,;\s]", each.web_proxy):
            yield Found(f"{path}/WebProxyServers", "Windows takes a single proxy here", "Name one, like proxy:8080.")


@rule("NR007", Severity.NOTE, Class.TRAP)
def names_know_the_inside(subject: Subject) -> Iterator[Found]:
    """A profile with name rules names trusted networks.

    Without TrustedNetworkDetection an always on or name-triggered tunnel comes up inside the organisation, too, and
    names go through it there.
    """
    profile = subject.profile
    starts = profile.always_on or any(each.auto_trigger for each in profile.names)
    is_told = subject.is_told(f"{ROOT}/TrustedNetworkDetection")
    if profile.names and starts and not profile.trusted_networks and not is_told and not _is_elsewhere(subject):
        yield Found(
            INFORMATION,
            "the tunnel comes up inside the organisation, too, because no trusted network is named",
            "Add TrustedNetworkDetection with the DNS suffix of the inside.",
        )


@rule("NR008", Severity.NOTE, Class.TRAP)
def any_name_in_a_split_tunnel(subject: Subject) -> Iterator[Found]:
    """A rule for every name sends every question inside.

    In a split tunnel the DNS servers inside then answer for the whole internet as well.
    """
    for path, each in _rules(subject):
        if each.name == ANY and each.dns_servers and subject.is_split:
            yield Found(
                path,
                "these servers are asked for every name, of the internet too, though the tunnel is split",
                "Name the inside's suffixes if only those are meant.",
            )


@rule("NR009", Severity.NOTE, Class.TRAP)
def servers_are_routed(subject: Subject) -> Iterator[Found]:
    """DNS servers inside are reached through a route.

    With the class-based route off, only the routes go through the tunnel. A private address outside of them is
    reached by another tunnel, or not at all.
    """
    native = subject.native
    if not subject.is_split or not native.no_class_route or native.routes_of_gateway or not subject.routes:
        return
    is_routed = leads_to(subject.routes)
    for path, each in _rules(subject):
        outside = [str(server) for server in each.dns_servers if _is_inside(server) and not is_routed(server)]
        if outside:
            yield Found(
                f"{path}/DnsServers",
                f"no route leads to {', '.join(outside)}",
                "Add a route, unless another tunnel has one.",
            )


@rule("NR010", Severity.NOTE, Class.TRAP)
def persistent_rule_stays(subject: Subject) -> Iterator[Found]:
    """A persistent rule stays while the tunnel is down.

    Its names are then asked of servers that cannot be reached: they fail, which may be what is wanted.
    """
    for path, each in _rules(subject):
        if each.persistent and each.dns_servers:
            yield Found(
                f"{path}/Persistent",
                "while the tunnel is down these names cannot be resolved at all",
                "Delete it, unless that is wanted.",
            )


@rule("NR011", Severity.WARNING, Class.VALUE)
def suffixes_are_names(subject: Subject) -> Iterator[Found]:
    """DnsSuffix and TrustedNetworkDetection are lists of DNS suffixes without a dot in front.

    Windows compares them as they stand with what a network says of itself; a star or a leading dot matches nothing.
    """
    for name, members in (
        ("DnsSuffix", subject.profile.dns_suffixes),
        ("TrustedNetworkDetection", subject.profile.trusted_networks),
    ):
        wrong = [str(each) for each in members if not NAME.fullmatch(each.removesuffix("."))]
        if wrong:
            yield Found(
                f"{ROOT}/{name}",
                f"{', '.join(map(repr, wrong))}: no DNS suffix",
                "Write suffixes like corp.contoso.com, separated by commas.",
            )


@rule("NR012", Severity.NOTE, Class.TRAP)
def one_tunnel_registers(subject: Subject) -> Iterator[Found]:
    """One tunnel of a device registers its address in DNS.

    Where there is a device tunnel beside it, RegisterDNS belongs there; with both, the name of the device jumps
    from one address to the other.
    """
    if subject.profile.register_dns and not subject.is_device and not subject.is_lockdown:
        yield Found(
            f"{ROOT}/RegisterDNS",
            "beside a device tunnel that registers too, the device's name jumps between two addresses",
            "Leave it to the device tunnel if there is one.",
        )


def _rules(subject: Subject) -> Iterator[tuple[str, DomainName]]:
    for index, each in enumerate(subject.profile.names):
        yield nth(INFORMATION, index), each


def _is_told(subject: Subject, path: str) -> bool:
    return any(subject.is_told(f"{path}/{name}") for name in ("DnsServers", "WebProxyServers", "AutoTrigger"))


def _is_elsewhere(subject: Subject) -> bool:
    return subject.is_lockdown or subject.is_device  # other rules say what is wrong there


def _is_inside(address: Address) -> bool:
    return is_private(address) if address.version == 4 else address.is_private


RULES = (
    rule_has_a_name,
    name_is_a_scope,
    names_differ,
    suffix_has_its_dot,
    rule_does_something,
    rule_has_one_proxy,
    names_know_the_inside,
    any_name_in_a_split_tunnel,
    servers_are_routed,
    persistent_rule_stays,
    suffixes_are_names,
    one_tunnel_registers,
)
