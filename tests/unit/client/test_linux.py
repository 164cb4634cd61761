from pathlib import Path

import pytest

from evertunnel.client.linux import LinuxEngine
from evertunnel.errors import EngineUnavailable
from evertunnel.profiles.device import DeviceProfile
from evertunnel.values import Secret


def test_charon_that_is_not_there_is_said_so(profile: DeviceProfile, key: Secret, tmp_path: Path) -> None:
    heard: list[str | None] = []

    with pytest.raises(EngineUnavailable, match="charon is not there"):
        LinuxEngine(profile, key, heard.append, tmp_path / "client.vici")

    assert heard == []
