"""What a plan alone says of causes: which it rules out, which it shows, and what to compare where it cannot tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evertunnel.explain.model import Verdict, found, not_told, ruled_out
from evertunnel.plan.checks.pools import usable
from evertunnel.plan.gateway import ProposalSet
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import NetworkPolicy, grants
from evertunnel.plan.tunnels import EapType, Tunnel

# What Windows' IKEv2 client offers where its profile names no set: IKE with Diffie-Hellman group 2 alone, ESP with
# SHA-1. AES-GCM in IKE is Windows 11's.
WINDOWS_GROUP = {"modp1024"}
WINDOWS_IKE = {"3des", "aes128", "aes192", "aes256"}
WINDOWS_IKE_COMBINED = {"aes128gcm", "aes128gcm16", "aes256gcm", "aes256gcm16"}
WINDOWS_HASH = {"sha", "sha1", "sha256", "sha384"}
WINDOWS_RANDOM = {"prfsha1", "prfsha256", "prfsha384"}
WINDOWS_ESP = {"des", "3des", "aes128", "aes256", "null"}
WINDOWS_ESP_HASH = {"sha", "sha1"}

# The named sets in the words of Windows' cmdlet, in the order of its documentation.
CMDLET = "Set-VpnConnectionIPsecConfiguration -ConnectionName 'Contoso VPN'"
CMDLET_VALUES = {
    ProposalSet.STANDARD: "-AuthenticationTransformConstants SHA256128 -CipherTransformConstants AES128"
    " -DHGroup Group14 -EncryptionMethod AES128 -IntegrityCheckMethod SHA256 -PfsGroup PFS2048",
    ProposalSet.ENHANCED: "-AuthenticationTransformConstants GCMAES128 -CipherTransformConstants GCMAES128"
    " -DHGroup Group14 -EncryptionMethod GCMAES128 -IntegrityCheckMethod SHA256 -PfsGroup ECP256",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and the proposals that its gateway takes, in strongSwan's words."""

    plan: Plan
    ike: tuple[str, ...]
    esp: tuple[str, ...]


def verdicts(planned: Planned) -> dict[str, Verdict]:
    """What the plan says, by the causes' ids."""
    return {cause: check(planned) for cause, check in CHECKS.items()}


def _windows_defaults_not_taken(planned: Planned) -> Verdict:
    taken = f"IKE {', '.join(planned.ike)}; ESP {', '.join(planned.esp)}"
    if any(map(_windows_offers_ike, planned.ike)) and any(map(_windows_offers_esp, planned.esp)):
        return ruled_out(f"the gateway takes a set that Windows offers by itself ({taken})")
    values = CMDLET_VALUES.get(planned.plan.gateway.proposals)
    # Whether the client has a set of its own, the plan does not show.
    evidence = f"a client without a set of its own does not get in here: the gateway takes {taken}"
    return not_told(evidence, run=f"{CMDLET} {values}" if values else "")


def _windows_offers_ike(proposal: str) -> bool:
    words = set(proposal.split("-"))
    combined = bool(words & WINDOWS_IKE_COMBINED and words & WINDOWS_RANDOM)
    return bool(words & WINDOWS_GROUP) and (combined or bool(words & WINDOWS_IKE and words & WINDOWS_HASH))


def _windows_offers_esp(proposal: str) -> bool:
    # Its group does not count: the first CHILD_SA takes its keys from the IKE_SA (RFC 7296 1.2).
    words = set(proposal.split("-"))
    return bool(words & WINDOWS_ESP and words & WINDOWS_ESP_HASH)


def _sets_differ(planned: Planned) -> Verdict:
    name = planned.plan.gateway.proposals.value
    return not_told(f"compare with the plan's set, {name}: IKE {', '.join(planned.ike)}; ESP {', '.join(planned.esp)}")


def _pool_too_small(planned: Planned) -> Verdict:
    pools = planned.plan.gateway.pools
    said = ", ".join(f"{name} {usable(each.network)} for {each.identities}" for name, each in pools.items())
    small = [name for name, each in pools.items() if usable(each.network) < each.identities]
    return found(f"addresses in pools: {said}") if small else ruled_out(f"each pool has room (addresses: {said})")


def _eap_type_not_offered(planned: Planned) -> Verdict:
    tunnel = planned.plan.user_tunnel
    if tunnel is None:
        return found("the plan has no user tunnel, so nobody is authenticated by EAP")
    offered = ", ".join(each.value for each in tunnel.eap_types)
    if set(tunnel.eap_types) == set(EapType):
        return not_told(f"the plan offers {offered}, each with a certificate; a password (MSCHAPv2) is never offered")
    return not_told(f"the plan offers {offered} alone; compare with the profile")


def _no_policy_grants(planned: Planned) -> Verdict:
    policies = planned.plan.policies_in_force()
    tunnels = [Tunnel.DEVICE, *([Tunnel.USER] if planned.plan.user_tunnel else [])]
    without = [tunnel.value for tunnel in tunnels if not grants(policies, tunnel)]
    if without:
        return found(f"no network policy grants the {' and the '.join(without)} tunnel")
    granting = ", ".join(policy.name for policy in policies if policy.grants)
    return ruled_out(f"each tunnel is granted by a network policy: {granting}")


def _policy_denies(planned: Planned) -> Verdict:
    denying = [policy for policy in planned.plan.policies_in_force() if not policy.grants]
    return _conditional(denying, "denies", "no network policy of the plan denies")


def _outside_hours(planned: Planned) -> Verdict:
    with_hours = [policy for policy in planned.plan.policies_in_force() if policy.hours is not None]
    return _conditional(with_hours, "has hours", "no network policy of the plan has hours")


def _session_limit(planned: Planned) -> Verdict:
    limited = [
        policy
        for policy in planned.plan.policies_in_force()
        if policy.sessions_per_user is not None or policy.session_seconds is not None
    ]
    return _conditional(limited, "limits sessions", "no network policy of the plan limits sessions")


def _from_other_device(planned: Planned) -> Verdict:
    bound = [policy for policy in planned.plan.policies_in_force() if policy.from_devices is not None]
    return _conditional(bound, "asks for certain devices", "no network policy of the plan asks for certain devices")


def _conditional(policies: list[NetworkPolicy], does: str, none: str) -> Verdict:
    if not policies:
        return ruled_out(none)
    return not_told(
        f"{', '.join(policy.name for policy in policies)} {does}: `evertunnel why` tells whether it decided"
    )


def _client_dials_other_name(planned: Planned) -> Verdict:
    gateway = planned.plan.gateway
    names = ", ".join((gateway.name, *gateway.extra_names))
    return not_told(f"certificates made from this plan carry {names}: the client must connect to one of these")


def _radius_name_differs(planned: Planned) -> Verdict:
    return not_told(
        f"certificates made from this plan carry {planned.plan.aaa_name()}: the profile must name exactly that"
    )


def _gateway_usage_missing(_: Planned) -> Verdict:
    return not_told(
        "the vpn-server template always gives both usages; look whether this is the certificate that is shown"
    )


def _dhcp_gives_none(_: Planned) -> Verdict:
    return ruled_out("a gateway of the plan gives addresses of its own pools and asks no DHCP server")


# By the causes' ids.
CHECKS: Mapping[str, Callable[[Planned], Verdict]] = {
    "windows-defaults-not-taken": _windows_defaults_not_taken,
    "sets-differ": _sets_differ,
    "pool-too-small": _pool_too_small,
    "eap-type-not-offered": _eap_type_not_offered,
    "no-policy-grants": _no_policy_grants,
    "policy-denies": _policy_denies,
    "outside-hours": _outside_hours,
    "session-limit": _session_limit,
    "from-other-device": _from_other_device,
    "client-dials-other-name": _client_dials_other_name,
    "radius-name-differs": _radius_name_differs,
    "gateway-usage-missing": _gateway_usage_missing,
    "dhcp-gives-none": _dhcp_gives_none,
}
