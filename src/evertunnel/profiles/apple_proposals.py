"""Proposals in Apple's words (com.apple.vpn.managed, SecurityAssociationParameters): one per profile, not a list."""

from dataclasses import dataclass

ENCRYPTION = {
    "aes128": "AES-128",
    "aes256": "AES-256",
    "aes128gcm": "AES-128-GCM",
    "aes128gcm16": "AES-128-GCM",
    "aes256gcm": "AES-256-GCM",
    "aes256gcm16": "AES-256-GCM",
    "chacha20poly1305": "ChaCha20Poly1305",
}
# With combined encryption it is the pseudo-random function that Apple derives from the integrity algorithm.
INTEGRITY = {
    "sha256": "SHA2-256",
    "sha384": "SHA2-384",
    "sha512": "SHA2-512",
    "prfsha256": "SHA2-256",
    "prfsha384": "SHA2-384",
    "prfsha512": "SHA2-512",
}
GROUPS = {
    "modp2048": 14,
    "modp3072": 15,
    "modp4096": 16,
    "modp6144": 17,
    "modp8192": 18,
    "ecp256": 19,
    "ecp384": 20,
    "ecp521": 21,
    "curve25519": 31,
    "x25519": 31,
    "curve448": 32,
    "x448": 32,
}
IGNORED = frozenset({"noesn"})
SHORTEST, LONGEST = 10, 1440  # minutes that Apple takes for a lifetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One proposal."""

    encryption: str
    integrity: str | None
    group: int | None

    def parameters(self, seconds: int) -> dict[str, object]:
        """The dictionary of a profile, for an SA that the gateway ends after these seconds."""
        words = {
            "EncryptionAlgorithm": self.encryption,
            "IntegrityAlgorithm": self.integrity,
            "DiffieHellmanGroup": self.group,
            # The device rekeys at nine tenths, before the gateway's lifetime ends.
            "LifeTimeInMinutes": min(max(seconds * 9 // 10 // 60, SHORTEST), LONGEST),
        }
        return {key: value for key, value in words.items() if value is not None}


def first_of(proposals: tuple[str, ...]) -> Suite | None:
    """The first proposal that Apple devices can say; None where they can say none."""
    suites = (_suite(proposal) for proposal in proposals)
    return next((suite for suite in suites if suite is not None), None)


def _suite(proposal: str) -> Suite | None:
    words = [word for word in proposal.split("-") if word not in IGNORED]
    encryption = [ENCRYPTION[word] for word in words if word in ENCRYPTION]
    integrity = {INTEGRITY[word] for word in words if word in INTEGRITY}
    groups = [GROUPS[word] for word in words if word in GROUPS]
    known = all(word in ENCRYPTION or word in INTEGRITY or word in GROUPS for word in words)
    if not known or len(encryption) != 1 or len(integrity) > 1 or len(groups) > 1:
        return None
    return Suite(encryption=encryption[0], integrity=next(iter(integrity), None), group=next(iter(groups), None))
