from collections import Counter
from collections.abc import Mapping
from ipaddress import IPv4Address

import pytest

from evertunnel.client import charon, render, settings
from evertunnel.client.machine import Sa
from evertunnel.client.settings import Settings
from evertunnel.drivers import vici_values
from evertunnel.drivers.vici_values import Message
from evertunnel.errors import EngineRejected
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret

NAME = "evertunnel-device"


@pytest.mark.parametrize(
    ("ike", "child", "carries"),
    [
        (b"ESTABLISHED", b"INSTALLED", True),
        (b"ESTABLISHED", b"REKEYING", True),
        (b"REKEYING", b"INSTALLED", True),
        (b"ESTABLISHED", b"DELETING", False),
        (b"CONNECTING", b"CREATED", False),
        (b"DELETING", b"INSTALLED", False),
    ],
)
def test_sa_carries_packets_while_both_its_halves_live(ike: bytes, child: bytes, carries: bool) -> None:  # noqa: FBT001 (a case of the table)
    entry = listed(state=ike, children={"device-1": {"state": child}}, vips=[b"10.99.0.1"])

    assert list(charon.sas_of(entry, NAME)) == [Sa(unique_id=7, carries=carries, address=IPv4Address("10.99.0.1"))]


def test_pending_sa_has_no_address_and_carries_nothing() -> None:
    entry = listed(state=b"CONNECTING", children={}, vips=[])

    assert list(charon.sas_of(entry, NAME)) == [Sa(unique_id=7, carries=False)]


def test_other_connections_are_none_of_ours() -> None:
    assert list(charon.sas_of({"home": {"uniqueid": b"1", "state": b"ESTABLISHED"}}, NAME)) == []


def test_address_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(EngineRejected, match="local-vips"):
        list(charon.sas_of(listed(state=b"ESTABLISHED", children={}, vips=[b"fe80::1"]), NAME))


class Told(charon.Charon):
    """A charon that says what it is told instead of saying it over a socket."""

    def __init__(self, *connections: str, sas: Mapping[int, str] | None = None) -> None:
        self._connections, self._sas = connections, sas or {}
        self._looks = Counter()
        self.told: list[str] = []

    def get_conns(self) -> tuple[str, ...]:
        return self._connections

    def list_sas(self, ike_id: int | None = None) -> tuple[vici_values.Sa, ...]:
        return tuple(
            vici_values.Sa(
                ike_id=number, connection=name, state="ESTABLISHED", remote_host="", remote_port=0, remote_id=""
            )
            for number, name in self._sas.items()
        )

    def terminate(self, ike_id: int, *, force: bool = False) -> None:
        self.told.append(f"terminate {ike_id} {force}")

    def unload_conn(self, name: str) -> None:
        self.told.append(f"unload-conn {name}")

    def load_conn(self, name: str, definition: Message) -> None:
        self.told.append(f"load-conn {name}")

    def load_authority(self, pem: str) -> None:
        self.told.append("authority")

    def load_key(self, pem: str) -> None:
        self.told.append("key")

    def _request(self, command: str, message: Message | None = None) -> Message:
        self.told.append(command)
        return {}


@pytest.fixture
def device(profile: DeviceProfile, key: Secret) -> Settings:
    return settings.of_device(profile, key)


@pytest.fixture
def user(user_profile: UserProfile, user_key: Secret) -> Settings:
    return settings.of_user(user_profile, user_key)


def test_connection_is_known_before_its_key_is(device: Settings) -> None:
    told = Told()

    told.load(device)

    assert told.told == ["authority", "authority", f"load-conn {NAME}", "key"]


def test_others_tunnels_end_and_charon_forgets_their_keys_before_their_names(device: Settings, user: Settings) -> None:
    others = f"{render.USER_PREFIX}0123456789ab"
    told = Told(NAME, others, user.connection, sas={1: NAME, 2: others, 3: user.connection})
    reloaded = ["authority", "authority", f"load-conn {NAME}", "key"]

    assert told.evict(device, None)
    assert told.told == [
        *("terminate 2 False", "terminate 3 False", "clear-creds", *reloaded),
        *(f"unload-conn {others}", f"unload-conn {user.connection}"),
    ]

    told.told.clear()
    assert told.evict(device, user)
    assert told.told[0] == "clear-creds"
    assert told.told[-3:] == [f"load-conn {user.connection}", "key", f"unload-conn {others}"]


def test_where_nobody_else_is_nothing_is_touched(device: Settings, user: Settings) -> None:
    told = Told(NAME, user.connection, sas={1: NAME, 3: user.connection})

    assert not told.evict(device, user)

    assert told.told == []


def test_sa_whose_connection_is_unloaded_already_is_ended(device: Settings) -> None:
    told = Told(NAME, sas={1: NAME, 2: f"{render.USER_PREFIX}0123456789ab"})

    assert told.evict(device, None)

    assert told.told == ["terminate 2 False"]


def test_gateway_that_answers_no_goodbye_is_left_without(device: Settings) -> None:
    told = Told(NAME, sas={1: NAME, 2: f"{render.USER_PREFIX}0123456789ab"})

    for _ in range(charon.GOODBYE_LOOKS - 1):
        assert told.evict(device, None)
    assert told.told == ["terminate 2 False"]

    assert told.evict(device, None)
    assert told.told == ["terminate 2 False", "terminate 2 True"]


def listed(*, state: bytes, children: Mapping[str, object], vips: list[bytes]) -> Mapping[str, object]:
    section = {"uniqueid": b"7", "state": state, "local-vips": vips, "child-sas": children}
    return {NAME: section}
