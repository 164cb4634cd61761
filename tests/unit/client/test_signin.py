from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.client.conftest import DEVICES, USERS, Issuer

from evertunnel import documents
from evertunnel.client import places, signin
from evertunnel.client.signin import SignedIn, SignedOut
from evertunnel.drivers.fake import FakeFiles
from evertunnel.drivers.host.files import File
from evertunnel.errors import DocumentError, EngineRejected, EvertunnelError, NotFound, Refused
from evertunnel.profiles.user import CommonUserProfile, UserProfile
from evertunnel.values import Secret, UserName

ALICE, BOB = UserName("alice@corp.contoso.com"), UserName("bob@corp.contoso.com")


class Device:
    """A disk with Alice's key, and an agent that listens or does not."""

    def __init__(self, key: Secret, now: datetime) -> None:
        self.files = FakeFiles([File(path=places.user_key(ALICE), content=key.reveal(), mode=0o600)])
        self.now, self.hears, self.told = now, True, 0

    def tell(self) -> bool:
        self.told += 1
        return self.hears

    def signs_in(self, profile: UserProfile | None, user: UserName = ALICE) -> bool:
        text = documents.to_json(profile) if profile else None
        return signin.sign_in(user, text, files=self.files, now=self.now, tell=self.tell)

    def signs_out(self, user: UserName | None = None) -> SignedOut:
        return signin.sign_out(user, files=self.files, tell=self.tell)

    @property
    def who(self) -> SignedIn | None:
        return signin.current(self.files)


@pytest.fixture
def device(user_key: Secret, now: datetime) -> Device:
    return Device(user_key, now)


def test_who_signs_in_is_known_with_profile_and_key(
    device: Device, user_profile: UserProfile, user_key: Secret
) -> None:
    assert device.signs_in(user_profile)

    assert device.who is not None
    assert device.who.user == ALICE
    tunnel = signin.tunnel_of(device.who, device.files)
    assert (tunnel.name, tunnel.profile, tunnel.key) == (ALICE, user_profile, user_key)
    assert device.files.files[places.user_profile(ALICE)].mode == 0o600
    assert "PRIVATE" not in device.files.files[places.SIGNED_IN].content


def test_profile_for_everybody_becomes_the_persons_with_their_certificate(
    device: Device, common_user: CommonUserProfile, user_profile: UserProfile, now: datetime
) -> None:
    text = documents.to_json(common_user)

    signin.sign_in(ALICE, text, user_profile.certificate, files=device.files, now=now, tell=device.tell)

    assert device.files.files[places.user_profile(ALICE)].content == documents.to_json(user_profile)
    device.signs_out()
    assert device.signs_in(None)

    # A changed plan needs the file alone.
    changed = documents.to_json(replace(common_user, dpd_seconds=5))
    assert signin.sign_in(ALICE, changed, files=device.files, now=now, tell=device.tell)
    expected = documents.to_json(replace(user_profile, dpd_seconds=5))
    assert device.files.files[places.user_profile(ALICE)].content == expected


def test_text_that_is_empty_is_no_profile_also_where_one_is_kept(device: Device, user_profile: UserProfile) -> None:
    device.signs_in(user_profile)

    with pytest.raises(DocumentError, match="not JSON"):
        signin.sign_in(ALICE, "", files=device.files, now=device.now, tell=device.tell)


def test_certificate_of_nobody_here_signs_nobody_in(
    device: Device, common_user: CommonUserProfile, issuer: Issuer, strange_issuer: Issuer, user_key: Secret
) -> None:
    text = documents.to_json(common_user)
    for certificate, told in (
        (issuer.issue(BOB, user_key, policy=USERS), f"it names {BOB}, not {ALICE}"),
        (issuer.issue(ALICE, user_key, policy=DEVICES), f"lacks the policy {USERS} of the template user"),
        (strange_issuer.issue(ALICE, user_key, policy=USERS), "is not signed by CN=Contoso Issuing CA"),
        (None, "--certificate FILE"),
    ):
        with pytest.raises(DocumentError, match=told):
            signin.sign_in(ALICE, text, certificate, files=device.files, now=device.now, tell=device.tell)
    assert (device.who, device.told) == (None, 0)

    good = issuer.issue(ALICE, user_key, policy=USERS)
    assert signin.sign_in(ALICE, text, good, files=device.files, now=device.now, tell=device.tell)


def test_profile_is_kept_for_the_next_time(device: Device, user_profile: UserProfile) -> None:
    device.signs_in(user_profile)
    first = device.who
    device.signs_out()

    device.signs_in(None)

    assert device.who == first


def test_signing_in_or_out_twice_changes_nothing(device: Device, user_profile: UserProfile) -> None:
    device.signs_in(user_profile)
    first = device.who
    device.signs_in(user_profile)
    assert device.who == first

    assert [device.signs_out(), device.signs_out(ALICE)] == [SignedOut(is_ended=True)] * 2
    assert device.who is None


def test_renewed_profile_is_another_sign_in(device: Device, user_profile: UserProfile) -> None:
    device.signs_in(user_profile)
    first = device.who

    device.signs_in(replace(user_profile, dpd_seconds=5))

    assert device.who != first


def test_profile_that_was_changed_under_a_sign_in_is_not_used(device: Device, user_profile: UserProfile) -> None:
    device.signs_in(user_profile)
    changed = documents.to_json(replace(user_profile, dpd_seconds=5))
    device.files.write(File(path=places.user_profile(ALICE), content=changed, mode=0o600))

    assert device.who is not None
    with pytest.raises(EngineRejected, match="sign in again"):
        signin.tunnel_of(device.who, device.files)


def test_second_person_waits(device: Device, user_profile: UserProfile) -> None:
    device.signs_in(user_profile)

    with pytest.raises(Refused, match=f"{ALICE} is signed in on this device"):
        device.signs_in(None, BOB)
    assert device.signs_out(BOB) == SignedOut(is_ended=True, other=ALICE)

    assert device.who is not None


def test_what_does_not_fit_signs_nobody_in(
    device: Device, user_profile: UserProfile, other_key: Secret, now: datetime
) -> None:
    cases: tuple[tuple[UserProfile | None, UserName, datetime, type[EvertunnelError], str], ...] = (
        (None, ALICE, now, NotFound, "has no profile on this device"),
        (user_profile, BOB, now, Refused, f"profile of {ALICE}, not of {BOB}"),
        (replace(user_profile, user=BOB), BOB, now, EngineRejected, "evertunnel client request-user bob@"),
        (user_profile, ALICE, now + timedelta(days=2), DocumentError, "valid from"),
    )
    for profile, user, moment, error, words in cases:
        device.now = moment
        with pytest.raises(error, match=words):
            device.signs_in(profile, user)
    device.now = now
    device.files.write(File(path=places.user_key(ALICE), content=other_key.reveal(), mode=0o600))
    with pytest.raises(DocumentError, match="does not belong to the key of alice@corp"):
        device.signs_in(user_profile)

    assert (device.who, device.told) == (None, 0)
    assert places.user_profile(ALICE) not in device.files.files


def test_state_that_cannot_be_read_is_signed_out_by_anybodys_name(device: Device) -> None:
    device.files.write(File(path=places.SIGNED_IN, content="{"))

    device.signs_out(BOB)

    assert device.who is None


def test_agent_that_does_not_answer_is_said_so(device: Device, user_profile: UserProfile) -> None:
    device.hears = False

    assert not device.signs_in(user_profile)
    assert device.who is not None
    assert device.signs_out() == SignedOut(is_ended=False)
    assert device.who is None
