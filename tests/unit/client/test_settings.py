from evertunnel.client import render, settings
from evertunnel.client.settings import Kind
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret


def test_tunnels_share_nothing_by_which_charon_tells_them_apart(
    profile: DeviceProfile, key: Secret, user_profile: UserProfile, user_key: Secret
) -> None:
    device, user = settings.of_device(profile, key), settings.of_user(user_profile, user_key)

    assert (device.kind, user.kind) == (Kind.DEVICE, Kind.USER)
    assert (device.name, user.name) == ("laptop1", "alice@corp.contoso.com")
    assert device.connection != user.connection
    assert device.child in str(device.definition["children"])
    assert user.child in str(user.definition["children"])
    assert user.connection == render.user_connection_name(user_profile)
    assert {*device.pools}.isdisjoint(user.pools)


def test_key_never_shows(user_profile: UserProfile, user_key: Secret) -> None:
    assert "PRIVATE" not in repr(settings.of_user(user_profile, user_key))
