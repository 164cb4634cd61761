from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.control_plane import policy_changes
from evertunnel.control_plane.bundles import SCHEMA, Bundle
from evertunnel.radius.model import PolicySettings, State
from evertunnel.reconcile.files import File
from evertunnel.reconcile.local import Local
from evertunnel.store import open_store
from evertunnel.store.outbox import What, waiting
from evertunnel.values import HostName

NOW = 1_800_000_000.0


def test_other_policy_is_told_once_it_is_applied(policy_settings: PolicySettings, settings_file: Path) -> None:
    other = replace(policy_settings, policy=replace(policy_settings.policy, network_policies=()))

    with policy_changes.told(bundle(other, settings_file), settings=settings_file, now=lambda: NOW):
        settings_file.write_text(documents.to_json(other))
        assert rows(policy_settings) == []

    assert rows(policy_settings) == [(What.POLICY, "*", NOW)]


def test_policy_that_stays_is_not_told(policy_settings: PolicySettings, settings_file: Path) -> None:
    same = replace(policy_settings, retention_days=7)

    with policy_changes.told(bundle(same, settings_file), settings=settings_file, now=lambda: NOW):
        settings_file.write_text(documents.to_json(same))

    assert rows(policy_settings) == []


def test_apply_that_fails_tells_nobody(policy_settings: PolicySettings, settings_file: Path) -> None:
    other = replace(policy_settings, policy=replace(policy_settings.policy, network_policies=()))

    with (
        pytest.raises(OSError, match="no room"),
        policy_changes.told(bundle(other, settings_file), settings=settings_file, now=lambda: NOW),
    ):
        raise OSError("no room")

    assert rows(policy_settings) == []


def test_policy_of_another_version_is_taken_for_another(policy_settings: PolicySettings, settings_file: Path) -> None:
    settings_file.write_text("{}")

    with policy_changes.told(bundle(policy_settings, settings_file), settings=settings_file, now=lambda: NOW):
        settings_file.write_text(documents.to_json(policy_settings))

    assert rows(policy_settings) == [(What.POLICY, "*", NOW)]


def test_first_policy_and_hosts_without_one_tell_nobody(policy_settings: PolicySettings, tmp_path: Path) -> None:
    path = tmp_path / "first.json"
    with policy_changes.told(bundle(policy_settings, path), settings=path, now=lambda: NOW):
        path.write_text(documents.to_json(policy_settings))
    with policy_changes.told(Bundle(schema=SCHEMA, host=HostName("edge1")), settings=path, now=lambda: NOW):
        pass

    assert rows(policy_settings) == []


def bundle(settings: PolicySettings, path: Path) -> Bundle:
    file = File(path=path, content=documents.to_json(settings), mode=0o400, secret=True)
    return Bundle(schema=SCHEMA, host=HostName("core1"), radius=State(local=Local(files=(file,))))


def rows(settings: PolicySettings) -> list[tuple[What, str, float]]:
    with open_store(settings.store).transaction() as connection:
        return [(item.what, item.subject, item.at) for item in waiting(connection)]
