"""The certification authority and its templates (AD CS)."""

from dataclasses import dataclass

from evertunnel.plan.settings import setting
from evertunnel.values import Fqdn, GroupName, ObjectId

PUBLISHER_PORT = 80  # where CRLs and CA certificates are served


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSettings:
    """What a plan may say of one template; what the template itself is, pki/templates.py says."""

    days: int = setting("Validity of its certificates in days.", minimum=1, maximum=1825)
    groups: tuple[GroupName, ...] = setting("The groups whose members may have one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The five templates; each stamps its own policy OID (arc, then its number)."""

    device: TemplateSettings = setting("Device tunnel: machine certificate of a device.")
    vpn_server: TemplateSettings = setting("VPN Server Authentication: the gateway.")
    nps_server: TemplateSettings = setting("NPS Server Authentication: the RADIUS server.")
    user: TemplateSettings = setting("VPN User Authentication.")
    mail: TemplateSettings = setting("Secure e-mail; never good for a tunnel.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Root and issuing authority."""

    root_name: str = setting("Common name of the root authority.")
    issuing_name: str = setting("Common name of the issuing authority.")
    policy_arc: ObjectId = setting(
        "Arc under which each template has its policy OID; your own, from IANA or your registry."
    )
    publication_name: Fqdn = setting("DNS name under which the publisher serves CRLs and CA certificates over HTTP.")
    root_years: int = setting("Validity of the root.", default=20, minimum=2, maximum=30)
    issuing_years: int = setting("Validity of the issuing authority.", default=10, minimum=1, maximum=20)
    crl_hours: int = setting(
        "Validity of the issuing authority's CRL; renewed at half of it.", default=168, minimum=2, maximum=2160
    )
    root_crl_days: int = setting(
        "Validity of the root's CRL, renewed by hand with the root's key.", default=365, minimum=30, maximum=1095
    )
    crl_fetch_seconds: int = setting("How often a gateway fetches both CRLs.", default=300, minimum=30, maximum=86400)
    templates: Templates = setting("Validity and access list of each template.")
