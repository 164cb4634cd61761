"""The rules of LockDown: nothing passes but through the tunnel."""

from collections.abc import Iterator

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import NATIVE, PLUGIN, ROOT, Subject
from evertunnel.profiles.vpnv2.model import Protocol


@rule("LD001", Severity.ERROR, Class.CONTRADICTION)
def lockdown_is_force(subject: Subject) -> Iterator[Found]:
    """LockDown is a force tunnel.

    Split would leave a way past the tunnel, which LockDown exists to close.
    """
    if subject.is_lockdown and subject.is_split:
        yield Found(
            f"{NATIVE}/RoutingPolicyType",
            "LockDown sends everything through the tunnel; SplitTunnel contradicts it",
            "Write ForceTunnel.",
        )


@rule("LD002", Severity.ERROR, Class.CONTRADICTION)
def lockdown_is_ikev2(subject: Subject) -> Iterator[Found]:
    """LockDown speaks IKEv2.

    No other protocol is possible, and Automatic and ProtocolList are not IKEv2 alone.
    """
    path = f"{NATIVE}/NativeProtocolType"
    if not subject.is_lockdown or not subject.is_native or subject.is_told(path):
        return
    if subject.native.protocol is not Protocol.IKEV2:
        yield Found(path, "a LockDown profile speaks IKEv2 alone, and this does not say so", "Write IKEv2.")


@rule("LD003", Severity.ERROR, Class.CONTRADICTION)
def lockdown_is_native(subject: Subject) -> Iterator[Found]:
    """LockDown is for Windows' own client.

    VPN apps cannot have it.
    """
    if subject.is_lockdown and subject.profile.plugin is not None:
        yield Found(PLUGIN, "a VPN app cannot have LockDown", "Use a NativeProfile, or delete LockDown.")


@rule("LD004", Severity.ERROR, Class.CONTRADICTION)
def lockdown_is_always_on(subject: Subject) -> Iterator[Found]:
    """LockDown is always on.

    Without its tunnel the device has no network at all.
    """
    if subject.is_lockdown and subject.profile.always_on is False:
        yield Found(f"{ROOT}/AlwaysOn", "LockDown is always on; here it is denied", "Write true, or leave it out.")


@rule("LD005", Severity.WARNING, Class.CONTRADICTION)
def lockdown_knows_no_trusted_network(subject: Subject) -> Iterator[Found]:
    """LockDown does not care for trusted networks.

    TrustedNetworkDetection keeps a tunnel down inside the organisation, and LockDown's tunnel is never down: the
    device connects inside, too, so the gateway must be reachable from there.
    """
    if subject.is_lockdown and subject.profile.trusted_networks:
        yield Found(
            f"{ROOT}/TrustedNetworkDetection",
            "LockDown does not care for trusted networks, so the device connects inside, too",
            "Delete it, and see that the gateway can be reached from inside.",
        )


@rule("LD006", Severity.NOTE, Class.TRAP)
def lockdown_stands_alone(subject: Subject) -> Iterator[Found]:
    """LockDown stands alone.

    No other VPN profile may be on the device, neither before nor beside it. It goes to the device, not to a user.
    """
    if subject.is_lockdown:
        yield Found(
            f"{ROOT}/LockDown",
            "with LockDown no other VPN profile may be there",
            "Delete the other profiles first.",
        )


@rule("LD007", Severity.NOTE, Class.TRAP)
def lockdown_shuts_the_device(subject: Subject) -> Iterator[Found]:
    """Without its tunnel a LockDown device has no network at all.

    Sign-in pages of hotels cannot be reached. The profile is removed as SYSTEM only.
    """
    if subject.is_lockdown:
        yield Found(
            f"{ROOT}/LockDown",
            "without its tunnel the device has no network, so sign-in pages of hotels cannot be reached",
            "Try removal, which needs SYSTEM, before the first laptop leaves.",
        )


RULES = (
    lockdown_is_force,
    lockdown_is_ikev2,
    lockdown_is_native,
    lockdown_is_always_on,
    lockdown_knows_no_trusted_network,
    lockdown_stands_alone,
    lockdown_shuts_the_device,
)
