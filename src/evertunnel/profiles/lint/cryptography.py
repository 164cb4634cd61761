"""What protects the tunnel: the cryptography suite, and protocols that protect nothing."""

from collections.abc import Iterator
from dataclasses import fields
from enum import Enum

from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found, rule
from evertunnel.profiles.lint.subject import NATIVE, ROOT, SUITE, Subject
from evertunnel.profiles.vpnv2.model import (
    CryptographySuite,
    DataEncryption,
    DhGroup,
    EspCipher,
    EspIntegrity,
    IkeCipher,
    IkeIntegrity,
    PfsGroup,
    Protocol,
)
from evertunnel.profiles.vpnv2.nodes import node_of

BROKEN: dict[Enum, str] = {
    EspCipher.DES: "DES can be searched through in a day",
    EspCipher.TRIPLE_DES: "triple DES has blocks so short that long connections leak",
    IkeCipher.DES: "DES can be searched through in a day",
    IkeCipher.TRIPLE_DES: "triple DES has blocks so short that long connections leak",
    EspIntegrity.MD5: "MD5 is broken",
    IkeIntegrity.MD5: "MD5 is broken",
    DhGroup.GROUP_1: "a group of 768 bits has been broken in public",
    DhGroup.GROUP_2: "a group of 1024 bits is within reach of those who listen",
    PfsGroup.GROUP_1: "a group of 768 bits has been broken in public",
    PfsGroup.GROUP_2: "a group of 1024 bits is within reach of those who listen",
}
OLD: dict[Enum, str] = {
    EspIntegrity.SHA1: "SHA-1 is on its way out",
    IkeIntegrity.SHA1: "SHA-1 is on its way out",
    DhGroup.GROUP_24: "nobody can tell how group 24 was chosen, and standards advise against it",
    PfsGroup.GROUP_24: "nobody can tell how group 24 was chosen, and standards advise against it",
    DhGroup.NONE: "IKE has no tunnel without a group, so what Windows makes of None is not known",
}
BETTER = "Write what the gateway has, at best AES-GCM with SHA256, Group14 and ECP256."
COMBINED = {"GCMAES128", "GCMAES192", "GCMAES256"}
WITHOUT_SUITE = {Protocol.SSTP, Protocol.PPTP}


@rule("CR001", Severity.ERROR, Class.WEAK)
def nothing_is_broken(subject: Subject) -> Iterator[Found]:
    """No DES, 3DES or MD5, and no group of less than 2048 bits.

    They are broken, or within reach of those who can listen on the internet.
    """
    yield from _weak(subject, BROKEN)


@rule("CR002", Severity.WARNING, Class.WEAK)
def nothing_is_old(subject: Subject) -> Iterator[Found]:
    """No SHA-1 and no group 24.

    Not broken for IPsec, and better ones cost nothing.
    """
    yield from _weak(subject, OLD)


@rule("CR003", Severity.WARNING, Class.WEAK)
def suite_is_said(subject: Subject) -> Iterator[Found]:
    """An IKEv2 profile has a CryptographySuite.

    Left out, Windows begins with 3DES, SHA-1 and group 2, and that is what a gateway without a policy of its own
    takes. The suite may also have been set afterwards by Set-VpnConnectionIPsecConfiguration, which no profile
    shows.
    """
    if Protocol.IKEV2 in subject.protocols and subject.native.cryptography is None and not subject.is_told(SUITE):
        yield Found(
            SUITE,
            "Windows' own proposals begin with 3DES, SHA-1 and a group of 1024 bits",
            "Add the suite that the gateway has.",
        )


@rule("CR004", Severity.WARNING, Class.TRAP)
def suite_is_whole(subject: Subject) -> Iterator[Found]:
    """A CryptographySuite names all six.

    What Windows takes for one that is left out is not said, and both ends must agree on all.
    """
    suite = subject.native.cryptography
    if suite is None:
        return
    missing = [name for name, value in parts(suite) if value is None and not subject.is_told(f"{SUITE}/{name}")]
    if missing:
        yield Found(SUITE, f"it lacks {', '.join(missing)}", "Name all six, as the gateway has them.")


@rule("CR005", Severity.ERROR, Class.CONTRADICTION)
def combined_mode_is_combined(subject: Subject) -> Iterator[Found]:
    """AES-GCM is cipher and integrity in one.

    With AES-GCM, AuthenticationTransformConstants and CipherTransformConstants are the same word.
    """
    suite = subject.native.cryptography
    if suite is None or suite.esp_cipher is None or suite.esp_integrity is None:
        return
    words = {suite.esp_cipher.value, suite.esp_integrity.value}
    if words & COMBINED and len(words) > 1:
        yield Found(
            f"{SUITE}/AuthenticationTransformConstants",
            f"{suite.esp_integrity.value} does not go with the cipher {suite.esp_cipher.value}",
            "Write the same GCMAES word in both.",
        )


@rule("CR006", Severity.WARNING, Class.CONTRADICTION)
def suite_is_used(subject: Subject) -> Iterator[Found]:
    """A CryptographySuite is for IPsec.

    SSTP and PPTP ignore it.
    """
    if subject.native.cryptography is not None and subject.protocols and subject.protocols <= WITHOUT_SUITE:
        yield Found(SUITE, "the protocol ignores it", "Delete it, or use IKEv2.")


@rule("CR007", Severity.NOTE, Class.WEAK)
def keys_are_forgotten(subject: Subject) -> Iterator[Found]:
    """A PfsGroup gives perfect forward secrecy.

    With None, keys of later traffic follow from the first exchange.
    """
    if subject.native.cryptography is not None and subject.native.cryptography.pfs_group is PfsGroup.NONE:
        yield Found(f"{SUITE}/PfsGroup", "without a group, all keys follow from the first exchange", "Write ECP256.")


@rule("CR008", Severity.ERROR, Class.WEAK)
def no_pptp(subject: Subject) -> Iterator[Found]:
    """No PPTP.

    Its encryption and its authentication are both broken.
    """
    is_said = subject.native.protocol in {Protocol.PPTP, Protocol.LIST}
    if is_said and Protocol.PPTP in subject.protocols:
        yield Found(f"{NATIVE}/NativeProtocolType", "PPTP is broken", "Use IKEv2.")


@rule("CR009", Severity.NOTE, Class.TRAP)
def automatic_is_not_relied_on(subject: Subject) -> Iterator[Found]:
    """Automatic tries protocols in an order that nobody knows for sure.

    Microsoft's pages differ, and in the field it is SSTP first, then what worked last. PPTP and L2TP are among
    them.
    """
    is_elsewhere = subject.is_device or subject.is_lockdown  # which are IKEv2 alone
    if subject.native.protocol is Protocol.AUTOMATIC and not is_elsewhere:
        yield Found(
            f"{NATIVE}/NativeProtocolType",
            "which protocol is tried first is not sure, and PPTP and L2TP are among them",
            "Write IKEv2, or on Windows 11 a ProtocolList.",
        )


@rule("CR010", Severity.ERROR, Class.WEAK)
def encryption_is_demanded(subject: Subject) -> Iterator[Found]:
    """DataEncryption is Require or Max.

    With None the client asks for none.
    """
    if subject.profile.data_encryption is DataEncryption.NONE:
        yield Found(f"{ROOT}/DataEncryption", "no encryption is asked for", "Write Require or Max.")


@rule("CR011", Severity.WARNING, Class.WEAK)
def encryption_is_no_option(subject: Subject) -> Iterator[Found]:
    """DataEncryption is not Optional.

    With Optional the client connects without encryption where the gateway does.
    """
    if subject.profile.data_encryption is DataEncryption.OPTIONAL:
        yield Found(f"{ROOT}/DataEncryption", "the connection may come up unencrypted", "Write Require or Max.")


@rule("CR012", Severity.WARNING, Class.TRAP)
def messages_are_fragmented(subject: Subject) -> Iterator[Found]:
    """IKEv2 fragmentation stays on.

    Messages with certificates are larger than a packet, and many networks drop pieces of packets: then the tunnel
    fails with error 809, at some places only.
    """
    if subject.profile.no_ikev2_fragmentation:
        yield Found(
            f"{ROOT}/DisableIKEv2Fragmentation",
            "messages with certificates are larger than a packet, and many networks drop what IP makes of them",
            "Write false, or leave it out.",
        )


def parts(suite: CryptographySuite) -> Iterator[tuple[str, Enum | None]]:
    """What a suite is of: the six elements' names, and what each says."""
    return ((node_of(each).name, getattr(suite, each.name)) for each in fields(suite))


def _weak(subject: Subject, words: dict[Enum, str]) -> Iterator[Found]:
    suite = subject.native.cryptography
    for name, value in parts(suite) if suite else ():
        if value is not None and value in words:
            yield Found(f"{SUITE}/{name}", f"{value.value}: {words[value]}", BETTER)


RULES = (
    nothing_is_broken,
    nothing_is_old,
    suite_is_said,
    suite_is_whole,
    combined_mode_is_combined,
    suite_is_used,
    keys_are_forgotten,
    no_pptp,
    automatic_is_not_relied_on,
    encryption_is_demanded,
    encryption_is_no_option,
    messages_are_fragmented,
)
