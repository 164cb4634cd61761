"""All that the agent needs to keep one tunnel up, whichever of the two it is. Pure."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network

from evertunnel.client import certificates, render
from evertunnel.client.render import Message
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.tunnel import TunnelProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret


class Kind(Enum):
    """The two tunnels of a device."""

    DEVICE = "device"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A tunnel; `name` is whom it is for, `connection` and `child` are what charon calls it."""

    kind: Kind
    name: str
    profile: TunnelProfile
    key: Secret
    pools: tuple[IPv4Network, ...]
    connection: str
    child: str
    definition: Message


def of_device(profile: DeviceProfile, key: Secret) -> Settings:
    """The device tunnel."""
    return Settings(
        kind=Kind.DEVICE,
        name=str(profile.device),
        profile=profile,
        key=key,
        pools=(profile.pool,),
        connection=render.DEVICE_CONNECTION,
        child=render.DEVICE_CHILD,
        definition=render.device_connection(profile, certificates.subject(certificates.read(profile.certificate))),
    )


def of_user(profile: UserProfile, key: Secret) -> Settings:
    """The tunnel of who is signed in."""
    return Settings(
        kind=Kind.USER,
        name=str(profile.user),
        profile=profile,
        key=key,
        pools=profile.pools,
        connection=render.user_connection_name(profile),
        child=render.USER_CHILD,
        definition=render.user_connection(profile),
    )
