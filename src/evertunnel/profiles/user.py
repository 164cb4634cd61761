"""The profile of a person on a device: the tunnel that is up while they are signed in.

It holds no secret: the key was made on the device and stays there. One JSON document, made inside.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

from evertunnel import documents
from evertunnel.profiles.tunnel import TunnelProfile
from evertunnel.values import Fqdn, UserName


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProfile(TunnelProfile):
    """Everything that a user tunnel needs beside its key."""

    user: UserName
    aaa_name: Fqdn  # the RADIUS server's, as in its certificate: nobody else is told who signs in
    pools: tuple[IPv4Network, ...]  # RADIUS may give an address of any of them

    def __post_init__(self) -> None:
        # Named, because without arguments super knows the class that slots replaced.
        super(UserProfile, self).__post_init__()
        if not self.pools:
            raise ValueError("pools must not be empty; take the profile unchanged from where it was made")


def read(text: str | bytes) -> UserProfile:
    """The profile in a JSON text; DocumentError says all that is wrong with it."""
    return documents.from_json(UserProfile, text, name="user profile")
