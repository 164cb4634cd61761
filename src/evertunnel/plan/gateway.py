"""The VPN gateway (RRAS): names, pools, cryptography."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network

from evertunnel.plan.settings import setting
from evertunnel.values import Fqdn


class ProposalSet(Enum):
    """Named sets of cryptography; both ends must hold the same."""

    STANDARD = "standard"
    ENHANCED = "enhanced"
    CUSTOM = "custom"


class Esp(Enum):
    """Which code encrypts: strongSwan's own in user space (any kernel with TUN), or the kernel's."""

    LIBIPSEC = "libipsec"
    KERNEL = "kernel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Addresses that tunnels get."""

    network: IPv4Network = setting("The pool's addresses, like 10.99.0.0/24.")
    identities: int = setting(
        "How many devices or people shall fit; the pool must hold twice as many.", minimum=1, maximum=100_000
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What is the same for every gateway of the plan."""

    name: Fqdn = setting("The public name that clients connect to, like vpn.contoso.com.")
    extra_names: tuple[Fqdn, ...] = setting(
        "Further names that clients may use; they go into the certificate.", factory=tuple
    )
    proposals: ProposalSet = setting(
        "standard, enhanced, or custom with the two lists below.", default=ProposalSet.ENHANCED
    )
    ike_proposals: tuple[str, ...] = setting(
        "With proposals = custom: IKE proposals in strongSwan's words.", factory=tuple
    )
    esp_proposals: tuple[str, ...] = setting(
        "With proposals = custom: ESP proposals in strongSwan's words.", factory=tuple
    )
    ike_seconds: int = setting("Lifetime of an IKE SA.", default=86_400, minimum=3_600, maximum=172_800)
    child_seconds: int = setting(
        "Lifetime of a CHILD SA; the client rekeys before.", default=28_800, minimum=300, maximum=86_400
    )
    dpd_seconds: int = setting(
        "How often an idle peer is asked whether it lives.", default=30, minimum=2, maximum=3_600
    )
    esp: Esp = setting("libipsec (any kernel with TUN) or kernel.", default=Esp.LIBIPSEC)
    pools: dict[str, Pool] = setting("The address pools by name.")
