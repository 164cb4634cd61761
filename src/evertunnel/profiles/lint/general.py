"""The profile as a whole: who connects, to where, by which protocols, when; the proxy; what is reserved."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from evertunnel.profiles.lint.filters import FAMILY
from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.names import NAME
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import NATIVE, PLUGIN, ROOT, Subject
from evertunnel.profiles.vpnv2.model import Protocol

SERVERS = f"{NATIVE}/Servers"
PROXY = f"{ROOT}/Proxy"


@rule("GE001", Severity.ERROR, Class.CONTRADICTION)
def one_client_connects(subject: Subject) -> Iterator[Found]:
    """A profile is Windows' own or an app's.

    NativeProfile and PluginProfile exclude each other.
    """
    if subject.profile.native is not None and subject.profile.plugin is not None:
        yield Found(PLUGIN, "there is a NativeProfile, too", "Delete one of the two.")


@rule("GE002", Severity.ERROR, Class.CONTRADICTION)
def some_client_connects(subject: Subject) -> Iterator[Found]:
    """A profile has a NativeProfile or a PluginProfile.

    Without one nothing says where to connect.
    """
    is_told = not subject.is_whole or subject.is_told(NATIVE) or subject.is_told(PLUGIN)
    if subject.profile.native is None and subject.profile.plugin is None and not is_told:
        yield Found(ROOT, "there is neither a NativeProfile nor a PluginProfile", "Add one.")


@rule("GE003", Severity.ERROR, Class.CONTRADICTION)
def there_is_a_server(subject: Subject) -> Iterator[Found]:
    """A NativeProfile has Servers.

    Windows refuses it otherwise.
    """
    if subject.is_native and not subject.native.servers and subject.is_whole and not subject.is_told(SERVERS):
        yield Found(SERVERS, "no gateway is named", "Add Servers, like vpn.contoso.com.")


@rule("GE004", Severity.ERROR, Class.CONTRADICTION)
def app_is_complete(subject: Subject) -> Iterator[Found]:
    """A PluginProfile has ServerUrlList and PluginPackageFamilyName.

    Windows needs both to start the app.
    """
    plugin = subject.profile.plugin
    if plugin is None:
        return
    for name, value in (("ServerUrlList", plugin.servers), ("PluginPackageFamilyName", plugin.package_family)):
        if not value and not subject.is_told(f"{PLUGIN}/{name}"):
            yield Found(f"{PLUGIN}/{name}", "it is missing", f"Add {name}.")


@rule("GE005", Severity.ERROR, Class.VALUE)
def servers_are_names(subject: Subject) -> Iterator[Found]:
    """A server is a DNS name or an address.

    Anything else cannot be looked up. A friendly name, if any, stands after a semicolon.
    """
    for server in subject.native.servers:
        if not _is_host(server.host):
            yield Found(SERVERS, f"{server.host!r} is no name and no address", "Write a name like vpn.contoso.com.")


@rule("GE006", Severity.ERROR, Class.VALUE)
def servers_of_apps_are_names(subject: Subject) -> Iterator[Found]:
    """A server of a VPN app has a name that can be looked up.

    It is a name or a URL.
    """
    plugin = subject.profile.plugin
    for server in plugin.servers if plugin else ():
        if not _is_host(_host_of(server)):
            yield Found(
                f"{PLUGIN}/ServerUrlList", f"{str(server)!r} has no name that can be looked up", "Mend the name."
            )


@rule("GE007", Severity.ERROR, Class.VALUE)
def name_has_no_slash(subject: Subject) -> Iterator[Found]:
    """A profile's name has no slash.

    The name is part of a path in the management tree.
    """
    if subject.profile.name is not None and "/" in subject.profile.name:
        yield Found(f"{ROOT}/ProfileName", "a slash separates levels of the management tree", "Choose another name.")


@rule("GE008", Severity.NOTE, Class.TRAP)
def something_starts_it(subject: Subject) -> Iterator[Found]:
    """Something starts the tunnel.

    Without AlwaysOn, and with no app, name or app protection that starts it, people start it by hand.
    """
    profile = subject.profile
    is_triggered = profile.app_triggers or profile.edp_mode or any(each.auto_trigger for each in profile.names)
    starts = profile.always_on or subject.is_device or subject.is_lockdown or is_triggered
    if not starts and subject.is_whole and not subject.is_told(f"{ROOT}/AlwaysOn"):
        yield Found(ROOT, "nothing starts the tunnel but people", "Add AlwaysOn, unless that is meant.")


@rule("GE009", Severity.WARNING, Class.CONTRADICTION)
def always_on_is_ticked(subject: Subject) -> Iterator[Found]:
    """An always on profile is made with "Connect automatically" ticked.

    AlwaysOnActive false leaves it off until somebody ticks it.
    """
    if subject.profile.always_on and subject.profile.always_on_active is False:
        yield Found(
            f"{ROOT}/AlwaysOnActive",
            "the profile is always on, and made with that switched off",
            "Write true, or leave it out.",
        )


@rule("GE010", Severity.WARNING, Class.TRAP)
def proxy_is_used(subject: Subject) -> Iterator[Found]:
    """A proxy needs a force tunnel.

    Windows ignores Proxy in a split one; WebProxyServers in a name rule is the proxy for single names.
    """
    if subject.profile.proxy is not None and subject.is_split:
        yield Found(PROXY, "Windows uses it in a force tunnel only", "Delete it, or name proxies in name rules.")


@rule("GE011", Severity.WARNING, Class.CONTRADICTION)
def proxy_is_one(subject: Subject) -> Iterator[Found]:
    """A proxy is named by a script or by itself.

    Which of AutoConfigUrl and Manual wins is not said.
    """
    proxy = subject.profile.proxy
    if proxy is not None and proxy.auto_config_url is not None and proxy.manual is not None:
        yield Found(PROXY, "there are both AutoConfigUrl and Manual", "Delete one of the two.")


@rule("GE012", Severity.WARNING, Class.CONTRADICTION)
def bypass_has_a_proxy(subject: Subject) -> Iterator[Found]:
    """ByPassForLocal belongs to a proxy that is named by itself.

    Without Proxy/Manual there is nothing to go past.
    """
    proxy = subject.profile.proxy
    if subject.profile.bypass_for_local and (proxy is None or proxy.manual is None):
        yield Found(f"{ROOT}/ByPassForLocal", "there is no Proxy/Manual to go past", "Delete it, or name the proxy.")


@rule("GE013", Severity.WARNING, Class.VALUE)
def script_has_a_url(subject: Subject) -> Iterator[Found]:
    """AutoConfigUrl is a URL.

    It begins with http or https.
    """
    url = subject.profile.proxy.auto_config_url if subject.profile.proxy else None
    if url is not None and not url.lower().startswith(("http://", "https://")):
        yield Found(f"{PROXY}/AutoConfigUrl", "it is no URL", "Write http://proxy.corp.contoso.com/proxy.pac.")


@rule("GE014", Severity.WARNING, Class.TRAP)
def reserved_is_left_out(subject: Subject) -> Iterator[Found]:
    """APNBinding is reserved.

    Microsoft says not to use it.
    """
    if subject.profile.apn_binding is not None:
        yield Found(f"{ROOT}/APNBinding", "Microsoft keeps it for the future", "Delete it.")


@rule("GE015", Severity.ERROR, Class.CONTRADICTION)
def list_and_type_agree(subject: Subject) -> Iterator[Found]:
    """A ProtocolList and NativeProtocolType ProtocolList belong together.

    One without the other is nothing.
    """
    native, path = subject.native, f"{NATIVE}/ProtocolList"
    if native.protocol is Protocol.LIST and native.protocols is None and not subject.is_told(path):
        yield Found(path, "NativeProtocolType says that there is a ProtocolList", "Add it, or name one protocol.")
    if native.protocols is not None and native.protocol is not Protocol.LIST:
        yield Found(
            path, "NativeProtocolType does not say ProtocolList", "Write ProtocolList there, or delete the list."
        )


@rule("GE016", Severity.ERROR, Class.VALUE)
def list_has_protocols(subject: Subject) -> Iterator[Found]:
    """A ProtocolList names one to four protocols.

    They are IKEv2, SSTP, L2TP and PPTP, each at most once.
    """
    listed = subject.native.protocols
    if listed is None:
        return
    members, path = listed.protocols, f"{NATIVE}/ProtocolList"
    if not members and not subject.is_told(f"{path}/NativeProtocol/Type"):
        yield Found(path, "it names no protocol", "Add NativeProtocol with a Type.")
    if len(members) > 4 or len(set(members)) < len(members):
        yield Found(path, "it names a protocol twice, or more than four", "Name each protocol once.")
    if {Protocol.AUTOMATIC, Protocol.LIST} & set(members):
        yield Found(path, "Automatic and ProtocolList are no protocols", "Name IKEv2, SSTP, L2TP or PPTP.")


@rule("GE017", Severity.NOTE, Class.TRAP)
def protection_triggers_by_itself(subject: Subject) -> Iterator[Found]:
    """EdpModeId makes triggers and filters superfluous.

    Windows Information Protection then says which apps start the tunnel and may use it.
    """
    if subject.profile.edp_mode is not None and (subject.profile.app_triggers or subject.profile.filters):
        yield Found(
            f"{ROOT}/EdpModeId",
            "information protection says which apps start the tunnel; triggers and filters are not needed beside it",
            "Keep one of the two ways.",
        )


@rule("GE018", Severity.NOTE, Class.TRAP)
def server_has_a_name(subject: Subject) -> Iterator[Found]:
    """A gateway is named, not numbered.

    An address works only if it stands in the gateway's certificate, and cannot be moved.
    """
    for server in subject.native.servers:
        if _is_address(server.host):
            yield Found(SERVERS, f"{server.host} must stand in the gateway's certificate as it is", "Write its name.")


@rule("GE019", Severity.ERROR, Class.VALUE)
def app_has_a_family_name(subject: Subject) -> Iterator[Found]:
    """PluginPackageFamilyName is a package family name.

    It is the app's name, an underscore, and a hash of its publisher, as Get-AppxPackage shows it.
    """
    family = subject.profile.plugin.package_family if subject.profile.plugin else None
    if family is not None and not FAMILY.fullmatch(family):
        yield Found(
            f"{PLUGIN}/PluginPackageFamilyName",
            f"{str(family)!r} is no package family name",
            "Write it as Get-AppxPackage shows it, like Contoso.Vpn_8wekyb3d8bbwe.",
        )


def _is_host(text: str) -> bool:
    return _is_address(text) or NAME.fullmatch(text.removesuffix(".")) is not None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _host_of(url: str) -> str:
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


RULES = (
    one_client_connects,
    some_client_connects,
    there_is_a_server,
    app_is_complete,
    servers_are_names,
    servers_of_apps_are_names,
    name_has_no_slash,
    something_starts_it,
    always_on_is_ticked,
    proxy_is_used,
    proxy_is_one,
    bypass_has_a_proxy,
    script_has_a_url,
    reserved_is_left_out,
    list_and_type_agree,
    list_has_protocols,
    protection_triggers_by_itself,
    server_has_a_name,
    app_has_a_family_name,
)
