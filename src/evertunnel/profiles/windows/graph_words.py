"""What Microsoft Graph calls the algorithms of a profile (cryptographySuite, beta). A value not here has no word."""

from collections.abc import Mapping
from enum import Enum

from evertunnel.profiles.vpnv2.model import DhGroup, EspCipher, EspIntegrity, IkeCipher, IkeIntegrity, PfsGroup

WORDS: Mapping[Enum, str] = {
    IkeCipher.DES: "des",
    IkeCipher.TRIPLE_DES: "tripleDes",
    IkeCipher.AES_128: "aes128",
    IkeCipher.AES_192: "aes192",
    IkeCipher.AES_256: "aes256",
    IkeCipher.AES_GCM_128: "aes128Gcm",
    IkeCipher.AES_GCM_256: "aes256Gcm",
    IkeIntegrity.MD5: "md5",
    IkeIntegrity.SHA1: "sha1_96",
    IkeIntegrity.SHA256: "sha2_256",
    IkeIntegrity.SHA384: "sha2_384",
    DhGroup.GROUP_1: "group1",
    DhGroup.GROUP_2: "group2",
    DhGroup.GROUP_14: "group14",
    DhGroup.ECP_256: "ecp256",
    DhGroup.ECP_384: "ecp384",
    DhGroup.GROUP_24: "group24",
    EspCipher.DES: "des",
    EspCipher.TRIPLE_DES: "tripleDes",
    EspCipher.AES_128: "aes128",
    EspCipher.AES_192: "aes192",
    EspCipher.AES_256: "aes256",
    EspCipher.AES_GCM_128: "aes128Gcm",
    EspCipher.AES_GCM_192: "aes192Gcm",
    EspCipher.AES_GCM_256: "aes256Gcm",
    EspIntegrity.MD5: "md5_96",
    EspIntegrity.SHA1: "sha1_96",
    EspIntegrity.SHA256: "sha_256_128",
    EspIntegrity.AES_GCM_128: "aes128Gcm",
    EspIntegrity.AES_GCM_192: "aes192Gcm",
    EspIntegrity.AES_GCM_256: "aes256Gcm",
    PfsGroup.GROUP_1: "pfs1",
    PfsGroup.GROUP_2: "pfs2",
    PfsGroup.GROUP_14: "pfs2048",
    PfsGroup.ECP_256: "ecp256",
    PfsGroup.ECP_384: "ecp384",
    PfsGroup.MAIN_MODE: "pfsMM",
    PfsGroup.GROUP_24: "pfs24",
}
