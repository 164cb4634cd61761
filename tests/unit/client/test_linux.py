from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel.client import settings
from evertunnel.client.linux import LinuxDevice, LinuxEngine
from evertunnel.drivers.host.files import Files
from evertunnel.errors import EngineError, EngineUnavailable
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret


class Recorder:
    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, commands: str) -> None:
        self.ran.append(commands)


def test_charon_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    heard: list[tuple[str, str | None]] = []

    with pytest.raises(EngineUnavailable, match="charon is not there"):
        LinuxEngine(lambda connection, words: heard.append((connection, words)), tmp_path / "client.vici")

    assert heard == []


def test_address_outside_the_profiles_pools_is_locked_before_anything_is_sent_from_it(
    user_profile: UserProfile, user_key: Secret
) -> None:
    rules, wanted = Recorder(), settings.of_user(user_profile, user_key)
    device = LinuxDevice(rules, Files())

    # No tunnel of this test has that address: there is nothing to send it into.
    with pytest.raises(EngineError):
        device.install_routes(wanted, IPv4Address("10.97.0.9"))
    device.lock(wanted)

    assert len(rules.ran) == 2
    assert all("{ 10.97.0.9/32, 10.98.0.0/24 }" in each for each in rules.ran)
