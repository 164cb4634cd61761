from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel.plan.gateway import Gateway, ProposalSet
from evertunnel.plan.load import load
from evertunnel.profiles.lint.proposals import of_esp, of_ike, of_plan, shown
from evertunnel.profiles.vpnv2.model import (
    CryptographySuite,
    DhGroup,
    EspCipher,
    EspIntegrity,
    IkeCipher,
    IkeIntegrity,
    PfsGroup,
)

CONTOSO = Path(__file__).parents[4] / "examples" / "contoso.toml"
GATEWAY: Gateway = load(CONTOSO.read_text(encoding="utf-8"), name="contoso.toml").gateway
STANDARD = CryptographySuite(
    esp_integrity=EspIntegrity.SHA256,
    esp_cipher=EspCipher.AES_128,
    pfs_group=PfsGroup.GROUP_14,
    dh_group=DhGroup.GROUP_14,
    ike_integrity=IkeIntegrity.SHA256,
    ike_cipher=IkeCipher.AES_128,
)
ENHANCED = CryptographySuite(
    esp_integrity=EspIntegrity.AES_GCM_128,
    esp_cipher=EspCipher.AES_GCM_128,
    pfs_group=PfsGroup.ECP_256,
    dh_group=DhGroup.GROUP_14,
    ike_integrity=IkeIntegrity.SHA256,
    ike_cipher=IkeCipher.AES_GCM_128,
)


@pytest.mark.parametrize(("named", "suite"), [(ProposalSet.STANDARD, STANDARD), (ProposalSet.ENHANCED, ENHANCED)])
def test_the_published_suites_are_the_named_sets(named: ProposalSet, suite: CryptographySuite) -> None:
    ike, esp = of_plan(replace(GATEWAY, proposals=named))

    assert of_ike(suite) in ike
    assert of_esp(suite) in esp


def test_the_named_sets_are_not_each_others() -> None:
    ike, esp = of_plan(replace(GATEWAY, proposals=ProposalSet.STANDARD))

    assert of_ike(ENHANCED) not in ike
    assert of_esp(ENHANCED) not in esp


def test_own_proposals_may_say_gcm_for_short() -> None:
    custom = replace(
        GATEWAY,
        proposals=ProposalSet.CUSTOM,
        ike_proposals=("aes256-sha384-ecp384", "aes128gcm-prfsha256-modp2048"),
        esp_proposals=("aes128gcm-ecp256-noesn",),
    )

    assert of_ike(ENHANCED) in of_plan(custom)[0]
    assert of_esp(ENHANCED) in of_plan(custom)[1]


def test_the_group_of_main_mode_may_be_the_traffics() -> None:
    assert of_esp(replace(STANDARD, pfs_group=PfsGroup.MAIN_MODE)) == of_esp(STANDARD)
    assert of_esp(replace(STANDARD, pfs_group=PfsGroup.NONE)) == {"aes128", "sha256"}


def test_each_value_has_its_word() -> None:
    suites = (
        *(CryptographySuite(esp_cipher=each) for each in EspCipher),
        *(CryptographySuite(ike_cipher=each) for each in IkeCipher),
        *(CryptographySuite(ike_integrity=each) for each in IkeIntegrity),
        *(CryptographySuite(esp_integrity=each) for each in EspIntegrity if "GCM" not in each.value),
        *(CryptographySuite(dh_group=each) for each in DhGroup if each is not DhGroup.NONE),
        *(CryptographySuite(pfs_group=each) for each in (PfsGroup.GROUP_1, PfsGroup.GROUP_2, PfsGroup.GROUP_24)),
    )

    assert [suite for suite in suites if len(of_ike(suite) | of_esp(suite)) != 1] == []


def test_the_cipher_names_the_integrity_of_a_combined_mode() -> None:
    assert of_esp(CryptographySuite(esp_integrity=EspIntegrity.AES_GCM_128)) == frozenset()


def test_words_are_shown_in_an_order() -> None:
    assert shown(of_esp(STANDARD)) == "aes128-modp2048-sha256"
    assert shown(frozenset()) == "nothing"
