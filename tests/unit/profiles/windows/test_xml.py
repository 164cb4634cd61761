from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.windows.xml import build


def test_each_tunnel_has_its_document_for_every_reader(plan: Plan, trust: Trust) -> None:
    files = {str(document.path): document.content for document in build(plan, trust).documents}

    assert read(files["device-tunnel.xml"]).profile.device_tunnel is True
    assert b"<Servers>vpn.contoso.com;vpn.contoso.com</Servers>" in files["user-tunnel.intune.xml"]
    assert b"./Device/Vendor/MSFT/VPNv2/" in files["device-tunnel.syncml"]
    assert b"./User/Vendor/MSFT/VPNv2/" in files["user-tunnel.syncml"]
