"""The profile of a user tunnel, which is up while a person is signed in on a device: for everybody, or for one person.

Made as a device's is. No secret is in it: the key was made on the device and stays there.
"""

from dataclasses import dataclass, fields
from ipaddress import IPv4Network

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.profiles.tunnel import COMMON_KEY, DEVICE_KEY, TunnelProfile, other, says
from evertunnel.values import Fqdn, ObjectId, UserName

NAME = "user profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTunnelProfile(TunnelProfile):
    """What the profiles of user tunnels say, for everybody or for one person."""

    aaa_name: Fqdn  # the RADIUS server's, as in its certificate: nobody else is told who signs in
    pools: tuple[IPv4Network, ...]  # RADIUS may give an address of any of them

    def __post_init__(self) -> None:
        # Named, because without arguments super knows the class that slots replaced.
        super(UserTunnelProfile, self).__post_init__()
        if not self.pools:
            raise ValueError("pools must not be empty; take the profile unchanged from where it was made")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProfile(UserTunnelProfile):
    """Everything that one person's tunnel needs beside their key."""

    user: UserName
    certificate: str  # PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonUserProfile(UserTunnelProfile):
    """The same for everybody; a certificate says whose it becomes."""

    policy: ObjectId  # of the template: no other certificate is a VPN user's

    def of(self, user: UserName, certificate: str) -> UserProfile:
        """The profile of one person."""
        shared = {each.name: getattr(self, each.name) for each in fields(UserTunnelProfile)}
        return UserProfile(user=user, certificate=certificate, **shared)


def read(text: str | bytes) -> UserProfile:
    """A person's profile in a JSON text; DocumentError says all that is wrong with it."""
    profile = read_any(text)
    if isinstance(profile, UserProfile):
        return profile
    raise lacks_certificate()


def read_any(text: str | bytes) -> UserProfile | CommonUserProfile:
    """The same, or the profile for everybody: whichever it is."""
    document = documents.parse_json(text, name=NAME)
    if says(document, DEVICE_KEY):
        mend = "It is for `evertunnel client install`; the user tunnel's is for `client sign-in`."
        raise other(NAME, "it is a device tunnel's profile", mend)
    if says(document, COMMON_KEY):
        return documents.read(CommonUserProfile, document, name=NAME)
    return documents.read(UserProfile, document, name=NAME)


def lacks_certificate() -> DocumentError:
    """What is wrong with a profile for all where one of its own is needed."""
    mend = "Name the person's certificate beside it: --certificate FILE."
    return other(NAME, "it is for everybody, and holds no certificate", mend)
