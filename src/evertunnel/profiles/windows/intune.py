"""Policies for Intune as Microsoft Graph takes them: files, which nothing here pushes.

The custom policies carry the profile whole. Intune's own VPN policies beside them say less; one kind is used.
"""

import base64
import json
from dataclasses import dataclass

from evertunnel.pki.templates import TEMPLATES, TemplateName
from evertunnel.plan.certificates import TemplateSettings
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.delivery import Delivery, Missing, Trust
from evertunnel.profiles.vpnv2.write import Dialect
from evertunnel.profiles.windows import limits
from evertunnel.profiles.windows.powershell import der, files
from evertunnel.profiles.windows.scripts import filled
from evertunnel.profiles.windows.tunnels import WindowsTunnel, tunnels
from evertunnel.profiles.windows.vpn_policy import Json, vpn_policy, without_field
from evertunnel.values import GroupName

# Graph refuses them as they stand: they name what an administrator puts there.
SCEP_URL = "https://REPLACE-WITH-YOUR-SCEP-SERVER/"
ROOT_POLICY = "https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('REPLACE-WITH-ID-OF-ROOT-POLICY')"
GROUP = "REPLACE-WITH-OBJECT-ID-OF {}"

USAGE_NAMES = {"1.3.6.1.5.5.7.3.2": "Client Authentication", "1.3.6.1.5.5.7.3.4": "Secure Email"}
STORES = {Tunnel.DEVICE: "machine", Tunnel.USER: "user"}
SID = {
    "sanType": "universalResourceIdentifier",
    "name": "{{OnPremisesSecurityIdentifier}}",
}  # strong mapping, KB5014754


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy, and whose members get it."""

    file: str
    body: Json
    groups: tuple[GroupName, ...]


def build(plan: Plan, trust: Trust) -> Delivery:
    """The policies, their assignments, and Settings.txt, which says in what order."""
    found = tunnels(plan, trust)
    policies = _policies(plan, trust, found)
    contents = {f"{policy.file}.json": _json(policy.body) for policy in policies}
    contents |= {f"assignments/{policy.file}.json": _json(_assignment(policy.groups)) for policy in policies}
    missing = (*(gap for each in found for gap in without_field(each)), *_of_intune(plan), *limits.everywhere(plan))
    names = {
        "organisation": plan.organisation.name,
        "policies": "\n".join(f"   {policy.file}.json" for policy in policies),
        "missing": limits.as_text(missing),
    }
    contents["Settings.txt"] = filled("intune.txt", names)
    return Delivery(documents=files(contents), missing=missing)


def _policies(plan: Plan, trust: Trust, found: tuple[WindowsTunnel, ...]) -> tuple[Policy, ...]:
    kinds = [each.kind for each in found]
    everybody = tuple(dict.fromkeys(group for kind in kinds for group in _template(plan, kind).groups))
    return (
        Policy(file="1-root", body=_trusted(plan, "root", trust.root, "computerCertStoreRoot"), groups=everybody),
        Policy(
            file="2-issuing",
            body=_trusted(plan, "issuing authority", trust.issuing, "computerCertStoreIntermediate"),
            groups=everybody,
        ),
        *(
            Policy(file=f"3-scep-{kind.value}", body=_scep(plan, kind), groups=_template(plan, kind).groups)
            for kind in kinds
        ),
        *(
            Policy(
                file=f"4-custom-{each.kind.value}", body=_custom(plan, each), groups=_template(plan, each.kind).groups
            )
            for each in found
        ),
        *(
            Policy(
                file=f"instead-of-4-vpn-{each.kind.value}",
                body=vpn_policy(each, _title(plan, f"{each.kind.value} tunnel, VPN policy"), _description(plan)),
                groups=_template(plan, each.kind).groups,
            )
            for each in found
        ),
    )


def _custom(plan: Plan, tunnel: WindowsTunnel) -> Json:
    scope = {Tunnel.DEVICE: "./Device", Tunnel.USER: "./User"}[tunnel.kind]
    setting = {
        "@odata.type": "#microsoft.graph.omaSettingStringXml",
        "displayName": tunnel.name,
        "description": "ProfileXML",
        "omaUri": f"{scope}/Vendor/MSFT/VPNv2/{tunnel.instance_id}/ProfileXML",
        "fileName": f"{tunnel.kind.value}-tunnel.xml",
        "value": _base64(tunnel.xml(Dialect.INTUNE).encode()),
    }
    return {
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": _title(plan, f"{tunnel.kind.value} tunnel"),
        "description": _description(plan),
        "omaSettings": [setting],
    }


def _trusted(plan: Plan, what: str, certificate: str, store: str) -> Json:
    return {
        "@odata.type": "#microsoft.graph.windows81TrustedRootCertificate",
        "displayName": _title(plan, what),
        "description": _description(plan),
        "trustedRootCertificate": _base64(der(certificate)),
        "certFileName": f"{what.replace(' ', '-')}.cer",
        "destinationStore": store,
    }


def _scep(plan: Plan, kind: Tunnel) -> Json:
    names = {
        Tunnel.DEVICE: ("CN={{DeviceName}}", "domainNameService", f"{{{{DeviceName}}}}.{plan.organisation.domain}"),
        Tunnel.USER: ("CN={{UserPrincipalName}}", "userPrincipalName", "{{UserPrincipalName}}"),
    }
    subject, san_type, san = names[kind]
    return {
        "@odata.type": "#microsoft.graph.windows81SCEPCertificateProfile",
        "displayName": _title(plan, f"{kind.value} certificate"),
        "description": _description(plan),
        "renewalThresholdPercentage": 20,
        "keyStorageProvider": "useTpmKspOtherwiseFail",
        "subjectNameFormat": "custom",
        "subjectNameFormatString": subject,
        "customSubjectAlternativeNames": [
            {"@odata.type": "microsoft.graph.customSubjectAlternativeName", **each}
            for each in ({"sanType": san_type, "name": san}, SID)
        ],
        "certificateValidityPeriodValue": _template(plan, kind).days,
        "certificateValidityPeriodScale": "days",
        "extendedKeyUsages": _usages(kind),
        "scepServerUrls": [plan.clients.scep_url or SCEP_URL],
        "keyUsage": "keyEncipherment,digitalSignature",
        "keySize": "size2048",
        "hashAlgorithm": "sha2",
        "certificateStore": STORES[kind],
        "rootCertificate@odata.bind": ROOT_POLICY,
    }


def _usages(kind: Tunnel) -> list[Json]:
    usages = [usage.dotted_string for usage in TEMPLATES[TemplateName(kind.value)].usages]
    return [
        {"@odata.type": "microsoft.graph.extendedKeyUsage", "name": USAGE_NAMES.get(oid, oid), "objectIdentifier": oid}
        for oid in usages
    ]


def _assignment(groups: tuple[GroupName, ...]) -> Json:
    return {
        "assignments": [
            {
                "@odata.type": "#microsoft.graph.deviceConfigurationAssignment",
                "target": {
                    "@odata.type": "#microsoft.graph.groupAssignmentTarget",
                    "groupId": GROUP.format(group),
                },
            }
            for group in groups
        ]
    }


def _of_intune(plan: Plan) -> tuple[Missing, ...]:
    return (
        Missing(
            path="certificates.templates.device",
            what="Intune cannot limit which machine certificate Windows takes; Install-DeviceTunnel.ps1 does it",
        ),
        _of_enrolment(plan),
        Missing(
            path="certificates.templates.device.groups",
            what="Entra ID knows groups by object id: put the ids where the assignments say REPLACE",
        ),
        Missing(
            path="clients.windows",
            what=f"Intune gives the policies to older Windows than {plan.clients.windows}, too; limit them by a filter",
        ),
    )


def _of_enrolment(plan: Plan) -> Missing:
    """Our gateway admits certificates that this authority has issued, and the authority answers no SCEP itself."""
    ours = "the plan's authority answers no SCEP, and our gateway admits its certificates alone"
    if plan.clients.scep_url is not None:
        what = (
            f"{ours}: that server must hand requests on to it; put the root policy's id where the policies say REPLACE"
        )
        return Missing(path="clients.scep_url", what=what)
    return Missing(
        path="clients.scep_url",
        what=f"{ours}; for another gateway, put your SCEP server's address and the root policy's id where the SCEP"
        " policies say REPLACE",
    )


def _template(plan: Plan, kind: Tunnel) -> TemplateSettings:
    templates = plan.certificates.templates
    return templates.device if kind is Tunnel.DEVICE else templates.user


def _title(plan: Plan, what: str) -> str:
    return f"{plan.organisation.name} VPN: {what}"


def _description(plan: Plan) -> str:
    return f"Made from {plan.organisation.name}'s plan by Evertunnel; to change it, change the plan."


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _json(body: Json) -> bytes:
    return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()
