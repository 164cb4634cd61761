from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.access.changes import Change, Changes
from evertunnel.control_plane.access_changes import SHOWN, Comparison, compare, lines, of_bundle
from evertunnel.control_plane.bundles import SCHEMA, Bundle
from evertunnel.errors import EngineUnavailable
from evertunnel.plan.policies import of_user_tunnel
from evertunnel.radius.model import PolicySettings, State
from evertunnel.reconcile.files import File
from evertunnel.reconcile.local import Local
from evertunnel.values import GroupName, HostName

NOW = 1_795_435_200.0  # Monday, 23 November 2026, 12:00 in UTC


def nothing(_done: int) -> None:
    """Progress that nobody looks at."""


def without_people(settings: PolicySettings) -> PolicySettings:
    policy = settings.policy
    return replace(settings, policy=replace(policy, network_policies=policy.network_policies[:1]))


def bundle_with(settings: PolicySettings, path: Path) -> Bundle:
    file = File(path=path, content=documents.to_json(settings), mode=0o400, secret=True)
    return Bundle(schema=SCHEMA, host=HostName("core1"), radius=State(local=Local(files=(file,))))


def look(bundle: Bundle, path: Path) -> Comparison | None:
    return of_bundle(bundle, told=nothing, settings=path, ledger=path.with_name("no.db"), now=lambda: NOW)


def test_who_would_lose_access_is_read_from_the_store(policy_settings: PolicySettings, settings_file: Path) -> None:
    found = look(bundle_with(without_people(policy_settings), settings_file), settings_file)

    assert found is not None
    assert found.lines[0] == "would lose access: 1"
    assert found.lines[1].startswith("  alice@corp.contoso.com (user tunnel): NPS reason 48, no-policy: ")
    assert len(found.lines) == 2


def test_who_would_gain_access_is_read_too(policy_settings: PolicySettings, tmp_path: Path) -> None:
    before = without_people(policy_settings)
    everybody = replace(policy_settings.policy, network_policies=(of_user_tunnel((GroupName("VPN Users"),)),))

    found = compare(before, replace(before, policy=everybody), ledger=tmp_path / "no.db", now=NOW, told=nothing)

    assert [line.strip().partition(" ")[0] for line in found.lines] == [
        "would",
        "laptop1",
        "would",
        "alice@corp.contoso.com",
    ]


def test_same_policy_changes_nothing(policy_settings: PolicySettings, settings_file: Path) -> None:
    found = look(bundle_with(policy_settings, settings_file), settings_file)

    assert found is not None
    assert found.lines == ()
    assert found.document == {"losses": [], "gains": [], "moves": []}


def test_host_without_a_policy_before_or_after_has_nothing_to_compare(
    policy_settings: PolicySettings, settings_file: Path
) -> None:
    assert look(Bundle(schema=SCHEMA, host=HostName("edge1")), settings_file) is None
    bundle = bundle_with(policy_settings, settings_file)
    settings_file.unlink()
    assert look(bundle, settings_file) is None


def test_policy_of_another_version_is_not_compared(policy_settings: PolicySettings, settings_file: Path) -> None:
    bundle = bundle_with(policy_settings, settings_file)
    settings_file.write_text('{"policy": {"groups": []}}')

    assert look(bundle, settings_file) == Comparison(
        lines=("who would lose access cannot be told: the applied policy is of another version",)
    )


def test_store_that_cannot_be_read_is_told(policy_settings: PolicySettings, tmp_path: Path) -> None:
    gone = replace(policy_settings, store=tmp_path / "gone.db")

    with pytest.raises(EngineUnavailable, match="who would lose access cannot be told: the store cannot be read"):
        compare(gone, without_people(gone), ledger=tmp_path / "no.db", now=NOW, told=nothing)


def test_long_lists_are_shortened_and_times_and_sessions_told() -> None:
    change = Change(name="x", tunnel="user", at=NOW, why="why")
    later = replace(change, at=NOW + 3600, ends=2)

    found = list(lines(Changes(losses=(later, *(change,) * SHOWN), moves=(change,)), NOW))

    assert found[0] == "would lose access: 21"
    assert found[1] == "  x (user tunnel, 2 session(s) end, first at Mon 2026-11-23 13:00Z): why"
    assert found[-3:] == ["  and 1 more: --json lists all", "would get another reach: 1", "  x (user tunnel): why"]
