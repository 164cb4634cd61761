"""The profile that a device's agent installs: its tunnel, which is up before anyone signs in.

It holds no secret: the device's key never leaves the device. One JSON document, made inside, carried by any means.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

from evertunnel import documents
from evertunnel.profiles.tunnel import TunnelProfile
from evertunnel.values import Fqdn, HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile(TunnelProfile):
    """Everything that the device tunnel needs beside its key."""

    device: HostName
    domain: Fqdn
    pool: IPv4Network  # where its virtual addresses come from

    @property
    def fqdn(self) -> Fqdn:
        """The device's full name, as in its certificate."""
        return Fqdn(f"{self.device}.{self.domain}")


def read(text: str | bytes) -> DeviceProfile:
    """The profile in a JSON text; DocumentError says all that is wrong with it."""
    return documents.from_json(DeviceProfile, text, name="device profile")
