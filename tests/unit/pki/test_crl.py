from datetime import UTC, datetime

import pytest
from cryptography import x509

from evertunnel.errors import DocumentError
from evertunnel.pki import crl
from evertunnel.pki.authority import NewAuthority
from evertunnel.pki.crl import Issue, Issuer, Reason, Revoked
from evertunnel.values import Serial

NOW = 1_800_000_000.0
HOUR = 3600


def test_crl_lists_what_was_revoked_with_time_and_reason(new: NewAuthority) -> None:
    made = _crl(
        new,
        Revoked(serial=Serial("ff"), at=NOW - 5, reason=Reason.KEY_COMPROMISE),
        Revoked(serial=Serial("1"), at=NOW - 9, reason=Reason.UNSPECIFIED),
    )

    assert made.is_signature_valid(new.issuing_key.public_key())
    assert [entry.serial_number for entry in made] == [1, 0xFF]
    (first, second) = made
    assert list(first.extensions) == []
    assert second.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    assert second.revocation_date_utc == datetime.fromtimestamp(NOW - 5, UTC)


@pytest.mark.parametrize(
    ("at", "due"),
    [(NOW, False), (NOW + 83 * HOUR, False), (NOW + 84 * HOUR, True), (NOW + 900 * HOUR, True), (NOW - 2 * HOUR, True)],
)
def test_crl_is_due_at_half_its_life_and_when_it_comes_from_the_future(
    new: NewAuthority,
    at: float,
    due: bool,  # noqa: FBT001 (pytest's parameter)
) -> None:
    assert crl.due(_crl(new), at) is due


def test_numbers_only_grow_whatever_the_clock_does(new: NewAuthority) -> None:
    current = _crl(new, number=int(NOW))

    assert crl.next_number(None, NOW) == int(NOW)
    assert crl.next_number(current, NOW) == int(NOW) + 1
    assert crl.next_number(current, NOW - 1000) == int(NOW) + 1
    assert crl.next_number(current, NOW + 1000) == int(NOW) + 1000


@pytest.mark.parametrize("reason", list(Reason))
def test_reasons_are_read_as_the_standard_writes_them(reason: Reason) -> None:
    assert crl.reason_named(reason.value) is crl.reason_named(reason.name.lower()) is reason


def test_unknown_reason_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DocumentError, match=r"no reason 'lost'\. Choose one of unspecified, keyCompromise"):
        crl.reason_named("lost")


def _crl(new: NewAuthority, *revoked: Revoked, number: int = 7) -> x509.CertificateRevocationList:
    issuer = Issuer(certificate=new.issuing, key=new.issuing_key)
    return crl.build(revoked, Issue(number=number, now=NOW, seconds=168 * HOUR), issuer)
