"""The sessions service as a process of its own."""

import subprocess
import sys
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from socket import create_server

import pytest

from evertunnel import documents
from evertunnel.gateway.model import (
    Connections,
    CrlSource,
    DeviceConnection,
    Lifetimes,
    Limits,
    Orders,
    Pool,
    RadiusServer,
    SessionsSettings,
)
from evertunnel.values import Fqdn, HostName, ObjectId, Secret

pytestmark = pytest.mark.engine
PROGRAM = """
import sys
from pathlib import Path
from evertunnel.services.sessions import Places, main
at = Path(sys.argv[1])
main(Places(connections=at / "connections", settings=at / "settings", socket=at / "none", state=at / "state"))
"""
POOL = IPv4Network("10.99.0.0/24")


def test_told_to_end_while_a_crl_is_fetched_it_does_not_wait_for_it(tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.crl"
        (tmp_path / "settings").write_text(documents.to_json(settings(url)))
        (tmp_path / "connections").write_text(documents.to_json(connections()))
        with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], stderr=subprocess.DEVNULL) as process:
            peer, _ = silent.accept()
            with peer:
                process.terminate()
                assert process.wait(timeout=8) == 0  # the fetch itself is given ten seconds


def settings(url: str) -> SessionsSettings:
    radius = RadiusServer(
        address=IPv4Address("127.0.0.1"), port=1, secret=Secret("x"), vendor=32473, timeout_seconds=1, tries=1
    )
    return SessionsSettings(
        schema=1,
        host=HostName("gateway1"),
        address=IPv4Address("127.0.0.1"),
        called=Fqdn("vpn.contoso.com"),
        radius=radius,
        orders=Orders(source=IPv4Address("127.0.0.1"), port=3799, secret=Secret("y")),
        reaches=("management",),
        pools=(POOL,),
        limits=Limits(lease=15, ask_again=60, grace=120),
        crls=CrlSource(urls=(url, url), fetch_seconds=300),
    )


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
        pool=Pool(name="devices", network=POOL),
    )
    return Connections(
        schema=1, device=device, authorities=("root", "issuing"), certificate="certificate", key=Secret("key")
    )
