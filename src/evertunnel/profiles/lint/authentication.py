"""Who authenticates, and how: the methods, the pre-shared key, conditional access. The EAP block itself is in eap."""

from collections.abc import Iterator

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import AUTHENTICATION, NATIVE, ROOT, Subject
from evertunnel.profiles.vpnv2.model import MachineMethod, Protocol, UserMethod

USER = f"{AUTHENTICATION}/UserMethod"
MACHINE = f"{AUTHENTICATION}/MachineMethod"
PROTOCOL = f"{NATIVE}/NativeProtocolType"
KEY = f"{NATIVE}/L2tpPsk"


@rule("AU001", Severity.ERROR, Class.CONTRADICTION)
def somebody_authenticates(subject: Subject) -> Iterator[Found]:
    """A native profile says who authenticates.

    Authentication is required, and holds a UserMethod or a MachineMethod.
    """
    said = subject.authentication
    is_told = any(subject.is_told(path) for path in (AUTHENTICATION, USER, MACHINE))
    if not subject.is_native or not subject.is_whole or is_told or subject.is_device:
        return
    if said.user_method is None and said.machine_method is None:
        yield Found(AUTHENTICATION, "nobody authenticates", "Add UserMethod Eap with its Eap, or MachineMethod.")


@rule("AU002", Severity.ERROR, Class.CONTRADICTION)
def eap_is_configured(subject: Subject) -> Iterator[Found]:
    """UserMethod Eap has its configuration.

    Windows needs Eap/Configuration with an EapHostConfig. A template from which it has been left out is no profile
    yet.
    """
    path = f"{AUTHENTICATION}/Eap"
    is_told = any(subject.is_told(each) for each in (path, f"{path}/Configuration"))
    is_lacking = subject.authentication.user_method is UserMethod.EAP and subject.authentication.eap is None
    if is_lacking and not is_told and not subject.is_device:
        yield Found(
            path, "UserMethod is Eap, and there is no EAP block", "Add Eap/Configuration with an EapHostConfig."
        )


@rule("AU003", Severity.WARNING, Class.CONTRADICTION)
def eap_is_used(subject: Subject) -> Iterator[Found]:
    """An EAP block has a method that uses it.

    Without UserMethod or MachineMethod Eap it is not used.
    """
    said = subject.authentication
    uses = said.user_method is UserMethod.EAP or said.machine_method is MachineMethod.EAP
    is_elsewhere = not subject.is_whole or subject.is_device or subject.is_told(USER)
    if said.eap is not None and not uses and not is_elsewhere:
        yield Found(f"{AUTHENTICATION}/Eap", "no method uses the EAP block", "Add <UserMethod>Eap</UserMethod>.")


@rule("AU004", Severity.ERROR, Class.CONTRADICTION)
def no_bare_password_in_ikev2(subject: Subject) -> Iterator[Found]:
    """UserMethod MSChapv2 is not for IKEv2.

    IKEv2 authenticates users by EAP.
    """
    if subject.authentication.user_method is UserMethod.MSCHAPV2 and subject.native.protocol is Protocol.IKEV2:
        yield Found(USER, "IKEv2 cannot authenticate by MSChapv2", "Write Eap, and add an EAP block.")


@rule("AU005", Severity.WARNING, Class.WEAK)
def no_bare_password(subject: Subject) -> Iterator[Found]:
    """A password by MSChapv2 is weak.

    What is sent can be tried against a list of passwords by everybody who answers in the gateway's place. Prefer a
    certificate.
    """
    if subject.authentication.user_method is UserMethod.MSCHAPV2:
        yield Found(USER, "a password can be guessed from what MSChapv2 sends", "Use EAP-TLS with a certificate.")


@rule("AU006", Severity.WARNING, Class.TRAP)
def profile_is_not_the_broken_one(subject: Subject) -> Iterator[Found]:
    """Automatic and Mschapv2 and nothing else is what Windows gives back for a broken profile.

    Read from a client, such a profile means that the one delivered was not understood.
    """
    native, profile = subject.native, subject.profile
    is_default = native.protocol is Protocol.AUTOMATIC and subject.authentication.user_method is UserMethod.MSCHAPV2
    is_bare = native.cryptography is None and native.routing is None and not profile.routes and not profile.always_on
    if is_default and is_bare:
        yield Found(
            NATIVE,
            "this is what Windows gives back for a profile that it could not use",
            "If it was read from a client, deliver the profile again.",
        )


@rule("AU007", Severity.ERROR, Class.CONTRADICTION)
def machine_certificate_needs_ikev2(subject: Subject) -> Iterator[Found]:
    """MachineMethod Certificate is for IKEv2.

    Microsoft allows it with no other protocol.
    """
    is_certificate = subject.authentication.machine_method is MachineMethod.CERTIFICATE
    protocol = subject.native.protocol
    if is_certificate and protocol not in {None, Protocol.IKEV2} and not subject.is_device and not subject.is_lockdown:
        yield Found(MACHINE, "Windows takes a machine certificate with IKEv2 alone", "Write NativeProtocolType IKEv2.")


@rule("AU008", Severity.WARNING, Class.CONTRADICTION)
def user_or_machine(subject: Subject) -> Iterator[Found]:
    """A profile authenticates a user or a machine.

    The schema has one or the other. Windows itself writes MachineMethod Eap beside UserMethod Eap, which is
    harmless; a machine certificate or a pre-shared key beside a user is not said to do anything.
    """
    said = subject.authentication
    is_other = said.machine_method in {MachineMethod.CERTIFICATE, MachineMethod.PRESHARED_KEY}
    is_l2tp = Protocol.L2TP in subject.protocols  # its machines authenticate below the user
    if said.user_method is not None and is_other and not subject.is_device and not is_l2tp:
        yield Found(MACHINE, "a user authenticates here, and a machine, too", "Delete UserMethod or MachineMethod.")


@rule("AU009", Severity.ERROR, Class.CONTRADICTION)
def preshared_key_is_there(subject: Subject) -> Iterator[Found]:
    """MachineMethod PresharedKey needs L2TP and its key.

    L2tpPsk holds the key; no other protocol has one.
    """
    if subject.authentication.machine_method is not MachineMethod.PRESHARED_KEY:
        return
    if Protocol.L2TP not in subject.protocols and not subject.is_told(PROTOCOL):
        yield Found(MACHINE, "only L2TP has a pre-shared key", "Write Certificate, with IKEv2.")
    elif subject.native.l2tp_key is None and not subject.is_told(KEY):
        yield Found(KEY, "there is no key", "Add L2tpPsk, or better, use IKEv2 with a certificate.")


@rule("AU010", Severity.WARNING, Class.CONTRADICTION)
def key_is_used(subject: Subject) -> Iterator[Found]:
    """L2tpPsk is for L2TP.

    Other protocols ignore it, and it lies in the profile for everybody to read.
    """
    if subject.native.l2tp_key is not None and subject.protocols and Protocol.L2TP not in subject.protocols:
        yield Found(
            KEY, "the protocol uses no pre-shared key, and everybody who has the file can read it", "Delete it."
        )


@rule("AU011", Severity.WARNING, Class.WEAK)
def key_is_no_secret(subject: Subject) -> Iterator[Found]:
    """A pre-shared key in a profile is known to all who have the profile.

    Each of them can pretend to be the gateway.
    """
    if subject.native.l2tp_key is not None and (Protocol.L2TP in subject.protocols or not subject.protocols):
        yield Found(KEY, "all clients have this key, so each of them can pose as the gateway", "Use certificates.")


@rule("AU012", Severity.NOTE, Class.TRAP)
def machine_tunnel_is_a_device_tunnel(subject: Subject) -> Iterator[Found]:
    """A machine certificate belongs to a device tunnel.

    Without DeviceTunnel it comes up only when somebody has signed in, and without knowing who.
    """
    is_certificate = subject.authentication.machine_method is MachineMethod.CERTIFICATE
    if is_certificate and not subject.is_device and not subject.is_lockdown:
        yield Found(MACHINE, "the machine authenticates, and yet it is no device tunnel", "Add DeviceTunnel if it is.")


@rule("AU013", Severity.WARNING, Class.CONTRADICTION)
def compliance_has_eap(subject: Subject) -> Iterator[Found]:
    """Conditional access authenticates by EAP.

    DeviceCompliance gets a certificate for an hour, and EAP-TLS shows it to the gateway.
    """
    compliance = subject.profile.compliance
    is_on = compliance is not None and compliance.enabled is True
    is_told = any(subject.is_told(path) for path in (f"{AUTHENTICATION}/Eap", f"{AUTHENTICATION}/Eap/Configuration"))
    if is_on and subject.is_native and not subject.is_device and subject.authentication.eap is None and not is_told:
        yield Found(
            f"{ROOT}/DeviceCompliance",
            "conditional access gives a certificate, and no EAP block says to show it",
            "Add UserMethod Eap and an EAP block with EAP-TLS.",
        )


RULES = (
    somebody_authenticates,
    eap_is_configured,
    eap_is_used,
    no_bare_password_in_ikev2,
    no_bare_password,
    profile_is_not_the_broken_one,
    machine_certificate_needs_ikev2,
    user_or_machine,
    preshared_key_is_there,
    key_is_used,
    key_is_no_secret,
    machine_tunnel_is_a_device_tunnel,
    compliance_has_eap,
)
