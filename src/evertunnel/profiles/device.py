"""The profile of a device tunnel, which is up before anyone signs in: for all devices, or for one.

`profile build` makes the one for all; with a device's certificate it becomes that device's. `device enrol` makes a
device's at once. Neither holds a secret: a device's key never leaves the device. JSON, carried by any means.
"""

from dataclasses import dataclass, fields
from ipaddress import IPv4Network

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.profiles.tunnel import COMMON_KEY, USER_KEY, TunnelProfile, other, says
from evertunnel.values import Fqdn, HostName, ObjectId

NAME = "device profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTunnelProfile(TunnelProfile):
    """What the profiles of device tunnels say, for all devices or for one."""

    domain: Fqdn
    pool: IPv4Network  # where the virtual addresses come from


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile(DeviceTunnelProfile):
    """Everything that one device's tunnel needs beside its key."""

    device: HostName
    certificate: str  # PEM

    @property
    def fqdn(self) -> Fqdn:
        """The device's full name, as in its certificate."""
        return Fqdn(f"{self.device}.{self.domain}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonDeviceProfile(DeviceTunnelProfile):
    """The same on every device; a certificate says which device it is."""

    policy: ObjectId  # of the template: without it in the certificate the gateway refuses

    def of(self, device: HostName, certificate: str) -> DeviceProfile:
        """The profile of one device."""
        shared = {each.name: getattr(self, each.name) for each in fields(DeviceTunnelProfile)}
        return DeviceProfile(device=device, certificate=certificate, **shared)


def read(text: str | bytes) -> DeviceProfile:
    """A device's profile in a JSON text; DocumentError says all that is wrong with it."""
    profile = read_any(text)
    if isinstance(profile, DeviceProfile):
        return profile
    raise lacks_certificate()


def read_any(text: str | bytes) -> DeviceProfile | CommonDeviceProfile:
    """The same, or the profile for all devices: whichever it is."""
    document = documents.parse_json(text, name=NAME)
    if says(document, USER_KEY):
        mend = "It is for `evertunnel client sign-in`; the device tunnel's is for `client install`."
        raise other(NAME, "it is a user tunnel's profile", mend)
    if says(document, COMMON_KEY):
        return documents.read(CommonDeviceProfile, document, name=NAME)
    return documents.read(DeviceProfile, document, name=NAME)


def lacks_certificate() -> DocumentError:
    """What is wrong with a profile for all where one of its own is needed."""
    mend = "Name this device's certificate beside it: --certificate FILE."
    return other(NAME, "it is for all devices, and holds no certificate", mend)
