from dataclasses import replace

import pytest

from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import Clients
from evertunnel.plan.tunnels import Tunnel
from evertunnel.plan.windows import Windows
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.vpnv2.model import (
    CryptographySuite,
    DhGroup,
    EspCipher,
    EspIntegrity,
    IkeCipher,
    IkeIntegrity,
    NativeProfile,
    PfsGroup,
    VpnProfile,
)
from evertunnel.profiles.windows.tunnels import WindowsTunnel, device_tunnel, tunnels

SUITE = CryptographySuite(
    esp_integrity=EspIntegrity.SHA256,
    esp_cipher=EspCipher.AES_128,
    pfs_group=PfsGroup.GROUP_14,
    dh_group=DhGroup.GROUP_14,
    ike_integrity=IkeIntegrity.SHA256,
    ike_cipher=IkeCipher.AES_128,
)


def test_a_plan_has_a_device_tunnel_and_where_it_says_so_a_user_tunnel(plan: Plan, trust: Trust) -> None:
    assert [each.kind for each in tunnels(plan, trust)] == [Tunnel.DEVICE, Tunnel.USER]
    assert [each.kind for each in tunnels(replace(plan, user_tunnel=None), trust)] == [Tunnel.DEVICE]


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("Contoso AlwaysOn VPN", "Contoso%20AlwaysOn%20VPN"),
        ("A&B/C", "A%26B%2FC"),
        ("\u00d6sterreich", "%C3%96sterreich"),
        ("a-b.c_d", "a-b.c_d"),
    ],
)
def test_the_instance_is_called_by_the_escaped_name(name: str, escaped: str) -> None:
    assert tunnel(SUITE, name).instance_id == escaped


def test_nobody_gets_a_device_tunnel_before_windows_10_1709(plan: Plan, trust: Trust) -> None:
    old = replace(plan, clients=Clients(windows=Windows.W10_1511))

    assert [each.release for each in tunnels(old, trust)] == [Windows.W10_1709, Windows.W10_1607]
    assert device_tunnel(plan).release is plan.clients.windows


def test_the_policy_of_the_cmdlet_has_its_own_words() -> None:
    weak = replace(SUITE, ike_integrity=IkeIntegrity.SHA1, ike_cipher=IkeCipher.AES_GCM_256)

    assert tunnel(SUITE).ipsec_policy() == {
        "AuthenticationTransformConstants": "SHA256128",
        "CipherTransformConstants": "AES128",
        "DHGroup": "Group14",
        "PfsGroup": "PFS2048",
        "EncryptionMethod": "AES128",
        "IntegrityCheckMethod": "SHA256",
    }
    assert tunnel(weak).ipsec_policy()["IntegrityCheckMethod"] == "SHA1"
    assert tunnel(weak).ipsec_policy()["EncryptionMethod"] == "GCMAES256"


@pytest.mark.parametrize(
    "field", ["esp_integrity", "esp_cipher", "pfs_group", "dh_group", "ike_integrity", "ike_cipher"]
)
def test_without_one_of_the_six_there_is_no_policy(field: str) -> None:
    changes = {field: None}

    assert tunnel(replace(SUITE, **changes)).ipsec_policy() == {}


def test_without_a_suite_there_is_no_policy_either() -> None:
    assert tunnel(None).ipsec_policy() == {}
    assert replace(tunnel(None), profile=VpnProfile()).ipsec_policy() == {}
    assert replace(tunnel(None), profile=VpnProfile()).gateway() == ""


def tunnel(suite: CryptographySuite | None, name: str = "Contoso VPN") -> WindowsTunnel:
    profile = VpnProfile(native=NativeProfile(cryptography=suite))
    return WindowsTunnel(kind=Tunnel.DEVICE, name=name, profile=profile, release=Windows.W10_22H2)
