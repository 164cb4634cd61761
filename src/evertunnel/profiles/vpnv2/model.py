"""The whole of a ProfileXML and of the VPNv2 tree (Microsoft: VPNv2 CSP; ProfileXML XSD).

None or an empty tuple stands for what the profile does not say; Windows' own default then holds. The order of the
fields is the published schema's, and what it lacks stands at the end of its element.
"""

from dataclasses import dataclass, field
from enum import Enum

from evertunnel.plan.windows import Windows
from evertunnel.profiles.vpnv2.eap import EapHostConfig
from evertunnel.profiles.vpnv2.nodes import Shape, node
from evertunnel.profiles.vpnv2.values import Address, AddressRange, Item, PortRange, Server, Text, Thumbprint
from evertunnel.values import Secret

METRICS = range(1, 10_000)


class Routing(Enum):
    """What goes through the tunnel: what the routes say, or everything."""

    SPLIT = "SplitTunnel"
    FORCE = "ForceTunnel"


class Protocol(Enum):
    """The tunnel's protocol."""

    PPTP = "PPTP"
    L2TP = "L2TP"
    IKEV2 = "IKEv2"
    SSTP = "SSTP"
    AUTOMATIC = "Automatic"
    LIST = "ProtocolList"


class UserMethod(Enum):
    """How a user is authenticated."""

    EAP = "Eap"
    MSCHAPV2 = "MSChapv2"


class MachineMethod(Enum):
    """How a machine is authenticated."""

    CERTIFICATE = "Certificate"
    EAP = "Eap"
    PRESHARED_KEY = "PresharedKey"


class EspIntegrity(Enum):
    """AuthenticationTransformConstants."""

    MD5 = "MD596"
    SHA1 = "SHA196"
    SHA256 = "SHA256128"
    AES_GCM_128 = "GCMAES128"
    AES_GCM_192 = "GCMAES192"
    AES_GCM_256 = "GCMAES256"


class EspCipher(Enum):
    """CipherTransformConstants."""

    DES = "DES"
    TRIPLE_DES = "DES3"
    AES_128 = "AES128"
    AES_192 = "AES192"
    AES_256 = "AES256"
    AES_GCM_128 = "GCMAES128"
    AES_GCM_192 = "GCMAES192"
    AES_GCM_256 = "GCMAES256"


class PfsGroup(Enum):
    """PfsGroup: of CHILD_SAs."""

    NONE = "None"
    GROUP_1 = "PFS1"
    GROUP_2 = "PFS2"
    GROUP_14 = "PFS2048"
    ECP_256 = "ECP256"
    ECP_384 = "ECP384"
    MAIN_MODE = "PFSMM"
    GROUP_24 = "PFS24"


class DhGroup(Enum):
    """DHGroup: of the IKE_SA."""

    NONE = "None"
    GROUP_1 = "Group1"
    GROUP_2 = "Group2"
    GROUP_14 = "Group14"
    ECP_256 = "ECP256"
    ECP_384 = "ECP384"
    GROUP_24 = "Group24"


class IkeIntegrity(Enum):
    """IntegrityCheckMethod."""

    MD5 = "MD5"
    SHA1 = "SHA196"
    SHA256 = "SHA256"
    SHA384 = "SHA384"


class IkeCipher(Enum):
    """EncryptionMethod."""

    DES = "DES"
    TRIPLE_DES = "DES3"
    AES_128 = "AES128"
    AES_192 = "AES192"
    AES_256 = "AES256"
    AES_GCM_128 = "AES_GCM_128"
    AES_GCM_256 = "AES_GCM_256"


class Direction(Enum):
    """Which way the traffic of a filter goes."""

    OUTBOUND = "Outbound"
    INBOUND = "Inbound"


class DataEncryption(Enum):
    """What the client demands of the connection's encryption."""

    NONE = "None"
    REQUIRE = "Require"
    MAX = "Max"
    OPTIONAL = "Optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualProxy:
    server: Text | None = node("Server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The proxy of the connection; Windows uses it with force tunnel only."""

    auto_config_url: Text | None = node("AutoConfigUrl")
    manual: ManualProxy | None = node("Manual")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApnBinding:
    """Reserved by Microsoft."""

    provider_id: Text | None = node("ProviderId")
    access_point_name: Text | None = node("AccessPointName")
    user_name: Text | None = node("UserName")
    password: Secret | None = node("Password")
    compression: bool | None = node("IsCompressionEnabled")
    authentication_type: Text | None = node("AuthenticationType")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sso:
    """The certificate for Kerberos where the VPN's own is one of conditional access."""

    enabled: bool | None = node("Enabled")
    eku: Text | None = node("Eku", spellings=("EKU",))
    issuer_hashes: tuple[Thumbprint, ...] = node("IssuerHash", many=True, shape=Shape.LIST, separator=";")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCompliance:
    """Conditional access of Entra ID."""

    enabled: bool | None = node("Enabled")
    sso: Sso | None = node("Sso", spellings=("SSO",))


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginProfile:
    """A connection by somebody else's VPN app."""

    servers: tuple[Item, ...] = node("ServerUrlList", many=True, shape=Shape.LIST, separator=";")
    configuration: Text | None = node("CustomConfiguration")  # the app's own XML, as it was
    package_family: Text | None = node("PluginPackageFamilyName")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppTrigger:
    """An app that starts the connection: a package family name, or a path."""

    app: Text | None = node("App", wraps="Id")


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainName:
    """A name rule (NRPT): names below `.suffix`, one name, or `.` for all, and who resolves them."""

    name: Text | None = node("DomainName")
    dns_servers: tuple[Address, ...] = node("DnsServers", many=True, shape=Shape.LIST, spellings=("DNSServers",))
    web_proxy: Text | None = node("WebProxyServers")
    auto_trigger: bool | None = node("AutoTrigger", since=Windows.W10_1607)
    persistent: bool | None = node("Persistent", since=Windows.W10_1607)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficFilter:
    """One rule of what may pass; its properties must all hold."""

    app: Text | None = node("App", wraps="Id")
    claims: Text | None = node("Claims")
    protocol: int | None = node("Protocol", within=range(256))  # as IP numbers them
    local_ports: tuple[PortRange, ...] = node("LocalPortRanges", many=True, shape=Shape.LIST)
    remote_ports: tuple[PortRange, ...] = node("RemotePortRanges", many=True, shape=Shape.LIST)
    local_addresses: tuple[AddressRange, ...] = node("LocalAddressRanges", many=True, shape=Shape.LIST)
    remote_addresses: tuple[AddressRange, ...] = node("RemoteAddressRanges", many=True, shape=Shape.LIST)
    routing: Routing | None = node("RoutingPolicyType")
    direction: Direction | None = node("Direction", since=Windows.W10_2004)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolList:
    """The protocols that are tried, in this order."""

    protocols: tuple[Protocol, ...] = node("NativeProtocol", many=True, wraps="Type")
    retry_hours: int | None = node("RetryTimeInHours", spellings=("RetryTimeinHours",), within=range(500_001))


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptographySuite:
    """What both ends must agree on; mismatch is error 13868."""

    esp_integrity: EspIntegrity | None = node("AuthenticationTransformConstants")
    esp_cipher: EspCipher | None = node("CipherTransformConstants")
    pfs_group: PfsGroup | None = node("PfsGroup")
    dh_group: DhGroup | None = node("DHGroup")
    ike_integrity: IkeIntegrity | None = node("IntegrityCheckMethod")
    ike_cipher: IkeCipher | None = node("EncryptionMethod")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """Who authenticates, and how."""

    user_method: UserMethod | None = node("UserMethod")
    machine_method: MachineMethod | None = node("MachineMethod")
    eap: EapHostConfig | None = node("Eap", wraps="Configuration")


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeProfile:
    """A connection by Windows' own client."""

    servers: tuple[Server, ...] = node("Servers", many=True, shape=Shape.LIST)
    routing: Routing | None = node("RoutingPolicyType")
    protocol: Protocol | None = node("NativeProtocolType")
    l2tp_key: Secret | None = node("L2tpPsk", since=Windows.W10_1607)
    no_class_route: bool | None = node("DisableClassBasedDefaultRoute", since=Windows.W10_1607)
    routes_of_gateway: bool | None = node("PlumbIKEv2TSAsRoutes", since=Windows.W10_2004)
    cryptography: CryptographySuite | None = node("CryptographySuite", since=Windows.W10_1607)
    authentication: Authentication | None = node("Authentication")
    protocols: ProtocolList | None = node("ProtocolList", since=Windows.W11_21H2, in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A network through the tunnel, or with `exclusion` past it."""

    address: Address | None = node("Address")
    prefix: int | None = node("PrefixSize", within=range(129))
    exclusion: bool | None = node("ExclusionRoute", since=Windows.W10_1607)
    metric: int | None = node("Metric", since=Windows.W10_1607, within=range(2**32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the reader did not understand, kept as it was: an unknown element, or a known one with a wrong value."""

    path: str  # of the element that holds it, like VPNProfile/NativeProfile
    xml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnProfile:
    """A profile."""

    name: Text | None = node("ProfileName")
    edp_mode: Text | None = node("EdpModeId", spellings=("EDPModeID",))
    remember_credentials: bool | None = node("RememberCredentials")
    always_on: bool | None = node("AlwaysOn")
    dns_suffixes: tuple[Item, ...] = node("DnsSuffix", many=True, shape=Shape.LIST)
    trusted_networks: tuple[Item, ...] = node("TrustedNetworkDetection", many=True, shape=Shape.LIST)
    no_advanced_button: bool | None = node("DisableAdvancedOptionsEditButton", since=Windows.W11_22H2)
    no_disconnect_button: bool | None = node("DisableDisconnectButton", since=Windows.W11_22H2)
    lockdown: bool | None = node("LockDown", spellings=("Lockdown",))
    device_tunnel: bool | None = node("DeviceTunnel", since=Windows.W10_1709)
    register_dns: bool | None = node("RegisterDNS", since=Windows.W10_1709)
    bypass_for_local: bool | None = node("ByPassForLocal", spellings=("BypassForLocal",))
    require_app_ui: bool | None = node("RequireVpnClientAppUI")
    proxy: Proxy | None = node("Proxy")
    apn_binding: ApnBinding | None = node("APNBinding")
    compliance: DeviceCompliance | None = node("DeviceCompliance", since=Windows.W10_1607)
    plugin: PluginProfile | None = node("PluginProfile")
    app_triggers: tuple[AppTrigger, ...] = node("AppTrigger", many=True)
    names: tuple[DomainName, ...] = node("DomainNameInformation", many=True, spellings=("DomainNameInformationList",))
    filters: tuple[TrafficFilter, ...] = node("TrafficFilter", many=True)
    native: NativeProfile | None = node("NativeProfile")
    routes: tuple[Route, ...] = node("Route", many=True)
    always_on_active: bool | None = node("AlwaysOnActive", in_schema=False)
    data_encryption: DataEncryption | None = node("DataEncryption", since=Windows.W11_24H2, in_schema=False)
    no_ikev2_fragmentation: bool | None = node("DisableIKEv2Fragmentation", since=Windows.W11_24H2, in_schema=False)
    ipv4_metric: int | None = node("IPv4InterfaceMetric", since=Windows.W11_24H2, in_schema=False, within=METRICS)
    ipv6_metric: int | None = node("IPv6InterfaceMetric", since=Windows.W11_24H2, in_schema=False, within=METRICS)
    network_outage_seconds: int | None = node(
        "NetworkOutageTime", since=Windows.W11_24H2, in_schema=False, within=range(2**32)
    )
    private_network: bool | None = node("PrivateNetwork", since=Windows.W11_24H2, in_schema=False)
    use_ras_credentials: bool | None = node("UseRasCredentials", since=Windows.W11_24H2, in_schema=False)
    left: tuple[Left, ...] = field(default=())  # what the reader kept without understanding it
