"""A whole profile, out of a file: as it stands there, or one for all with a certificate beside it. Pure.

What is joined is not checked here, but for the name that it takes from the certificate; trust.py does that.
"""

from collections.abc import Callable
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


def device_profile(text: str, certificate: str | None, kept: str | None = None) -> Joined[DeviceProfile]:
    """A device's profile; a certificate beside it, or else that of the profile kept before, says which device it is."""
    common = device.read_any(text)
    if isinstance(common, DeviceProfile):
        if certificate is not None:
            raise _second(device.NAME, common.device)
        return Joined(profile=common)
    pem = _certificate_of(kept, device.read) if certificate is None else certificate
    if pem is None:
        raise device.lacks_certificate()
    read = certificates.read(pem)
    return Joined(profile=common.of(_device(read, common.domain), _pem(read)), policy=common.policy)


def user_profile(text: str, certificate: str | None, who: UserName, kept: str | None = None) -> Joined[UserProfile]:
    """A person's profile; one for everybody becomes that of `who`, with the certificate found likewise."""
    common = user.read_any(text)
    if isinstance(common, UserProfile):
        if certificate is not None:
            raise _second(user.NAME, common.user)
        return Joined(profile=common)
    pem = _certificate_of(kept, user.read) if certificate is None else certificate
    if pem is None:
        raise user.lacks_certificate()
    return Joined(profile=common.of(who, _pem(certificates.read(pem))), policy=common.policy)


def _certificate_of(kept: str | None, read: Callable[[str], DeviceProfile | UserProfile]) -> str | None:
    try:
        return None if kept is None else read(kept).certificate
    except DocumentError:
        return None  # of another version, perhaps: a certificate must be named


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
