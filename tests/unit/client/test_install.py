from dataclasses import replace
from datetime import datetime

import pytest

from evertunnel import documents
from evertunnel.client import install, places
from evertunnel.drivers.fake import FakeFiles, FakeServices
from evertunnel.drivers.host.files import File
from evertunnel.errors import DocumentError, EngineRejected
from evertunnel.profiles.device import DeviceProfile
from evertunnel.values import Secret


def test_profile_is_put_in_place_and_both_services_start(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    files, services = disk(key), FakeServices()

    install.install(documents.to_json(profile), files=files, services=services, now=now)

    assert documents.from_json(DeviceProfile, files.files[places.PROFILE].content, name="installed") == profile
    assert str(places.VICI) in files.files[places.STRONGSWAN_CONF].content
    assert services.told == ["restart client-charon", "restart client"]
    assert all(status.is_running for status in services.observe().values())


def test_same_profile_again_restarts_nothing(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    files, services = disk(key), FakeServices()

    for _ in range(2):
        install.install(documents.to_json(profile), files=files, services=services, now=now)

    assert services.told == ["restart client-charon", "restart client"]


def test_another_profile_restarts_the_agent_alone(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    files, services = disk(key), FakeServices()

    install.install(documents.to_json(profile), files=files, services=services, now=now)
    install.install(documents.to_json(replace(profile, dpd_seconds=5)), files=files, services=services, now=now)

    assert services.told == ["restart client-charon", "restart client", "restart client"]


def test_profile_that_does_not_fit_touches_nothing(profile: DeviceProfile, other_key: Secret, now: datetime) -> None:
    files, services = disk(other_key), FakeServices()

    with pytest.raises(DocumentError, match="does not belong to this device's key"):
        install.install(documents.to_json(profile), files=files, services=services, now=now)

    assert (list(files.files), services.observe()) == ([places.KEY], {})


def test_device_without_a_key_is_told_to_make_one(profile: DeviceProfile, now: datetime) -> None:
    with pytest.raises(EngineRejected, match="evertunnel client request"):
        install.install(documents.to_json(profile), files=FakeFiles(), services=FakeServices(), now=now)


def test_text_that_is_no_profile_is_refused() -> None:
    with pytest.raises(DocumentError, match="device profile"):
        install.install("{}", files=FakeFiles(), services=FakeServices())


def disk(key: Secret) -> FakeFiles:
    return FakeFiles([File(path=places.KEY, content=key.reveal(), mode=0o600)])
