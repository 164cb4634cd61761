"""What Windows cannot do, or silently does not do, of what the plan's profiles say (Microsoft: VPNv2 CSP)."""

import re
from collections.abc import Iterator

from evertunnel.documents import shown
from evertunnel.plan.findings import Finding, error, warning
from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import ClientProfile, IpProtocol, NameRule, Proxy, TrafficFilter, default_name
from evertunnel.plan.windows import Windows

DEVICE, USER = "device_tunnel.profile", "user_tunnel.profile"
THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")
PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
LAST_PORT = 65_535
LABELS = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
PROXY = re.compile(r"[A-Za-z0-9.-]+(:(?P<port>[0-9]{1,5}))?")
SERVER = re.compile(r"[A-Za-z0-9.-]+:(?P<port>[0-9]{1,5})")
ACME_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?")
SCEP_ADDRESS = re.compile(rf"http://[A-Za-z0-9.-]+(:[0-9]{{1,5}})?(/[!-~]*)?|{ACME_ADDRESS.pattern}")
LONGEST_NAME = 256  # of such an entry (RAS_MaxEntryName)
UNFIT = frozenset('\\/:*?"<>|')  # in the name of an entry of Windows' phone book, which is a file's
WITH_PORTS = {IpProtocol.TCP, IpProtocol.UDP}
# Microsoft's pages say 21H2 of some of these; in practice Windows takes them from these releases on.
SINCE: dict[str, Windows] = {
    "no_edit_button": Windows.W11_22H2,
    "no_disconnect_button": Windows.W11_22H2,
    "interface_metric": Windows.W11_24H2,
    "outage_seconds": Windows.W11_24H2,
    "private_network": Windows.W11_24H2,
    "use_vpn_credentials": Windows.W11_24H2,
}
SILENT = ClientProfile()
USER_ALONE = ("force_tunnel", "name_rules", "app_triggers", "proxy", "compliance")


def device_profile_says_what_windows_allows(plan: Plan) -> Iterator[Finding]:
    """Refuses on the device tunnel what Windows knows for user tunnels alone."""
    profile = plan.device_tunnel.profile
    for setting in USER_ALONE:
        if getattr(profile, setting):
            yield error(f"{DEVICE}.{setting}", "Windows has it for the user tunnel alone", "Leave it out here.")
    if not profile.always_on:
        yield error(f"{DEVICE}.always_on", "a device tunnel is always on", "Leave it out.")
    if plan.clients.windows.rank < Windows.W10_1709.rank:
        what = f"{plan.clients.windows} knows no device tunnel"
        yield error("clients.windows", what, f"Write {Windows.W10_1709.value} or later.")


def lockdown_is_alone(plan: Plan) -> Iterator[Finding]:
    """Refuses lockdown beside another tunnel: while it is there Windows takes no second profile."""
    if plan.user_tunnel is None:
        return
    if plan.user_tunnel.profile.lockdown:
        yield error(f"{USER}.lockdown", "only the device's own tunnel can lock a device down", "Leave it out here.")
    if plan.device_tunnel.profile.lockdown:
        what = "with lockdown Windows takes no other profile, and the plan has a user tunnel"
        yield error(f"{DEVICE}.lockdown", what, "Leave out lockdown, or [user_tunnel].")


def forced_traffic_has_somewhere_to_go(plan: Plan) -> Iterator[Finding]:
    """Warns of a force tunnel: the gateway lets through the tunnel's reach and nothing else."""
    for path, profile in _profiles(plan):
        if not profile.force_tunnel and not profile.lockdown:
            continue
        setting = "lockdown" if profile.lockdown else "force_tunnel"
        what = "everything goes into the tunnel, and the gateway lets through its reach alone: no internet"
        yield warning(f"{path}.{setting}", what, "Use split tunnel, or make the proxy inside a host of the reach.")


def names_tell_the_tunnels_apart(plan: Plan) -> Iterator[Finding]:
    """Refuses names that Windows cannot keep: with a slash, too long, or the same for both tunnels."""
    mend = (
        f"Write one without {' '.join(sorted(UNFIT))}, and without blanks at its ends, of at most {LONGEST_NAME}"
        " characters."
    )
    names = {
        path: default_name(plan.organisation.name, path.partition("_")[0]) if profile.name is None else profile.name
        for path, profile in _profiles(plan)
    }
    for path, name in names.items():
        if not _is_name(name):
            yield error(f"{path}.name", f"{shown(name)} is no name of a profile", mend)
    if len({name.casefold() for name in names.values()}) < len(names):
        yield error(f"{USER}.name", "both tunnels have the same name", "Give each its own.")


def texts_can_be_seen(plan: Plan) -> Iterator[Finding]:
    """Refuses free text that says nothing, line ends and other invisible characters.

    No text breaks out of a document made of it.
    """
    for path, profile in _profiles(plan):
        for setting, text in _texts(profile):
            if not text.strip():
                yield error(f"{path}.{setting}", "it says nothing", "Write what it is to be, or leave it out.")
            elif not text.isprintable():
                what = f"{shown(text)} has a character that cannot be seen"
                yield error(f"{path}.{setting}", what, "Write it without.")


def one_tunnel_registers_in_dns(plan: Plan) -> Iterator[Finding]:
    """Refuses registration by both tunnels: the name would point now at one address, now at the other."""
    if len([path for path, profile in _profiles(plan) if profile.register_dns]) > 1:
        what = "both tunnels register the device's name, which then has now one address and now the other"
        yield error(f"{USER}.register_dns", what, "Leave it to the device tunnel.")


def oldest_windows_takes_what_is_said(plan: Plan) -> Iterator[Finding]:
    """Warns of settings that the oldest Windows of the plan ignores."""
    for path, profile in _profiles(plan):
        for setting, since in SINCE.items():
            said = getattr(profile, setting) != getattr(SILENT, setting)
            if said and not plan.clients.windows.has(since):
                what = f"{plan.clients.windows} ignores it; it came with {since}"
                yield warning(f"{path}.{setting}", what, f"Set clients.windows to {since.value}, or leave it out.")


def excluded_routes_pass_a_force_tunnel(plan: Plan) -> Iterator[Finding]:
    """Warns of exclusions from a force tunnel that the oldest Windows of the plan does not know."""
    if plan.user_tunnel is None or plan.clients.windows.has(Windows.W10_1803):
        return
    profile = plan.user_tunnel.profile
    if profile.force_tunnel and profile.exclude_routes:
        what = f"{plan.clients.windows} excludes nothing from a force tunnel; {Windows.W10_1803} does, with updates"
        mend = f"Set clients.windows to {Windows.W10_1803.value}, or leave it out."
        yield warning(f"{USER}.exclude_routes", what, mend)


def user_tunnel_is_started_by_something(plan: Plan) -> Iterator[Finding]:
    """Warns of a user tunnel that is not always on and that nothing starts."""
    if plan.user_tunnel is None or plan.user_tunnel.profile.always_on:
        return
    profile = plan.user_tunnel.profile
    if not profile.app_triggers and not any(rule.trigger for rule in profile.name_rules):
        what = "neither always on nor started by an app or a name: people must connect by hand"
        yield warning(f"{USER}.always_on", what, "Leave it out, or add app_triggers or a name rule with trigger.")


def filters_say_what_they_filter(plan: Plan) -> Iterator[Finding]:
    """Refuses filters that Windows refuses, or that filter nothing."""
    for path, profile in _profiles(plan):
        for index, each in enumerate(profile.filters):
            yield from _filter(plan, f"{path}.filters[{index}]", each)


def manage_out_passes_the_filters(plan: Plan) -> Iterator[Finding]:
    """Warns of filters that shut out the management hosts: as soon as there is one, only what one allows passes."""
    profile = plan.device_tunnel.profile
    reach = plan.reach.get(plan.device_tunnel.reach)
    if reach is not None and reach.manage_out and profile.filters and not any(each.inbound for each in profile.filters):
        what = "as soon as there is a filter nothing else passes, and none lets the management hosts in"
        yield warning(f"{DEVICE}.filters", what, "Add a filter with inbound = true for the ports of manage_out.")


def name_rules_are_names(plan: Plan) -> Iterator[Finding]:
    """Refuses name rules that Windows cannot match."""
    if plan.user_tunnel is None:
        return
    for index, rule in enumerate(plan.user_tunnel.profile.name_rules):
        yield from _name_rule(f"{USER}.name_rules[{index}]", rule)


def proxy_is_used(plan: Plan) -> Iterator[Finding]:
    """Refuses a proxy with two ways or none; warns of one in a split tunnel, where Windows does not use it."""
    if plan.user_tunnel is None or plan.user_tunnel.profile.proxy is None:
        return
    profile, path = plan.user_tunnel.profile, f"{USER}.proxy"
    yield from _proxy(path, plan.user_tunnel.profile.proxy)
    if not profile.force_tunnel:
        yield warning(path, "Windows uses a proxy with force tunnel only", "Give the proxy in name_rules instead.")


def compliance_names_issuers(plan: Plan) -> Iterator[Finding]:
    """Refuses issuers of single sign-on that are no thumbprint."""
    if plan.user_tunnel is None or plan.user_tunnel.profile.compliance is None:
        return
    compliance = plan.user_tunnel.profile.compliance
    for index, text in enumerate(compliance.sso_issuers):
        if not THUMBPRINT.fullmatch(text):
            what = f"{text!r} is not a thumbprint"
            yield error(f"{USER}.compliance.sso_issuers[{index}]", what, "Write the SHA-1 of the issuer: 40 digits.")


def enrolment_servers_are_addresses(plan: Plan) -> Iterator[Finding]:
    """Refuses what is no address of a server; ACME is spoken over TLS alone (RFC 8555 6.1)."""
    clients = plan.clients
    if clients.scep_url is not None and not SCEP_ADDRESS.fullmatch(clients.scep_url):
        what = f"{shown(clients.scep_url)} is no address of a SCEP server"
        yield error("clients.scep_url", what, "Write it like https://scep.contoso.com/scep.")
    if clients.acme_url is not None and not ACME_ADDRESS.fullmatch(clients.acme_url):
        what = f"{shown(clients.acme_url)} is no address of an ACME server's directory"
        yield error("clients.acme_url", what, "Write it like https://acme.contoso.com/acme/directory.")


def _filter(plan: Plan, path: str, each: TrafficFilter) -> Iterator[Finding]:
    if each == TrafficFilter(inbound=each.inbound, force_tunnel=each.force_tunnel):
        yield error(path, "it filters nothing", "Name an app, a protocol, ports or addresses.")
    if (each.local_ports or each.remote_ports) and each.protocol not in WITH_PORTS:
        yield error(f"{path}.protocol", "ports need a protocol that has them", 'Write "tcp" or "udp".')
    for setting in ("local_ports", "remote_ports"):
        for index, text in enumerate(getattr(each, setting)):
            if not _are_ports(text):
                what = f"{text!r} is no range of ports"
                yield error(f"{path}.{setting}[{index}]", what, "Write 80 or 100-120, up to 65535.")
    if each.force_tunnel and each.app is None:
        yield error(f"{path}.force_tunnel", "it is about what an app sends, and no app is named", "Name the app.")
    if each.inbound and not plan.clients.windows.has(Windows.W10_2004):
        what = f"{plan.clients.windows} knows no direction; it came with {Windows.W10_2004}"
        yield error(f"{path}.inbound", what, f"Set clients.windows to {Windows.W10_2004.value}, or leave it out.")


def _name_rule(path: str, rule: NameRule) -> Iterator[Finding]:
    if rule.name != "." and not LABELS.fullmatch(rule.name.removeprefix(".")):
        what = f"{rule.name!r} is neither a name nor a suffix"
        yield error(f"{path}.name", what, "Write intranet.corp.contoso.com, .corp.contoso.com, or . for every name.")
    if rule.proxy is not None and not _is_server(PROXY, rule.proxy):
        yield error(f"{path}.proxy", f"{shown(rule.proxy)} is not a server", "Write it like proxy.contoso.com:8080.")


def _proxy(path: str, proxy: Proxy) -> Iterator[Finding]:
    if (proxy.server is None) == (proxy.pac is None):
        yield error(path, "it needs one of server and pac", "Write one of the two.")
    if proxy.server is not None and not _is_server(SERVER, proxy.server):
        what = f"{shown(proxy.server)} is not a server with its port"
        yield error(f"{path}.server", what, "Write it like proxy.corp.contoso.com:8080.")
    if proxy.bypass_for_local and proxy.server is None:
        yield error(f"{path}.bypass_for_local", "it goes with a server alone", "Leave it out, or write server.")


def _is_name(text: str) -> bool:
    return text == text.strip() != "" and text.isprintable() and not set(text) & UNFIT and len(text) <= LONGEST_NAME


def _is_server(form: re.Pattern[str], text: str) -> bool:
    found = form.fullmatch(text)
    return found is not None and 1 <= int(found["port"] or 1) <= LAST_PORT


def _are_ports(text: str) -> bool:
    found = PORTS.fullmatch(text)
    if found is None or not text.isascii():
        return False
    first, last = int(found[1]), int(found[2] or found[1])
    return first <= last <= LAST_PORT


def _texts(profile: ClientProfile) -> Iterator[tuple[str, str]]:
    yield from ((f"app_triggers[{index}]", app) for index, app in enumerate(profile.app_triggers))
    yield from ((f"filters[{n}].app", each.app) for n, each in enumerate(profile.filters) if each.app is not None)
    if profile.proxy is not None and profile.proxy.pac is not None:
        yield "proxy.pac", profile.proxy.pac


def _profiles(plan: Plan) -> Iterator[tuple[str, ClientProfile]]:
    yield DEVICE, plan.device_tunnel.profile
    if plan.user_tunnel is not None:
        yield USER, plan.user_tunnel.profile


RULES = (
    device_profile_says_what_windows_allows,
    lockdown_is_alone,
    forced_traffic_has_somewhere_to_go,
    names_tell_the_tunnels_apart,
    texts_can_be_seen,
    one_tunnel_registers_in_dns,
    oldest_windows_takes_what_is_said,
    excluded_routes_pass_a_force_tunnel,
    user_tunnel_is_started_by_something,
    filters_say_what_they_filter,
    manage_out_passes_the_filters,
    name_rules_are_names,
    proxy_is_used,
    compliance_names_issuers,
    enrolment_servers_are_addresses,
)
