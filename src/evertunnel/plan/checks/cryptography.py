"""Proposals of cryptography, in strongSwan's words."""

from collections.abc import Iterator
from enum import Enum

from evertunnel.documents import near, shown
from evertunnel.plan.findings import Finding, error
from evertunnel.plan.gateway import ProposalSet
from evertunnel.plan.model import Plan

EXCEPTION = "weak-proposals"


class Part(Enum):
    """What a word of a proposal stands for."""

    ENCRYPTION = "encryption"
    COMBINED = "combined encryption and integrity"
    INTEGRITY = "integrity"
    RANDOM = "pseudo-random function"
    GROUP = "Diffie-Hellman group"
    SEQUENCE = "sequence numbers"


SIZES = ("128", "192", "256")
STRONG: dict[Part, tuple[str, ...]] = {
    Part.ENCRYPTION: tuple(
        f"{cipher}{size}{mode}" for cipher in ("aes", "camellia") for size in SIZES for mode in ("", "ctr")
    ),
    Part.COMBINED: (
        *(f"aes{size}{mode}{tag}" for size in SIZES for mode in ("gcm", "ccm") for tag in ("", "8", "12", "16")),
        "chacha20poly1305",
    ),
    Part.INTEGRITY: ("sha256", "sha384", "sha512", "aesxcbc", "aescmac"),
    Part.RANDOM: ("prfsha256", "prfsha384", "prfsha512", "prfaesxcbc", "prfaescmac"),
    Part.GROUP: (
        *("modp2048", "modp3072", "modp4096", "modp6144", "modp8192", "ecp256", "ecp384", "ecp521"),
        *("ecp256bp", "ecp384bp", "ecp512bp", "curve25519", "x25519", "curve448", "x448"),
    ),
    Part.SEQUENCE: ("esn", "noesn"),
}
WEAK: dict[Part, tuple[str, ...]] = {
    Part.ENCRYPTION: ("des", "3des", "null", "cast128", "blowfish128", "blowfish192", "blowfish256"),
    Part.INTEGRITY: ("md5", "md5_128", "sha", "sha1", "sha1_160", "sha256_96"),
    Part.RANDOM: ("prfmd5", "prfsha1"),
    # Groups 1, 2, 5, 22, 23, 24, 25 and 26 of IANA's registry.
    Part.GROUP: (
        *("modp768", "modp1024", "modp1536", "modp1024s160", "modp2048s224", "modp2048s256"),
        *("ecp192", "ecp224", "ecp224bp"),
    ),
}
PARTS = {word: part for words in (STRONG, WEAK) for part, members in words.items() for word in members}
WEAK_WORDS = frozenset(word for members in WEAK.values() for word in members)


def custom_proposals_belong_to_custom(plan: Plan) -> Iterator[Finding]:
    """Refuses own proposals beside a named set, and the set custom without own proposals."""
    custom = plan.gateway.proposals is ProposalSet.CUSTOM
    for setting in ("ike_proposals", "esp_proposals"):
        given = getattr(plan.gateway, setting)
        if custom and not given:
            yield error(f"gateway.{setting}", "missing with proposals = custom", "List your own, or use a named set.")
        elif given and not custom:
            what = f"given, but proposals = {plan.gateway.proposals.value} does not read it"
            yield error(f"gateway.{setting}", what, 'Leave it out, or set proposals = "custom".')


def proposal_words_are_known(plan: Plan) -> Iterator[Finding]:
    """Refuses words that are not strongSwan's."""
    for path, proposal in _proposals(plan):
        for word in proposal.split("-"):
            if word not in PARTS:
                strong = [known for known in PARTS if known not in WEAK_WORDS]
                yield error(path, f"{shown(word)} in {shown(proposal)} is not known", near(word, strong))


def proposals_are_strong(plan: Plan) -> Iterator[Finding]:
    """Refuses DES, 3DES, MD5, SHA-1 and small groups, unless the plan takes the exception for it."""
    if EXCEPTION in plan.exceptions:
        return
    for path, proposal in _proposals(plan):
        for word in proposal.split("-"):
            if word in WEAK_WORDS:
                mend = f'Use a stronger one, or set exceptions = ["{EXCEPTION}"] and know why.'
                yield error(path, f"{word} in {shown(proposal)} is weak", mend)


def proposals_are_complete(plan: Plan) -> Iterator[Finding]:
    """Refuses proposals without a part that they need, or with one that has no place there."""
    for path, proposal in _proposals(plan):
        parts = {PARTS[word] for word in proposal.split("-") if word in PARTS}
        complaint = _ike_lacks(parts) if path.startswith("gateway.ike") else _esp_lacks(parts)
        if complaint and all(word in PARTS for word in proposal.split("-")):
            yield error(path, f"{shown(proposal)} {complaint}", "Write it like aes256-sha256-modp2048.")


def _ike_lacks(parts: set[Part]) -> str | None:
    if Part.SEQUENCE in parts:
        return "has sequence numbers, which belong to ESP"
    if Part.GROUP not in parts:
        return f"has no {Part.GROUP.value}"
    if Part.COMBINED in parts and Part.RANDOM not in parts:
        return f"has no {Part.RANDOM.value}, like prfsha256, which combined encryption needs"
    return _cipher_lacks(parts)


def _esp_lacks(parts: set[Part]) -> str | None:
    if Part.RANDOM in parts:
        return f"has a {Part.RANDOM.value}, which belongs to IKE"
    return _cipher_lacks(parts)


def _cipher_lacks(parts: set[Part]) -> str | None:
    if Part.COMBINED in parts:
        # RFC 7296 3.3: combined-mode ciphers stand in a proposal of their own, without integrity.
        return "mixes combined and other encryption or integrity" if parts & {Part.ENCRYPTION, Part.INTEGRITY} else None
    missing = [part.value for part in (Part.ENCRYPTION, Part.INTEGRITY) if part not in parts]
    return f"has no {' and no '.join(missing)}" if missing else None


def _proposals(plan: Plan) -> Iterator[tuple[str, str]]:
    for setting in ("ike_proposals", "esp_proposals"):
        for index, proposal in enumerate(getattr(plan.gateway, setting)):
            yield f"gateway.{setting}[{index}]", proposal


RULES = (
    custom_proposals_belong_to_custom,
    proposal_words_are_known,
    proposals_are_complete,
    proposals_are_strong,
)
