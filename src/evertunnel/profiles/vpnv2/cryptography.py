"""The gateway's proposals in Windows' words: one suite, or none where Windows has no words for them."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from evertunnel.plan.proposals import Proposals
from evertunnel.profiles.vpnv2.model import (
    CryptographySuite,
    DhGroup,
    EspCipher,
    EspIntegrity,
    IkeCipher,
    IkeIntegrity,
    PfsGroup,
)

T = TypeVar("T")

IKE_CIPHERS = {
    "aes128": IkeCipher.AES_128,
    "aes192": IkeCipher.AES_192,
    "aes256": IkeCipher.AES_256,
    "aes128gcm16": IkeCipher.AES_GCM_128,
    "aes256gcm16": IkeCipher.AES_GCM_256,
    "3des": IkeCipher.TRIPLE_DES,
    "des": IkeCipher.DES,
}
IKE_INTEGRITY = {
    "sha256": IkeIntegrity.SHA256,
    "sha384": IkeIntegrity.SHA384,
    "sha1": IkeIntegrity.SHA1,
    "md5": IkeIntegrity.MD5,
}
DH_GROUPS = {
    "modp768": DhGroup.GROUP_1,
    "modp1024": DhGroup.GROUP_2,
    "modp2048": DhGroup.GROUP_14,
    "modp2048s256": DhGroup.GROUP_24,
    "ecp256": DhGroup.ECP_256,
    "ecp384": DhGroup.ECP_384,
}
ESP = {
    "aes128": EspCipher.AES_128,
    "aes192": EspCipher.AES_192,
    "aes256": EspCipher.AES_256,
    "aes128gcm16": EspCipher.AES_GCM_128,
    "aes192gcm16": EspCipher.AES_GCM_192,
    "aes256gcm16": EspCipher.AES_GCM_256,
    "3des": EspCipher.TRIPLE_DES,
    "des": EspCipher.DES,
}
ESP_INTEGRITY = {"sha256": EspIntegrity.SHA256, "sha1": EspIntegrity.SHA1, "md5": EspIntegrity.MD5}
# With a combined cipher Windows wants the same word twice.
COMBINED = {
    EspCipher.AES_GCM_128: EspIntegrity.AES_GCM_128,
    EspCipher.AES_GCM_192: EspIntegrity.AES_GCM_192,
    EspCipher.AES_GCM_256: EspIntegrity.AES_GCM_256,
}
PFS_GROUPS = {
    "modp768": PfsGroup.GROUP_1,
    "modp1024": PfsGroup.GROUP_2,
    "modp2048": PfsGroup.GROUP_14,
    "modp2048s256": PfsGroup.GROUP_24,
    "ecp256": PfsGroup.ECP_256,
    "ecp384": PfsGroup.ECP_384,
}


def suite(proposals: Proposals) -> CryptographySuite | None:
    """The first pair of proposals that Windows has words for."""
    for ike in proposals.ike:
        for esp in proposals.esp:
            found = _suite(ike.split("-"), esp.split("-"))
            if found is not None:
                return found
    return None


def words(suite_: CryptographySuite) -> Proposals | None:
    """The proposals that such a suite asks for; none where it leaves something out or asks for what has no words."""
    cipher, integrity = _word(IKE_CIPHERS, suite_.ike_cipher), _word(IKE_INTEGRITY, suite_.ike_integrity)
    group, esp = _word(DH_GROUPS, suite_.dh_group), _word(ESP, suite_.esp_cipher)
    if cipher is None or integrity is None or group is None or esp is None:
        return None
    is_combined = suite_.esp_cipher in COMBINED
    esp_words = [
        esp,
        None if is_combined else _word(ESP_INTEGRITY, suite_.esp_integrity),
        _word(PFS_GROUPS, suite_.pfs_group),
    ]
    prefix = "prf" if "gcm" in cipher else ""
    found = Proposals(ike=(f"{cipher}-{prefix}{integrity}-{group}",), esp=("-".join(filter(None, esp_words)),))
    return found if suite(found) == suite_ else None


def _suite(ike: Sequence[str], esp: Sequence[str]) -> CryptographySuite | None:
    cipher, integrity, group = _in(IKE_CIPHERS, ike), _in(IKE_INTEGRITY, _without_prf(ike)), _in(DH_GROUPS, ike)
    esp_cipher, pfs = _in(ESP, esp), _in(PFS_GROUPS, esp)
    esp_integrity = _in(ESP_INTEGRITY, esp) if esp_cipher is None else COMBINED.get(esp_cipher, _in(ESP_INTEGRITY, esp))
    if cipher is None or integrity is None or group is None or esp_cipher is None or esp_integrity is None:
        return None
    return CryptographySuite(
        esp_integrity=esp_integrity,
        esp_cipher=esp_cipher,
        pfs_group=pfs or PfsGroup.NONE,
        dh_group=group,
        ike_integrity=integrity,
        ike_cipher=cipher,
    )


def _without_prf(words: Sequence[str]) -> tuple[str, ...]:
    """Windows names one hash, which is the pseudo-random function's too."""
    return tuple(word.removeprefix("prf") for word in words)


def _in(table: dict[str, T], words: Sequence[str]) -> T | None:
    return next((table[word] for word in words if word in table), None)


def _word(table: Mapping[str, T], member: T | None) -> str | None:
    return next((word for word, each in table.items() if each is member), None)
