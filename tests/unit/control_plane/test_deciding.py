from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.control_plane import deciding
from evertunnel.control_plane.bundles import SCHEMA, Bundle
from evertunnel.errors import DocumentError, EngineUnavailable, NotFound
from evertunnel.radius.model import PolicySettings, State, Tokens
from evertunnel.reconcile.files import File
from evertunnel.reconcile.local import Local
from evertunnel.values import Fqdn, GroupName, HostName, Secret

SETTINGS = PolicySettings(
    tokens=Tokens.of(Secret("a" * 40)),
    policy=Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management"),
)


def test_applied_policy_is_the_one_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(documents.to_json(SETTINGS))

    assert deciding.applied(path) == SETTINGS


def test_host_without_a_policy_says_where_to_ask(tmp_path: Path) -> None:
    assert deciding.find_applied(tmp_path / "no.json") is None
    with pytest.raises(NotFound, match="no policy is applied on this host"):
        deciding.applied(tmp_path / "no.json")


def test_policy_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text("{}")

    with pytest.raises(DocumentError, match="missing"):
        deciding.find_applied(tmp_path / "policy.json")
    with pytest.raises(EngineUnavailable, match="Is a directory"):
        deciding.find_applied(tmp_path)


def test_wanted_policy_is_the_one_in_the_bundle(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    local = Local(files=(File(path=path, content=documents.to_json(SETTINGS), mode=0o400, secret=True),))
    bundle = Bundle(schema=SCHEMA, host=HostName("core1"), radius=State(local=local))

    assert deciding.wanted(bundle, path) == SETTINGS
    assert deciding.wanted(bundle, tmp_path / "other.json") is None
    assert deciding.wanted(Bundle(schema=SCHEMA, host=HostName("edge1")), path) is None
