"""What the oldest Windows that must take the profile does not have. Without --windows, or a plan, nothing is asked."""

from collections.abc import Iterator

from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import NATIVE, ROOT, SUITE, Subject, elements, nth
from evertunnel.profiles.vpnv2.model import EspCipher, IkeCipher, Protocol

AZURE = (".vpn.azure.com", ".cloudapp.net")
COMBINED = {EspCipher.AES_GCM_128, EspCipher.AES_GCM_192, EspCipher.AES_GCM_256}
COMBINED_IKE = {IkeCipher.AES_GCM_128, IkeCipher.AES_GCM_256}


@rule("VE001", Severity.ERROR, Class.VERSION)
def connection_is_known(subject: Subject) -> Iterator[Found]:
    """Windows knows what makes the connection.

    An older Windows leaves out in silence what it does not know: without DeviceTunnel it is another tunnel, without
    Direction a filter means the opposite.
    """
    yield from _newer(subject, essential=True)


@rule("VE002", Severity.WARNING, Class.VERSION)
def comfort_is_known(subject: Subject) -> Iterator[Found]:
    """Windows knows what makes the connection comfortable.

    Buttons, metrics, credentials: the connection works without, and is not as it was meant. Microsoft's page says
    Windows 11 21H2 for them; in the field it was 22H2 for the buttons and 24H2 for the others.
    """
    yield from _newer(subject, essential=False)


@rule("VE003", Severity.ERROR, Class.VERSION)
def sstp_is_known(subject: Subject) -> Iterator[Found]:
    """NativeProtocolType SSTP needs Windows 11.

    Before, only Automatic came to SSTP.
    """
    if _lacks(subject, Windows.W11_21H2) and subject.native.protocol is Protocol.SSTP:
        yield Found(
            f"{NATIVE}/NativeProtocolType",
            f"{subject.windows} does not know the value SSTP; it came with {Windows.W11_21H2}",
            "Write Automatic, or leave the older Windows out.",
        )


@rule("VE004", Severity.WARNING, Class.VERSION)
def exclusions_work_in_a_force_tunnel(subject: Subject) -> Iterator[Found]:
    """Exclusions in a force tunnel need Windows 10 1903, or 1803 and 1809 with an update.

    KB4493437 for 1803 and KB4490481 for 1809; before, exclusions were for split tunnels only.
    """
    index = next((index for index, route in enumerate(subject.profile.routes) if route.exclusion), None)
    if index is not None and subject.is_force and _lacks(subject, Windows.W10_1903):
        yield Found(
            f"{nth(f'{ROOT}/Route', index)}/ExclusionRoute",
            f"{subject.windows} may ignore exclusions in a force tunnel",
            "See that KB4493437 (1803) or KB4490481 (1809) or a later update is there.",
        )


@rule("VE005", Severity.ERROR, Class.VERSION)
def combined_mode_is_known(subject: Subject) -> Iterator[Found]:
    """AES-GCM needs Windows 10 1803.

    Older ones do not offer it, and the gateway then finds no proposal (error 13868).
    """
    suite = subject.native.cryptography
    if suite is None or not _lacks(subject, Windows.W10_1803):
        return
    if suite.esp_cipher in COMBINED or suite.ike_cipher in COMBINED_IKE:
        yield Found(
            SUITE,
            f"{subject.windows} does not know AES-GCM; it came with {Windows.W10_1803}",
            "Use AES128 with SHA256 on both ends.",
        )


@rule("VE006", Severity.NOTE, Class.VERSION)
def azure_takes_device_tunnels(subject: Subject) -> Iterator[Found]:
    """A device tunnel to Azure needs Windows 10 1809.

    Microsoft's page for Azure's gateway says so; for others it is 1709.
    """
    is_azure = any(server.host.lower().endswith(AZURE) for server in subject.native.servers)
    if subject.is_device and is_azure and _lacks(subject, Windows.W10_1809):
        yield Found(
            f"{NATIVE}/Servers",
            f"for Azure's gateway Microsoft names {Windows.W10_1809} as the oldest",
            "Leave the older Windows out.",
        )


def _newer(subject: Subject, *, essential: bool) -> Iterator[Found]:
    for path, declared in elements(subject.profile):
        is_essential = (
            declared.in_schema and not declared.since.has(Windows.W11_21H2)
        ) or declared.name == "ProtocolList"
        if is_essential is essential and _lacks(subject, declared.since):
            yield Found(
                path,
                f"{subject.windows} does not know {declared.name}; it came with {declared.since}",
                "Leave it out, or leave the older Windows out.",
            )


def _lacks(subject: Subject, since: Windows) -> bool:
    return subject.windows is not None and not subject.windows.has(since)


RULES = (
    connection_is_known,
    comfort_is_known,
    sstp_is_known,
    exclusions_work_in_a_force_tunnel,
    combined_mode_is_known,
    azure_takes_device_tunnels,
)
