"""Microsoft's rules for the device tunnel."""

from collections.abc import Iterator

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import AUTHENTICATION, NATIVE, PLUGIN, ROOT, Subject, nth
from evertunnel.profiles.vpnv2.model import Direction, MachineMethod, Protocol


@rule("DT001", Severity.WARNING, Class.CONTRADICTION)
def always_on_is_said(subject: Subject) -> Iterator[Found]:
    """A device tunnel says AlwaysOn.

    Microsoft states that it is required, though DeviceTunnel implies it.
    """
    if subject.is_device and subject.profile.always_on is None and not subject.is_told(f"{ROOT}/AlwaysOn"):
        yield Found(
            f"{ROOT}/DeviceTunnel",
            "a device tunnel must say that it is always on",
            "Add <AlwaysOn>true</AlwaysOn>.",
        )


@rule("DT002", Severity.ERROR, Class.CONTRADICTION)
def always_on_is_not_denied(subject: Subject) -> Iterator[Found]:
    """A device tunnel is always on.

    It connects before anyone signs in; there is nobody who could start it by hand.
    """
    if subject.is_device and subject.profile.always_on is False:
        yield Found(f"{ROOT}/AlwaysOn", "a device tunnel is always on; here it is denied", "Write true.")


@rule("DT003", Severity.ERROR, Class.CONTRADICTION)
def protocol_is_ikev2(subject: Subject) -> Iterator[Found]:
    """A device tunnel speaks IKEv2.

    There is no fall-back to SSTP for it, so Automatic and ProtocolList are wrong, too.
    """
    path = f"{NATIVE}/NativeProtocolType"
    if not subject.is_device or not subject.is_native or subject.is_told(path):
        return
    if subject.native.protocol is not Protocol.IKEV2:
        yield Found(path, f"a device tunnel speaks IKEv2, and here stands {_said(subject)}", "Write IKEv2.")


@rule("DT004", Severity.ERROR, Class.CONTRADICTION)
def machine_certificate_authenticates(subject: Subject) -> Iterator[Found]:
    """A device tunnel authenticates by machine certificate.

    MachineMethod is Certificate; the certificate lies in the machine's own store, with the usage client
    authentication.
    """
    path = f"{AUTHENTICATION}/MachineMethod"
    if not subject.is_device or not subject.is_native or subject.is_told(path):
        return
    if subject.authentication.machine_method is not MachineMethod.CERTIFICATE:
        yield Found(
            path,
            "a device tunnel authenticates by machine certificate, and MachineMethod does not say so",
            "Write <MachineMethod>Certificate</MachineMethod> in Authentication.",
        )


@rule("DT005", Severity.ERROR, Class.CONTRADICTION)
def no_user_authenticates(subject: Subject) -> Iterator[Found]:
    """A device tunnel has neither UserMethod nor Eap.

    It runs as the machine, before there is a user.
    """
    if not subject.is_device:
        return
    for name, value in (
        ("UserMethod", subject.authentication.user_method),
        ("Eap", subject.authentication.eap),
    ):
        if value is not None:
            yield Found(
                f"{AUTHENTICATION}/{name}", f"{name} authenticates a user, and a device tunnel has none", "Delete it."
            )


@rule("DT006", Severity.ERROR, Class.CONTRADICTION)
def device_tunnel_is_split(subject: Subject) -> Iterator[Found]:
    """A device tunnel is split.

    Windows has no force tunnel for devices; only the user tunnel, or LockDown, may take everything.
    """
    if subject.is_device and subject.is_force:
        yield Found(f"{NATIVE}/RoutingPolicyType", "a device tunnel cannot be a force tunnel", "Write SplitTunnel.")


@rule("DT007", Severity.WARNING, Class.TRAP)
def split_is_said(subject: Subject) -> Iterator[Found]:
    """A device tunnel says SplitTunnel.

    Left out, Windows takes its default, which Microsoft's pages call force tunnelling, and that no device tunnel
    may be.
    """
    path = f"{NATIVE}/RoutingPolicyType"
    if subject.is_device and subject.is_native and subject.native.routing is None and not subject.is_told(path):
        yield Found(path, "a device tunnel must be split, and Windows' default is not", "Write SplitTunnel.")


@rule("DT008", Severity.ERROR, Class.CONTRADICTION)
def device_tunnel_has_no_name_rules(subject: Subject) -> Iterator[Found]:
    """A device tunnel has no DomainNameInformation.

    Microsoft does not support name resolution rules there. The device tunnel's interface has the DNS servers that
    the gateway gives it; rules belong into the user tunnel.
    """
    if subject.is_device and subject.profile.names:
        yield Found(
            f"{ROOT}/DomainNameInformation",
            "Windows does not support name resolution rules in a device tunnel",
            "Move them to the user tunnel, or let the gateway give its clients DNS servers.",
        )


@rule("DT009", Severity.ERROR, Class.CONTRADICTION)
def device_tunnel_is_native(subject: Subject) -> Iterator[Found]:
    """A device tunnel is Windows' own.

    VPN apps cannot make one.
    """
    if subject.is_device and subject.profile.plugin is not None:
        yield Found(PLUGIN, "a VPN app cannot be a device tunnel", "Use a NativeProfile, or delete DeviceTunnel.")


@rule("DT010", Severity.NOTE, Class.TRAP)
def routes_are_host_routes(subject: Subject) -> Iterator[Found]:
    """A device tunnel routes single hosts.

    Device tunnel and user tunnel are up together, and the more specific route wins: with host routes the device
    tunnel carries what a device needs before sign-in and takes no traffic away from the user tunnel.
    """
    if not subject.is_device:
        return
    wide = [
        (index, route)
        for index, route in enumerate(subject.profile.routes)
        if route.address and route.prefix is not None and route.prefix < route.address.max_prefixlen
    ]
    for index, route in wide:
        if route.exclusion:
            continue
        yield Found(
            nth(f"{ROOT}/Route", index),
            f"{route.address}/{route.prefix} is a network; beside a user tunnel, this tunnel may take its traffic",
            "Name the hosts that devices need before sign-in, each with a prefix of /32 or /128.",
        )


@rule("DT011", Severity.NOTE, Class.TRAP)
def class_route_is_off(subject: Subject) -> Iterator[Found]:
    """A device tunnel switches the class-based route off.

    Otherwise Windows routes the whole class of the address that the tunnel got, like 10.0.0.0/8, into the device
    tunnel, and the user tunnel beside it goes short.
    """
    path = f"{NATIVE}/DisableClassBasedDefaultRoute"
    if subject.is_device and subject.is_native and not subject.native.no_class_route and not subject.is_told(path):
        yield Found(
            path,
            "the class-based route, like 10.0.0.0/8, goes into the device tunnel and competes with a user tunnel",
            "Write true, and name the hosts as routes.",
        )


@rule("DT012", Severity.WARNING, Class.TRAP)
def filters_let_manage_out_in(subject: Subject) -> Iterator[Found]:
    """A device tunnel that registers in DNS has no filters, or one for inbound traffic.

    RegisterDNS is there for manage-out, connections from inside to the device. As soon as there is one traffic
    filter Windows blocks all that comes in, so remote assistance, WinRM and software distribution fail, unless a
    filter says Direction Inbound (Windows 10 2004 and later).
    """
    filters = subject.profile.filters
    is_closed = filters and all(each.direction is not Direction.INBOUND for each in filters)
    if subject.is_device and subject.profile.register_dns and is_closed:
        yield Found(
            f"{ROOT}/TrafficFilter",
            "the filters block all connections from inside to the device, for which RegisterDNS is there",
            "Add filters with <Direction>Inbound</Direction>, or delete the filters or RegisterDNS.",
        )


@rule("DT013", Severity.WARNING, Class.CONTRADICTION)
def nothing_waits_for_a_user(subject: Subject) -> Iterator[Found]:
    """A device tunnel has nothing that is a user's.

    Apps that start the tunnel, and conditional access, belong to somebody who has signed in: put them into the user
    tunnel's profile.
    """
    profile = subject.profile
    if not subject.is_device:
        return
    for name, value in (("AppTrigger", profile.app_triggers), ("DeviceCompliance", profile.compliance)):
        if value:
            yield Found(
                f"{ROOT}/{name}",
                f"{name} belongs to a user, and a device tunnel has none",
                "Move it to the user tunnel.",
            )


def _said(subject: Subject) -> str:
    protocol = subject.native.protocol
    return "nothing" if protocol is None else protocol.value


RULES = (
    always_on_is_said,
    always_on_is_not_denied,
    protocol_is_ikev2,
    machine_certificate_authenticates,
    no_user_authenticates,
    device_tunnel_is_split,
    split_is_said,
    device_tunnel_has_no_name_rules,
    device_tunnel_is_native,
    routes_are_host_routes,
    class_route_is_off,
    filters_let_manage_out_in,
    nothing_waits_for_a_user,
)
