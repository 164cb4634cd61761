from ipaddress import IPv4Address, IPv4Network

import pytest

from evertunnel.gateway.model import Connections, DeviceConnection, Lifetimes, Pool
from evertunnel.values import Fqdn, ObjectId, Secret


@pytest.fixture
def connections() -> Connections:
    device = DeviceConnection(
        address=IPv4Address("203.0.113.10"),
        identity=Fqdn("vpn.contoso.com"),
        peer_pattern="O=Contoso, CN=*, serialNumber=*",
        policy=ObjectId("1.3.6.1.4.1.32473.1.1"),
        ike_proposals=("aes128gcm16-prfsha256-modp2048",),
        esp_proposals=("aes128gcm16-ecp256",),
        lifetimes=Lifetimes(ike=86_400, child=28_800, dpd=30),
        encapsulation=True,
        pool=Pool(name="devices", network=IPv4Network("10.99.0.0/24")),
    )
    return Connections(
        schema=1, device=device, authorities=("root", "issuing"), certificate="certificate", key=Secret("key")
    )
