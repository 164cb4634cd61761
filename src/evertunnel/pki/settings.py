"""What the plan tells the two services of the authority: documents in /etc/evertunnel/pki."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from evertunnel.pki.templates import TemplateName
from evertunnel.values import Fqdn, GroupName, HostName, ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRules:
    """Validity and access list of one template."""

    days: int
    groups: tuple[GroupName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerSettings:
    """signer.json; `server_names` are, for each host that may serve clients, the names they use, the main one first."""

    organisation: str
    domain: Fqdn
    policy_arc: ObjectId
    publication_name: Fqdn
    crl_hours: int
    templates: dict[TemplateName, TemplateRules]
    server_names: dict[HostName, tuple[str, ...]]

    def __post_init__(self) -> None:
        missing = [name.value for name in TemplateName if name not in self.templates]
        if missing:
            raise ValueError(f"templates are missing: {', '.join(missing)}; render the file again")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSettings:
    """publisher.json: where the publisher listens."""

    address: IPv4Address
    port: int
