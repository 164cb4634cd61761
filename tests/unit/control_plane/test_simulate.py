from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.control_plane.simulate import Answer, Attempt, full_name, simulate
from evertunnel.errors import EngineUnavailable, NotFound
from evertunnel.plan.policies import Access, NetworkPolicy
from evertunnel.radius.model import PolicySettings
from evertunnel.values import GroupName, HostName, UserName

NOON = 1_795_435_200.0  # Monday, 23 November 2026, 12:00 in UTC
ALICE, BOB, LAPTOP = UserName("alice@corp.contoso.com"), UserName("bob@corp.contoso.com"), HostName("laptop1")
WORK = NetworkPolicy(
    name="work",
    access=Access.GRANT,
    user_groups=(GroupName("VPN Users"),),
    hours=("Mon-Fri 07:00-19:00",),
    from_devices=(GroupName("VPN Devices"),),
)


def asked(attempt: Attempt, settings_file: Path) -> Answer:
    return simulate(attempt, settings=settings_file, ledger=settings_file.with_name("no.db"))


def test_user_who_would_be_let_in_is_told_by_which_policy(settings_file: Path) -> None:
    answer = asked(Attempt(user=ALICE, at=NOON), settings_file)

    assert answer.allow
    assert answer.lines[0] == "simulated: the user tunnel of alice@corp.contoso.com"
    assert "  policy [user_tunnel]: MATCHES" in answer.lines
    assert answer.lines[-1].startswith("  ALLOWED: reach intranet")


def test_user_who_would_be_refused_is_told_why(settings_file: Path) -> None:
    answer = asked(Attempt(user=BOB, at=NOON), settings_file)

    assert not answer.allow
    assert answer.lines[-1].startswith("  REFUSED: NPS reason 48, not-in-group: The user is in no admitted group.")
    assert isinstance(answer.document, dict)
    assert answer.document["at"] == NOON
    assert answer.document["decision"]["allow"] is False


def test_device_and_time_make_the_difference(policy_settings: PolicySettings, settings_file: Path) -> None:
    policy = replace(policy_settings.policy, network_policies=(WORK,))
    settings_file.write_text(documents.to_json(replace(policy_settings, policy=policy)))

    assert asked(Attempt(user=ALICE, device=LAPTOP, at=NOON), settings_file).allow
    assert not asked(Attempt(user=ALICE, at=NOON), settings_file).allow
    assert not asked(Attempt(user=ALICE, device=LAPTOP, at=NOON + 8 * 3600), settings_file).allow


def test_device_alone_is_asked_about_its_own_tunnel(settings_file: Path) -> None:
    answer = asked(Attempt(device=LAPTOP, gateway=HostName("gateway1")), settings_file)

    assert answer.allow
    assert answer.lines[0] == "simulated: the device tunnel of laptop1"
    assert answer.lines[1].startswith("  asked by gateway1: device tunnel of CN=laptop1.corp.contoso.com")


def test_nothing_is_recorded(settings_file: Path) -> None:
    before = contents(settings_file.parent)

    asked(Attempt(user=ALICE, device=LAPTOP), settings_file)

    assert contents(settings_file.parent) == before


def contents(folder: Path) -> dict[str, bytes]:
    """All files but those by which SQLite's readers and writers find one another."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(("-shm", "-wal"))}


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (Attempt(user=UserName("carol@corp.contoso.com")), "carol@corp.contoso.com is not in the directory"),
        (Attempt(device=HostName("laptop9")), "laptop9 is no device in the directory"),
        (Attempt(user=ALICE, device=HostName("laptop9")), "laptop9 is no device in the directory"),
        (Attempt(user=ALICE, gateway=HostName("gateway9")), "gateway9 is no gateway of the plan; it has gateway1"),
    ],
)
def test_who_or_what_is_not_there_is_told(attempt: Attempt, words: str, settings_file: Path) -> None:
    with pytest.raises(NotFound, match=words):
        asked(attempt, settings_file)


def test_store_that_is_away_is_told(policy_settings: PolicySettings, settings_file: Path) -> None:
    policy_settings.store.unlink()

    with pytest.raises(EngineUnavailable, match="the store cannot be read"):
        asked(Attempt(user=ALICE), settings_file)


def test_name_without_a_domain_is_one_of_the_organisations(settings_file: Path) -> None:
    assert full_name("Alice", settings_file) == ALICE
    assert full_name("alice@contoso.com", settings_file.with_name("no.json")) == "alice@contoso.com"
