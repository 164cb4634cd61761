import pytest

from evertunnel.profiles.apple_proposals import Suite, first_of


@pytest.mark.parametrize(
    ("proposal", "suite"),
    [
        ("aes128gcm16-prfsha256-modp2048", ("AES-128-GCM", "SHA2-256", 14)),
        ("aes128gcm16-ecp256", ("AES-128-GCM", None, 19)),
        ("aes256-sha384-ecp384-noesn", ("AES-256", "SHA2-384", 20)),
        ("aes128-sha256-prfsha256-modp2048", ("AES-128", "SHA2-256", 14)),
        ("chacha20poly1305-prfsha512-x25519", ("ChaCha20Poly1305", "SHA2-512", 31)),
    ],
)
def test_proposal_is_said_in_apples_words(proposal: str, suite: tuple[str, str | None, int | None]) -> None:
    encryption, integrity, group = suite

    assert first_of((proposal,)) == Suite(encryption=encryption, integrity=integrity, group=group)


@pytest.mark.parametrize(
    "proposal",
    ["aes192-sha256-modp2048", "aes128-aes256-sha256-modp2048", "aes128-sha256-sha512-modp2048", "camellia128", "esn"],
)
def test_proposal_that_apple_cannot_say_is_passed_over(proposal: str) -> None:
    assert first_of((proposal,)) is None
    assert first_of((proposal, "aes128gcm16")) == Suite(encryption="AES-128-GCM", integrity=None, group=None)


@pytest.mark.parametrize(("seconds", "minutes"), [(86_400, 1296), (300, 10), (172_800, 1440)])
def test_lifetime_ends_before_the_gateways_and_within_apples_limits(seconds: int, minutes: int) -> None:
    suite = Suite(encryption="AES-128-GCM", integrity=None, group=None)

    assert suite.parameters(seconds) == {"EncryptionAlgorithm": "AES-128-GCM", "LifeTimeInMinutes": minutes}
