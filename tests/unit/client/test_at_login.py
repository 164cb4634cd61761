from datetime import datetime, timedelta

import pytest

from evertunnel import documents
from evertunnel.client import at_login, places
from evertunnel.drivers.fake import FakeFiles, FakeLogins
from evertunnel.drivers.host.files import File
from evertunnel.drivers.host.logins import LogIn
from evertunnel.errors import DocumentError, EvertunnelError, NotFound, Refused
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret, UserName

ALICE, BOB = UserName("alice@corp.contoso.com"), UserName("bob@corp.contoso.com")


class Device:
    """With Alice's key and profile, and three accounts."""

    def __init__(self, profile: UserProfile, key: Secret, now: datetime) -> None:
        kept = {places.user_key(ALICE): key.reveal(), places.user_profile(ALICE): documents.to_json(profile)}
        self.files = FakeFiles([File(path=path, content=content, mode=0o600) for path, content in kept.items()])
        self.logins = FakeLogins({"alice": 1000, "bob": 1001, "guest": 1002})
        self.now = now

    def has(self, user: UserName, account: str) -> None:
        at_login.sign_in_at_login(user, account, files=self.files, logins=self.logins, now=self.now)

    @property
    def who(self) -> dict[int, UserName]:
        return self.logins.observe()


@pytest.fixture
def device(user_profile: UserProfile, user_key: Secret, now: datetime) -> Device:
    return Device(user_profile, user_key, now)


def test_person_is_signed_in_by_the_login_of_their_account(device: Device) -> None:
    device.has(ALICE, "alice")

    assert device.logins.installed == {1000: LogIn(user=ALICE, account="alice", number=1000)}


def test_person_has_one_account_and_an_account_one_person(device: Device) -> None:
    device.logins.install(LogIn(user=BOB, account="bob", number=1001))

    device.has(ALICE, "guest")
    device.has(ALICE, "alice")
    assert device.who == {1000: ALICE, 1001: BOB}

    device.has(ALICE, "bob")
    assert device.who == {1001: ALICE}


def test_same_again_does_not_end_what_runs(device: Device) -> None:
    device.has(ALICE, "alice")
    device.logins.removed.clear()

    device.has(ALICE, "alice")

    assert (device.who, device.logins.removed) == ({1000: ALICE}, [])


def test_what_could_not_be_signed_in_changes_nothing(device: Device) -> None:
    cases: tuple[tuple[UserName, str, timedelta, type[EvertunnelError], str], ...] = (
        (ALICE, "alise", timedelta(), NotFound, "no account 'alise'"),
        (BOB, "bob", timedelta(), NotFound, f"{BOB} has no profile on this device"),
        (ALICE, "alice", timedelta(days=2), DocumentError, "valid from"),
    )
    for user, account, later, error, words in cases:
        now, device.now = device.now, device.now + later
        with pytest.raises(error, match=words):
            device.has(user, account)
        device.now = now

    assert device.who == {}
    device.has(ALICE, "alice")


def test_where_logind_does_not_run_it_is_said_what_to_use_instead(device: Device) -> None:
    device.logins.is_there = False

    with pytest.raises(Refused, match=r"systemd-logind does not run on this device.* PAM"):
        device.has(ALICE, "alice")

    assert device.who == {}


def test_login_is_left_alone_again(device: Device) -> None:
    device.has(ALICE, "alice")

    at_login.leave_login_alone(ALICE, logins=device.logins)

    assert device.who == {}
    with pytest.raises(NotFound, match=f"no log-in on this device signs {ALICE} in"):
        at_login.leave_login_alone(ALICE, logins=device.logins)


def test_clearing_ends_it_for_everybody(device: Device) -> None:
    device.logins.install(LogIn(user=BOB, account="bob", number=1001))
    device.has(ALICE, "alice")

    assert [at_login.clear(device.logins) for _ in range(2)] == [True, False]
    assert device.who == {}
