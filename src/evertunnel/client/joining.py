"""A whole profile, out of a file: as it stands there, or one for all with a certificate beside it. Pure.

What is joined is not checked here, but for the name that it takes from the certificate; trust.py does that.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.client import certificates
from evertunnel.errors import DocumentError, Problem
from evertunnel.profiles import device, user
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Fqdn, HostName, ObjectId, UserName

Profile = TypeVar("Profile", DeviceProfile, UserProfile)

FOR_ALL = "The profile for all takes a certificate; one that `enrol` wrote has its own: leave out --certificate."


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Generic[Profile]):
    """A profile, and the policy that its certificate must carry, unless who made the whole has seen to that."""

    profile: Profile
    policy: ObjectId | None = None


def device_profile(text: str, certificate: str | None) -> Joined[DeviceProfile]:
    """A device's profile; a certificate beside it says which device it is."""
    if certificate is None:
        return Joined(profile=device.read(text))
    common = device.read_any(text)
    if isinstance(common, DeviceProfile):
        raise _second(device.NAME, common.device)
    read = certificates.read(certificate)
    return Joined(profile=common.of(_device(read, common.domain), _pem(read)), policy=common.policy)


def user_profile(text: str, certificate: str | None, who: UserName) -> Joined[UserProfile]:
    """A person's profile; with a certificate beside it, that of `who`."""
    if certificate is None:
        return Joined(profile=user.read(text))
    common = user.read_any(text)
    if isinstance(common, UserProfile):
        raise _second(user.NAME, common.user)
    return Joined(profile=common.of(who, _pem(certificates.read(certificate))), policy=common.policy)


def _device(certificate: x509.Certificate, domain: Fqdn) -> HostName:
    names = certificates.common_names(certificate)
    try:
        (name,) = names
        label, _, rest = name.partition(".")
        if rest == domain:
            return HostName(label)
    except ValueError:
        pass  # no name, several, or none of a host
    what = f"it names {' and '.join(names) or 'nobody'}, which is no device of {domain}"
    raise certificates.wrong(what, "Name the certificate that was issued for this device")


def _second(name: str, whose: str) -> DocumentError:
    problem = Problem(path="certificate", what=f"the profile holds that of {whose}, and another is named", mend=FOR_ALL)
    return DocumentError(name, [problem])


def _pem(certificate: x509.Certificate) -> str:
    """The certificate alone: its file may hold the issuing authority's, too."""
    return certificate.public_bytes(Encoding.PEM).decode()
