"""The five templates: what a certificate of each may be used for. Who may have one, and how long, the plan says."""

from dataclasses import dataclass
from enum import Enum

from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from evertunnel.values import ObjectId

IKE_INTERMEDIATE = ObjectIdentifier("1.3.6.1.5.5.8.2.2")
ENCRYPTING_FILE_SYSTEM = ObjectIdentifier("1.3.6.1.4.1.311.10.3.4")


class TemplateName(Enum):
    """The templates by name, in the order of their policy OIDs."""

    DEVICE = "device"
    VPN_SERVER = "vpn-server"
    NPS_SERVER = "nps-server"
    USER = "user"
    MAIL = "mail"

    def __str__(self) -> str:
        return self.value


class NameRule(Enum):
    """Where a certificate's names come from."""

    FROM_DIRECTORY_DNS = "the principal's DNS name"
    FROM_DIRECTORY_UPN = "the principal's user principal name"
    FROM_DIRECTORY_MAIL = "the principal's mail address"
    SUPPLIED_IN_REQUEST = "the request, within what the plan allows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template; all have RSA keys of at least 2048 bits and key usage 0xA0, as Windows' own templates do."""

    name: TemplateName
    number: int
    usages: tuple[ObjectIdentifier, ...]
    names: NameRule

    def policy(self, arc: ObjectId) -> ObjectId:
        """The policy OID that tells certificates of this template from all others."""
        return ObjectId(f"{arc}.{self.number}")


TEMPLATES = {
    template.name: template
    for template in (
        Template(
            name=TemplateName.DEVICE,
            number=1,
            usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
            names=NameRule.FROM_DIRECTORY_DNS,
        ),
        Template(
            name=TemplateName.VPN_SERVER,
            number=2,
            # Windows takes the certificate that carries both of the first two; without that, IKEv2 can fail with 13801.
            usages=(ExtendedKeyUsageOID.SERVER_AUTH, IKE_INTERMEDIATE, ExtendedKeyUsageOID.CLIENT_AUTH),
            names=NameRule.SUPPLIED_IN_REQUEST,
        ),
        Template(
            name=TemplateName.NPS_SERVER,
            number=3,
            usages=(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
            names=NameRule.FROM_DIRECTORY_DNS,
        ),
        Template(
            name=TemplateName.USER,
            number=4,
            usages=(ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION, ENCRYPTING_FILE_SYSTEM),
            names=NameRule.FROM_DIRECTORY_UPN,
        ),
        Template(
            name=TemplateName.MAIL,
            number=5,
            usages=(ExtendedKeyUsageOID.EMAIL_PROTECTION,),
            names=NameRule.FROM_DIRECTORY_MAIL,
        ),
    )
}
