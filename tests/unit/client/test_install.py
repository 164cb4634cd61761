from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.client.conftest import USERS, Issuer

from evertunnel import documents
from evertunnel.client import install, lockdown, places
from evertunnel.client.settings import Kind
from evertunnel.drivers.fake import FakeFiles, FakeLogins, FakeServices
from evertunnel.drivers.fake_nft import FakeNft
from evertunnel.drivers.host.files import Directory, File
from evertunnel.drivers.host.logins import LogIn
from evertunnel.drivers.host.units import Unit
from evertunnel.errors import DocumentError, EngineRejected, NotFound
from evertunnel.profiles.device import CommonDeviceProfile, DeviceProfile
from evertunnel.values import Secret, UserName


def test_profile_is_put_in_place_and_both_services_start(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    files, services = disk(key), FakeServices()

    install.install(documents.to_json(profile), files=files, services=services, now=now)

    assert documents.from_json(DeviceProfile, files.files[places.PROFILE].content, name="installed") == profile
    assert str(places.VICI) in files.files[places.STRONGSWAN_CONF].content
    assert services.told == ["restart client-charon", "restart client"]
    assert all(status.is_running for status in services.observe().values())


def test_profile_for_all_and_a_certificate_are_this_devices_profile(
    common: CommonDeviceProfile, profile: DeviceProfile, key: Secret, now: datetime
) -> None:
    files, services = disk(key), FakeServices()

    install.install(documents.to_json(common), profile.certificate, files=files, services=services, now=now)

    assert files.files[places.PROFILE].content == documents.to_json(profile)
    assert services.told == ["restart client-charon", "restart client"]


def test_changed_plan_needs_the_profile_for_all_alone_also_after_a_removal(
    common: CommonDeviceProfile, profile: DeviceProfile, key: Secret, now: datetime
) -> None:
    for steps in ([], [False]):
        device = installed(profile, key)
        for purge in steps:
            device.remove(purge=purge)

        changed = documents.to_json(replace(common, dpd_seconds=5))
        install.install(changed, files=device.files, services=device.services, now=now)

        expected = documents.to_json(replace(profile, dpd_seconds=5))
        assert device.files.files[places.PROFILE].content == expected


def test_certificate_that_the_gateway_would_refuse_is_refused_here(
    common: CommonDeviceProfile, issuer: Issuer, strange_issuer: Issuer, key: Secret, other_key: Secret, now: datetime
) -> None:
    files, services, name = disk(key), FakeServices(), "laptop1.corp.contoso.com"
    for certificate, moment, told in (
        (strange_issuer.issue(name, key), now, "is not signed by CN=Contoso Issuing CA"),
        (issuer.issue(name, other_key), now, "does not belong to the key of laptop1"),
        (issuer.issue(name, key, policy=USERS), now, "lacks the policy"),
        (issuer.issue("laptop1.fabrikam.com", key), now, "no device of corp.contoso.com"),
        (issuer.issue(name, key), now + timedelta(days=2), "valid from"),
        (None, now, "--certificate FILE"),
    ):
        with pytest.raises(DocumentError, match=told):
            install.install(documents.to_json(common), certificate, files=files, services=services, now=moment)
    assert (list(files.files), services.observe()) == ([places.KEY], {})

    install.install(documents.to_json(common), issuer.issue(name, key), files=files, services=services, now=now)
    assert places.PROFILE in files.files


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

    with pytest.raises(DocumentError, match="does not belong to the key of laptop1"):
        install.install(documents.to_json(profile), files=files, services=services, now=now)

    assert (list(files.files), services.observe()) == ([places.KEY], {})


def test_device_without_a_key_is_told_to_make_one(profile: DeviceProfile, now: datetime) -> None:
    with pytest.raises(EngineRejected, match="evertunnel client request"):
        install.install(documents.to_json(profile), files=FakeFiles(), services=FakeServices(), now=now)


def test_text_that_is_no_profile_is_refused() -> None:
    with pytest.raises(DocumentError, match="device profile"):
        install.install("{}", files=FakeFiles(), services=FakeServices())


def test_removal_takes_services_rule_routes_and_files_and_keeps_key_and_profile(
    profile: DeviceProfile, key: Secret
) -> None:
    device = installed(profile, key)

    assert device.remove(purge=False)

    assert device.services.told[-3:] == ["remove client", "remove client-charon", "shut down"]
    assert device.services.observe() == {}
    assert device.routes_removed == 1
    assert device.nft.table("inet", "evertunnel") == []
    assert sorted(device.files.files) == [places.KEY, places.KEPT_PROFILE]
    assert places.DIRECTORY not in device.files.directories


def test_what_a_removal_kept_can_be_installed_again(profile: DeviceProfile, key: Secret, now: datetime) -> None:
    device = installed(profile, key)
    device.remove(purge=False)

    install.install(
        device.files.files[places.KEPT_PROFILE].content, files=device.files, services=device.services, now=now
    )

    assert set(device.services.observe()) == {"client", "client-charon"}
    assert device.files.files[places.KEPT_PROFILE].mode == 0o600


def test_purge_leaves_nothing_also_after_a_removal_that_did_not(profile: DeviceProfile, key: Secret) -> None:
    for steps in ([True], [False, True]):
        device = installed(profile, key)

        assert [device.remove(purge=purge) for purge in steps][-1] is False

        assert (device.files.files, device.files.directories) == ({}, {})


@pytest.mark.parametrize("purge", [True, False])
def test_where_no_client_is_nothing_is_touched(*, purge: bool) -> None:
    device = Device(FakeFiles())
    device.nft.run("add table inet evertunnel\nadd chain inet evertunnel forward\n")

    with pytest.raises(NotFound, match="no client is installed"):
        device.remove(purge=purge)

    assert (device.routes_removed, device.services.told) == (0, [])
    assert device.nft.table("inet", "evertunnel") != []


def test_removal_that_failed_half_way_can_be_asked_for_again(profile: DeviceProfile, key: Secret) -> None:
    device = installed(profile, key)
    device.nft.broken.add("delete table")
    with pytest.raises(EngineRejected):
        device.remove(purge=True)
    device.nft.broken.clear()

    device.remove(purge=True)

    assert device.nft.table("inet", "evertunnel") == []
    assert device.files.files == {}


def test_people_keep_their_keys_and_profiles_unless_purged(profile: DeviceProfile, key: Secret) -> None:
    alice = UserName("alice@corp.contoso.com")
    paths = {places.user_key(alice), places.user_profile(alice)}
    device = installed(profile, key)
    for path in (*paths, places.SIGNED_IN, places.USER_STATUS):
        device.files.write(File(path=path, content="", mode=0o600))
    for directory in (places.KEYS, places.USERS, places.user_directory(alice)):
        device.files.make_directory(Directory(path=directory, mode=0o700))

    assert device.remove(purge=False)
    assert paths <= device.files.files.keys()
    assert {places.SIGNED_IN, places.USER_STATUS}.isdisjoint(device.files.files)

    assert not device.remove(purge=True)
    assert (device.files.files, device.files.directories) == ({}, {})


def test_removal_ends_log_ins_that_sign_in_even_where_nothing_else_is_left() -> None:
    device = Device(FakeFiles())
    device.logins.install(LogIn(user=UserName("alice@corp.contoso.com"), account="alice", number=1000))

    assert not device.remove(purge=False)

    assert device.logins.observe() == {}


def test_other_services_of_this_host_go_on(profile: DeviceProfile, key: Secret) -> None:
    device = installed(profile, key)
    device.services.install(Unit(name="signer", argv=("evertunnel", "service", "signer")))

    device.remove(purge=False)

    assert set(device.services.observe()) == {"signer"}
    assert "shut down" not in device.services.told


class Device:
    def __init__(self, files: FakeFiles) -> None:
        self.files, self.services, self.nft = files, FakeServices(), FakeNft()
        self.logins = FakeLogins()
        self.routes_removed = 0

    def remove(self, *, purge: bool) -> bool:
        return install.remove(
            purge=purge,
            files=self.files,
            services=self.services,
            tables=self.nft,
            remove_routes=self._remove_routes,
            logins=self.logins,
        )

    def _remove_routes(self) -> None:
        self.routes_removed += 1


def installed(profile: DeviceProfile, key: Secret) -> Device:
    """As after `install`, without its look at the key, which is slow."""
    device = Device(disk(key))
    rendered = install.files_of(profile)
    for file in (*rendered, File(path=places.STATUS, content="{}")):
        device.files.write(file)
    for unit in install.units(rendered):
        device.services.install(unit)
        device.services.start(unit.name)
    lockdown.lock(device.nft, Kind.DEVICE, (profile.pool,))
    return device


def disk(key: Secret) -> FakeFiles:
    return FakeFiles([File(path=places.KEY, content=key.reveal(), mode=0o600)])
