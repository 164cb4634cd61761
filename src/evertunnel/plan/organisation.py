"""Who the plan is for."""

from dataclasses import dataclass

from evertunnel.plan.settings import setting
from evertunnel.values import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The organisation and its two DNS zones (Microsoft's examples: corp.contoso.com and contoso.com)."""

    name: str = setting("The organisation's name, as it stands in certificates.")
    domain: Fqdn = setting("The internal DNS zone, like corp.contoso.com.")
    public_domain: Fqdn = setting("The public DNS zone, like contoso.com; the gateway's public name lies in it.")
    time_zone: str = setting("The time zone of the hours in network policies, like Europe/Berlin.", default="UTC")
