from dataclasses import replace
from ipaddress import IPv4Network

from evertunnel.plan.gateway import Gateway, Pool, ProposalSet
from evertunnel.plan.proposals import proposals
from evertunnel.values import Fqdn

GATEWAY = Gateway(
    name=Fqdn("vpn.contoso.com"), pools={"devices": Pool(network=IPv4Network("10.99.0.0/24"), identities=10)}
)


def test_named_sets_are_those_of_the_reference() -> None:
    assert proposals(replace(GATEWAY, proposals=ProposalSet.STANDARD)).ike == ("aes128-sha256-modp2048",)
    assert proposals(replace(GATEWAY, proposals=ProposalSet.ENHANCED)).esp == ("aes128gcm16-ecp256",)


def test_custom_set_is_the_plans_own() -> None:
    custom = replace(GATEWAY, proposals=ProposalSet.CUSTOM, ike_proposals=("a",), esp_proposals=("b",))

    assert (proposals(custom).ike, proposals(custom).esp) == (("a",), ("b",))
