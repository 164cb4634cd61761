"""The table: the settings of a tunnel in the plan's order, and what each platform does with them."""

from collections.abc import Callable
from dataclasses import MISSING, fields

from evertunnel.plan.gateway import Esp
from evertunnel.plan.profiles import ClientProfile
from evertunnel.plan.tunnels import EapType, Tunnel, UserTunnel
from evertunnel.plan.windows import Windows
from evertunnel.profiles.abilities.model import BOTH, Ability, Carries, Platform, Row, Side

APPLE, ANDROID, LINUX = Platform.APPLE, Platform.ANDROID, Platform.LINUX
NETWORK_MANAGER, STRONGSWAN, INTUNE = Platform.NETWORK_MANAGER, Platform.STRONGSWAN, Platform.INTUNE
NOT_WINDOWS = (APPLE, ANDROID, LINUX, NETWORK_MANAGER, STRONGSWAN)
PLAIN = (LINUX, NETWORK_MANAGER, STRONGSWAN)
DEVICE, USER = (Tunnel.DEVICE,), (Tunnel.USER,)
NO_FIELD = "Intune's own settings have no field for it; deliver the ProfileXML as a custom setting"
ONLY_WINDOWS = "nothing here corresponds to it; it is a setting of Windows"


def no(what: str, since: Windows | None = None) -> Ability:
    """The setting does not arrive."""
    return Ability(carries=Carries.NO, what=what, since=since)


def partly(what: str) -> Ability:
    """Some of the setting arrives."""
    return Ability(carries=Carries.PARTLY, what=what)


def on_all(platforms: tuple[Platform, ...], ability: Ability) -> dict[Platform, Ability]:
    """The same for several platforms."""
    return dict.fromkeys(platforms, ability)


def newer(since: Windows) -> dict[Platform, Ability]:
    """What came with a Windows later than the oldest that a plan may be for."""
    return {Platform.PROFILE_XML: no(f"older than {since}, Windows does not know it", since), INTUNE: no(NO_FIELD)}


def always(_side: Side) -> bool:
    """Every plan asks for it."""
    return True


def changed(setting: str) -> Callable[[Side], bool]:
    """The plan sets it away from its default."""
    (field,) = (field for field in fields(ClientProfile) if field.name == setting)
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return lambda side: getattr(side.profile, setting) != default


def is_split(side: Side) -> bool:
    """Only the networks inside go through the tunnel."""
    return not side.profile.force_tunnel


def is_without_eap_tls(side: Side) -> bool:
    """People are authenticated by PEAP alone."""
    return isinstance(side.tunnel, UserTunnel) and EapType.EAP_TLS not in side.tunnel.eap_types


def row(setting: str, abilities: dict[Platform, Ability], kinds: tuple[Tunnel, ...] = BOTH) -> Row:
    """A setting of the profile, which counts where the plan sets it."""
    return Row(setting=f"profile.{setting}", asked=changed(setting), abilities=abilities, kinds=kinds)


TUNNELS = (
    Row(
        setting="",
        asked=always,
        kinds=DEVICE,
        vital=True,
        abilities={
            APPLE: no(
                "Apple devices send a name as their identity, never a certificate's subject, and by the subject alone"
                " the gateway knows a device: there is no device tunnel"
            ),
            ANDROID: partly("Android holds one tunnel at a time: while the user tunnel is up, this one is not"),
            NETWORK_MANAGER: partly(
                "its plugin holds one tunnel at a time, and somebody must bring this one up, before sign-in too"
            ),
        },
    ),
    Row(
        setting="eap_types",
        asked=is_without_eap_tls,
        kinds=USER,
        vital=True,
        value="without eap-tls",
        abilities=on_all(NOT_WINDOWS, no("these clients know EAP-TLS, not PEAP: there is no user tunnel")),
    ),
    Row(
        setting="aaa_name",
        asked=always,
        kinds=USER,
        abilities={
            APPLE: no("the RADIUS server's certificate must come from the authority, but its name is not checked"),
            ANDROID: no("the RADIUS server's certificate must come from the authority, but its name is not checked"),
            NETWORK_MANAGER: no(
                "the RADIUS server's certificate must come from the authority, but its name is not checked"
            ),
        },
    ),
    Row(
        setting="routes",
        asked=is_split,
        value="split",
        abilities={
            APPLE: no(
                "Apple devices route what the gateway's traffic selector says, which is everything: what is not for"
                " the inside goes into the tunnel too, and ends at the gateway"
            ),
        },
    ),
    Row(
        setting="routes",
        asked=lambda side: is_split(side) and side.plan.gateway.esp is Esp.LIBIPSEC,
        value="split, with gateway.esp = libipsec",
        abilities={
            NETWORK_MANAGER: no(
                "its plugin routes what the traffic selector says, which is everything with gateway.esp = libipsec:"
                " what is not for the inside goes into the tunnel too, and ends at the gateway"
            )
        },
    ),
)

PROFILE = (
    row("name", on_all((LINUX, STRONGSWAN), no("no name is shown to anybody"))),
    Row(
        setting="profile.always_on",
        asked=lambda side: side.profile.always_on,
        value="true",
        abilities={
            ANDROID: no("no profile can say so: choose the app as always-on VPN in Android's settings or in the MDM"),
            NETWORK_MANAGER: no("NetworkManager brings no VPN up by itself: people start it"),
            STRONGSWAN: partly("charon tries at its start, and gives up where the gateway refuses; nobody tries again"),
        },
    ),
    Row(
        setting="profile.always_on",
        asked=lambda side: not side.profile.always_on,
        value="false",
        abilities={LINUX: no("the agent's device tunnel always comes up by itself, the user tunnel at sign-in")},
    ),
    row(
        "force_tunnel",
        {
            LINUX: no("the agent sends the networks inside through the tunnel, and nothing else"),
            STRONGSWAN: no("the configuration sends the networks inside through the tunnel, and nothing else"),
        },
        USER,
    ),
    row(
        "lockdown",
        {
            INTUNE: no(NO_FIELD),
            APPLE: no("there is no device tunnel here"),
            ANDROID: no("no profile can say so: block connections without VPN in Android's settings or in the MDM"),
            **on_all(PLAIN, no("what is not for the inside goes past the tunnel")),
        },
        DEVICE,
    ),
    Row(
        setting="profile.dns_suffixes",
        asked=always,  # left out, it is the organisation's domain
        abilities=on_all((ANDROID, LINUX, STRONGSWAN), no("short names get no suffix from the tunnel")),
    ),
    Row(
        setting="profile.dns_suffixes",
        asked=lambda side: not any(rule.dns_servers for rule in side.profile.name_rules),
        value="without a name rule that names DNS servers",
        abilities={APPLE: no("short names get no suffix: it arrives with DNS servers alone, which name rules give")},
    ),
    row("trusted_networks", on_all((ANDROID, *PLAIN), no("it makes no difference whether the device is inside"))),
    row(
        "name_rules",
        {
            APPLE: partly(
                "the DNS servers of the first rule that names some resolve the names of all rules with the same"
                " servers; a rule with other servers, an exemption, a rule's proxy and persistence do not arrive, and"
                " a single name stands for all names below it, too"
            ),
            ANDROID: partly("only the servers of a rule for every name (.) arrive"),
            NETWORK_MANAGER: partly(
                "the DNS servers of the first rule that names some resolve the names of all rules with the same"
                " servers; a rule with other servers, an exemption, proxy, trigger and persistence do not arrive"
            ),
            **on_all((LINUX, STRONGSWAN), no("the device resolves names as it does without the tunnel")),
        },
        USER,
    ),
    row("app_triggers", on_all(NOT_WINDOWS, no("no app starts the tunnel")), USER),
    row("filters", on_all(NOT_WINDOWS, no("the device filters nothing; the gateway's firewall does, by address"))),
    row(
        "exclude_routes",
        {
            INTUNE: no(NO_FIELD),
            **on_all((APPLE, *PLAIN), no("these networks go through the tunnel where a route covers them")),
        },
    ),
    row(
        "route_metric",
        {
            INTUNE: no(NO_FIELD),
            **on_all(NOT_WINDOWS, no("routes have the metric that the platform gives them")),
        },
    ),
    row("interface_metric", {**newer(Windows.W11_24H2), **on_all(NOT_WINDOWS, no(ONLY_WINDOWS))}),
    row("register_dns", on_all(NOT_WINDOWS, no("the tunnel's address is not registered in DNS"))),
    row(
        "proxy",
        {
            APPLE: partly("bypass_for_local does not arrive: local addresses go through the proxy, too"),
            **on_all((ANDROID, *PLAIN), no("no proxy is set")),
        },
        USER,
    ),
    row(
        "compliance",
        {
            INTUNE: partly("of several issuers of the other certificate one arrives"),
            **on_all(NOT_WINDOWS, no("Entra ID's one-hour certificate is not asked for: the user's certificate opens")),
        },
        USER,
    ),
    row("remember_credentials", {}),  # elsewhere a certificate is all there is
    row(
        "no_edit_button",
        {
            **newer(Windows.W11_22H2),
            APPLE: no("whether people may change a profile, the MDM decides"),
            ANDROID: partly("a profile that came by managed configuration cannot be edited, an imported one can"),
            **on_all(PLAIN, no("root can edit it, others cannot anyway")),
        },
    ),
    row(
        "no_disconnect_button",
        {
            **newer(Windows.W11_22H2),
            APPLE: partly("the switch Connect On Demand is locked on iPhone and iPad, not on a Mac"),
            **on_all((ANDROID, NETWORK_MANAGER), no("people can disconnect")),
            **on_all((LINUX, STRONGSWAN), no("root can disconnect, others cannot anyway")),
        },
    ),
    row("outage_seconds", {**newer(Windows.W11_24H2), **on_all(NOT_WINDOWS, no("the platform's own patience counts"))}),
    row("private_network", {**newer(Windows.W11_24H2), **on_all(NOT_WINDOWS, no(ONLY_WINDOWS))}),
    row("use_vpn_credentials", {**newer(Windows.W11_24H2), **on_all(NOT_WINDOWS, no(ONLY_WINDOWS))}),
)

ROWS = (*TUNNELS, *PROFILE)
