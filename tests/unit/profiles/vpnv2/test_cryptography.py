import pytest

from evertunnel.plan.gateway import ProposalSet
from evertunnel.plan.proposals import SETS, Proposals
from evertunnel.profiles.vpnv2.cryptography import suite
from evertunnel.profiles.vpnv2.model import (
    CryptographySuite,
    DhGroup,
    EspCipher,
    EspIntegrity,
    IkeCipher,
    IkeIntegrity,
    PfsGroup,
)


def test_named_sets_are_microsofts_recommended_ones() -> None:
    assert suite(SETS[ProposalSet.STANDARD]) == CryptographySuite(
        esp_integrity=EspIntegrity.SHA256,
        esp_cipher=EspCipher.AES_128,
        pfs_group=PfsGroup.GROUP_14,
        dh_group=DhGroup.GROUP_14,
        ike_integrity=IkeIntegrity.SHA256,
        ike_cipher=IkeCipher.AES_128,
    )
    assert suite(SETS[ProposalSet.ENHANCED]) == CryptographySuite(
        esp_integrity=EspIntegrity.AES_GCM_128,
        esp_cipher=EspCipher.AES_GCM_128,
        pfs_group=PfsGroup.ECP_256,
        dh_group=DhGroup.GROUP_14,
        ike_integrity=IkeIntegrity.SHA256,
        ike_cipher=IkeCipher.AES_GCM_128,
    )


def test_first_pair_that_windows_has_words_for_is_taken() -> None:
    ike = ("chacha20poly1305-prfsha256-x25519", "aes256gcm16-prfsha384-ecp384")
    found = suite(Proposals(ike=ike, esp=("aes256gcm16",)))

    assert found is not None
    assert (found.ike_cipher, found.dh_group) == (IkeCipher.AES_GCM_256, DhGroup.ECP_384)
    assert found.pfs_group is PfsGroup.NONE


@pytest.mark.parametrize("ike", ["chacha20poly1305-prfsha256-x25519", "aes128-sha512-modp2048", "aes128-sha256-x25519"])
def test_what_windows_has_no_words_for_is_no_suite(ike: str) -> None:
    assert suite(Proposals(ike=("aes128-sha256-modp2048",), esp=("aes128-sha256",))) is not None
    assert suite(Proposals(ike=(ike,), esp=("aes128-sha256",))) is None
