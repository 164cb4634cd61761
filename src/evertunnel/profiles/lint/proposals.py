"""A cryptography suite in strongSwan's words, to hold it against the plan's proposals."""

import re
from enum import Enum

from evertunnel.plan.gateway import Gateway
from evertunnel.plan.proposals import proposals
from evertunnel.profiles.vpnv2.model import CryptographySuite, DhGroup, EspCipher, IkeCipher, IkeIntegrity, PfsGroup

Words = frozenset[str]
CIPHERS = {
    "DES": "des",
    "DES3": "3des",
    "AES128": "aes128",
    "AES192": "aes192",
    "AES256": "aes256",
    "GCMAES128": "aes128gcm16",
    "GCMAES192": "aes192gcm16",
    "GCMAES256": "aes256gcm16",
    "AES_GCM_128": "aes128gcm16",
    "AES_GCM_256": "aes256gcm16",
}
DIGESTS = {
    "MD5": "md5",
    "MD596": "md5",
    "SHA196": "sha1",
    "SHA256": "sha256",
    "SHA256128": "sha256",
    "SHA384": "sha384",
}
GROUPS: dict[Enum, str] = {
    DhGroup.GROUP_1: "modp768",
    DhGroup.GROUP_2: "modp1024",
    DhGroup.GROUP_14: "modp2048",
    DhGroup.ECP_256: "ecp256",
    DhGroup.ECP_384: "ecp384",
    DhGroup.GROUP_24: "modp2048s256",
    PfsGroup.GROUP_1: "modp768",
    PfsGroup.GROUP_2: "modp1024",
    PfsGroup.GROUP_14: "modp2048",
    PfsGroup.ECP_256: "ecp256",
    PfsGroup.ECP_384: "ecp384",
    PfsGroup.GROUP_24: "modp2048s256",
}
COMBINED = "gcm16"
SHORT_COMBINED = re.compile(r"gcm$")


def of_ike(suite: CryptographySuite) -> Words:
    """What the suite proposes for the IKE SA."""
    cipher = _cipher(suite.ike_cipher)
    digest = _digest(suite.ike_integrity)
    named = f"prf{digest}" if digest and _is_combined(cipher) else digest
    return _words(cipher, named, _group(suite.dh_group))


def of_esp(suite: CryptographySuite) -> Words:
    """What the suite proposes for the traffic."""
    cipher = _cipher(suite.esp_cipher)
    digest = DIGESTS.get(suite.esp_integrity.value) if suite.esp_integrity else None
    group = suite.dh_group if suite.pfs_group is PfsGroup.MAIN_MODE else suite.pfs_group
    return _words(cipher, digest, _group(group))


def of_plan(gateway: Gateway) -> tuple[frozenset[Words], frozenset[Words]]:
    """What the plan's gateway takes: for the IKE SA, for the traffic."""
    held = proposals(gateway)
    return frozenset(map(_normal, held.ike)), frozenset(map(_normal, held.esp))


def shown(words: Words) -> str:
    """Words for a person, in a fixed order."""
    return "-".join(sorted(words)) or "nothing"


def _cipher(value: EspCipher | IkeCipher | None) -> str | None:
    return CIPHERS[value.value] if value else None


def _digest(value: IkeIntegrity | None) -> str | None:
    return DIGESTS[value.value] if value else None


def _group(value: DhGroup | PfsGroup | None) -> str | None:
    return GROUPS.get(value) if value else None


def _is_combined(cipher: str | None) -> bool:
    return cipher is not None and cipher.endswith(COMBINED)


def _words(*words: str | None) -> Words:
    return frozenset(word for word in words if word)


def _normal(proposal: str) -> Words:
    """The words of a proposal; gcm is short for gcm16, and what Windows never says is left out."""
    words = (SHORT_COMBINED.sub(COMBINED, word) for word in proposal.split("-"))
    return frozenset(word for word in words if word not in {"noesn", "esn"})
