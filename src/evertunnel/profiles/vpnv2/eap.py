r"""The EAP block of a profile (EapHostConfig): EAP-TLS, PEAP, EAP-TTLS, EAP-MSCHAPv2; anything else is kept as it was.

Names and namespaces are those of the schemas that Windows ships in C:\\Windows\\schemas.
"""

from dataclasses import dataclass
from enum import Enum

from evertunnel.profiles.vpnv2.nodes import Shape, node
from evertunnel.profiles.vpnv2.values import Text, Thumbprint
from evertunnel.values import ObjectId

PROVISIONING = "http://www.microsoft.com/provisioning/"
HOST_CONFIG = f"{PROVISIONING}EapHostConfig"
COMMON = f"{PROVISIONING}EapCommon"
BASE = f"{PROVISIONING}BaseEapConnectionPropertiesV1"
TLS_1 = f"{PROVISIONING}EapTlsConnectionPropertiesV1"
TLS_2 = f"{PROVISIONING}EapTlsConnectionPropertiesV2"
TLS_3 = f"{PROVISIONING}EapTlsConnectionPropertiesV3"
PEAP_1 = f"{PROVISIONING}MsPeapConnectionPropertiesV1"
PEAP_2 = f"{PROVISIONING}MsPeapConnectionPropertiesV2"
PEAP_3 = f"{PROVISIONING}MsPeapConnectionPropertiesV3"
MSCHAPV2_1 = f"{PROVISIONING}MsChapV2ConnectionPropertiesV1"
TTLS_1 = f"{PROVISIONING}EapTtlsConnectionPropertiesV1"
TTLS_AUTHOR = 311  # Microsoft, as Windows itself writes it; others write 0
LONGEST_NUMBER = 10


def number_of(text: str) -> int | None:
    """A number of a method as it is written; None where the text is none."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER else None


class EapType(Enum):
    """The number of an EAP method (IANA)."""

    TLS = 13
    TTLS = 21
    PEAP = 25
    MSCHAPV2 = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerValidation:
    """Which RADIUS server the client believes: its names, separated by semicolons, and its roots."""

    no_prompt: bool | None = node("DisableUserPromptForServerValidation")
    server_names: Text | None = node("ServerNames", always=True)
    roots: tuple[Thumbprint, ...] = node("TrustedRootCA", many=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStore:
    """A certificate of the user's store; with `simple` Windows picks one where several would do."""

    simple: bool | None = node("SimpleCertSelection")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartCard:
    """The certificate of a smart card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsSource:
    """Where the user's certificate is."""

    store: CertificateStore | None = node("CertificateStore")
    smart_card: SmartCard | None = node("SmartCard")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerFilter:
    """Only certificates of these authorities are offered."""

    enabled: bool | None = node("Enabled", shape=Shape.ATTRIBUTE)
    hashes: tuple[Thumbprint, ...] = node("IssuerHash", many=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EkuMap:
    """A name for an extended key usage, which the lists below refer to."""

    name: Text | None = node("EKUName")
    oid: ObjectId | None = node("EKUOID")


@dataclass(frozen=True, slots=True, kw_only=True)
class EkuMapping:
    maps: tuple[EkuMap, ...] = node("EKUMap", many=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EkuInList:
    names: tuple[Text, ...] = node("EKUName", many=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EkuFilter:
    """Only certificates with all of these usages are offered."""

    enabled: bool | None = node("Enabled", shape=Shape.ATTRIBUTE)
    ekus: tuple[EkuInList, ...] = node("EKUMapInList", many=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtering:
    """Which of the user's certificates are offered."""

    all_purpose: bool | None = node("AllPurposeEnabled")
    issuers: IssuerFilter | None = node("CAHashList")
    mapping: EkuMapping | None = node("EKUMapping")
    client_auth: EkuFilter | None = node("ClientAuthEKUList")
    any_purpose: EkuFilter | None = node("AnyPurposeEKUList")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsExtensions:
    filtering: Filtering | None = node("FilteringInfo", namespace=TLS_3)


@dataclass(frozen=True, slots=True, kw_only=True)
class EapTls:
    """EAP-TLS: the user's certificate."""

    source: CredentialsSource | None = node("CredentialsSource")
    server: ServerValidation | None = node("ServerValidation")
    different_username: bool | None = node("DifferentUsername")
    validate_server: bool | None = node("PerformServerValidation", namespace=TLS_2)
    check_server_name: bool | None = node("AcceptServerName", namespace=TLS_2)
    extensions: TlsExtensions | None = node("TLSExtensions", namespace=TLS_2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MsChapV2:
    """EAP-MSCHAPv2: a password."""

    windows_credentials: bool | None = node("UseWinLogonCredentials")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeapExtensions:
    validate_server: bool | None = node("PerformServerValidation", namespace=PEAP_2)
    check_server_name: bool | None = node("AcceptServerName", namespace=PEAP_2)
    prompt_unknown_root: bool | None = node("AllowPromptingWhenServerCANotFound", namespace=PEAP_3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peap:
    """PEAP: another method inside TLS."""

    server: ServerValidation | None = node("ServerValidation")
    fast_reconnect: bool | None = node("FastReconnect")
    inner_optional: bool | None = node("InnerEapOptional")
    inner: EapTls | MsChapV2 | None = node("Eap", namespace=BASE)
    quarantine_checks: bool | None = node("EnableQuarantineChecks")
    crypto_binding: bool | None = node("RequireCryptoBinding")
    extensions: PeapExtensions | None = node("PeapExtensions")


@dataclass(frozen=True, slots=True, kw_only=True)
class TtlsServerValidation:
    server_names: Text | None = node("ServerNames", always=True)
    roots: tuple[Thumbprint, ...] = node("TrustedRootCAHash", many=True)
    no_prompt: bool | None = node("DisablePrompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """An element that says all by being there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TtlsMsChapV2:
    windows_credentials: bool | None = node("UseWinlogonCredentials")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase2:
    """What is inside EAP-TTLS: a method that is no EAP, or an EAP method."""

    pap: Nothing | None = node("PAPAuthentication")
    chap: Nothing | None = node("CHAPAuthentication")
    mschap: Nothing | None = node("MSCHAPAuthentication")
    mschapv2: TtlsMsChapV2 | None = node("MSCHAPv2Authentication")
    eap: "EapHostConfig | None" = node("EapHostConfig", namespace=HOST_CONFIG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase1:
    """The identity outside of the TLS."""

    privacy: bool | None = node("IdentityPrivacy")
    anonymous: Text | None = node("AnonymousIdentity")


@dataclass(frozen=True, slots=True, kw_only=True)
class EapTtls:
    """EAP-TTLS; its author stands outside, beside the method's number."""

    server: TtlsServerValidation | None = node("ServerValidation")
    inside: Phase2 | None = node("Phase2Authentication")
    identity: Phase1 | None = node("Phase1Identity")
    author: int = TTLS_AUTHOR


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEap:
    """A method that is not modelled: its numbers, and its configuration as it was."""

    number: int
    vendor: int = 0
    vendor_type: int = 0
    author: int = 0
    config: str = ""  # XML of what stands in Config


EapMethod = EapTls | Peap | EapTtls | MsChapV2


@dataclass(frozen=True, slots=True, kw_only=True)
class EapHostConfig:
    """The EAP block: one method with its settings."""

    method: EapMethod | OtherEap
