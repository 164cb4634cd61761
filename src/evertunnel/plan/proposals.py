"""The named sets of cryptography, in strongSwan's words."""

from dataclasses import dataclass

from evertunnel.plan.gateway import Gateway, ProposalSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """What both ends must hold."""

    ike: tuple[str, ...]
    esp: tuple[str, ...]


SETS = {
    ProposalSet.STANDARD: Proposals(ike=("aes128-sha256-modp2048",), esp=("aes128-sha256-modp2048",)),
    ProposalSet.ENHANCED: Proposals(ike=("aes128gcm16-prfsha256-modp2048",), esp=("aes128gcm16-ecp256",)),
}


def proposals(gateway: Gateway) -> Proposals:
    """The proposals that the plan names."""
    if gateway.proposals is ProposalSet.CUSTOM:
        return Proposals(ike=gateway.ike_proposals, esp=gateway.esp_proposals)
    return SETS[gateway.proposals]
