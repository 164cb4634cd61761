"""Scripts for Windows PowerShell 5.1: one for each tunnel, and one that takes both away."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.pki.templates import TEMPLATES, TemplateName
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.delivery import Delivery, Document, Missing, Trust
from evertunnel.profiles.vpnv2.write import Dialect
from evertunnel.profiles.windows import limits
from evertunnel.profiles.windows.releases import BUILDS
from evertunnel.profiles.windows.scripts import Value, expression, script
from evertunnel.profiles.windows.tunnels import WindowsTunnel, tunnels

INSTALL = {Tunnel.DEVICE: "Install-DeviceTunnel.ps1", Tunnel.USER: "Install-UserTunnel.ps1"}
REMOVE = "Remove-Tunnels.ps1"


def build(plan: Plan, trust: Trust) -> Delivery:
    """The scripts, to be run by hand or by any tool that runs scripts as SYSTEM."""
    found = tunnels(plan, trust)
    scripts = {INSTALL[each.kind]: install_script(each, trust) for each in found} | {REMOVE: remove_script(found)}
    who = Missing(
        path="certificates.templates.device.groups",
        what="scripts do not look at groups: a client on which one is run gets the tunnel",
    )
    return Delivery(documents=files(scripts), missing=(*limits.of_scripts(plan), who))


def files(contents: Mapping[str, bytes]) -> tuple[Document, ...]:
    """Documents in the order of their paths."""
    return tuple(Document(path=PurePosixPath(path), content=contents[path]) for path in sorted(contents))


def install_script(tunnel: WindowsTunnel, trust: Trust) -> bytes:
    """The script that puts a tunnel on a client."""
    values = install_values(tunnel, trust)
    return script(f"{tunnel.kind.value}.ps1", {**values, "Fingerprint": fingerprint(values)})


def remove_script(found: tuple[WindowsTunnel, ...]) -> bytes:
    """The script that takes the tunnels away."""
    names = {each.kind: each for each in found}
    device, user = names[Tunnel.DEVICE], names.get(Tunnel.USER)
    values = {
        "DeviceName": device.name,
        "DeviceInstanceId": device.instance_id,
        "UserName": user.name if user else "",
        "UserInstanceId": user.instance_id if user else "",
    }
    return script("remove.ps1", values)


def install_values(tunnel: WindowsTunnel, trust: Trust) -> dict[str, Value]:
    """What the script of a tunnel says of it."""
    common: dict[str, Value] = {
        "TunnelName": tunnel.name,
        "InstanceId": tunnel.instance_id,
        "Gateway": tunnel.gateway(),
        "MinimumBuild": BUILDS[tunnel.release],
        "MinimumRelease": str(tunnel.release),
    }
    return {**common, **_of_device(tunnel, trust), "ProfileXml": tunnel.xml(Dialect.WMI)}


def fingerprint(values: Mapping[str, Value]) -> str:
    """Other for other values: by it a client knows that it has what this script would put there."""
    text = "".join(f"{name}={expression(value)}\n" for name, value in sorted(values.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def der(certificate: str) -> bytes:
    """A certificate as Windows' files and stores hold it."""
    return x509.load_pem_x509_certificate(certificate.encode()).public_bytes(Encoding.DER)


def _of_device(tunnel: WindowsTunnel, trust: Trust) -> dict[str, Value]:
    if tunnel.kind is not Tunnel.DEVICE:
        return {}
    return {
        "CertificateUsages": tuple(usage.dotted_string for usage in TEMPLATES[TemplateName.DEVICE].usages),
        "Authorities": {"Root": _base64(trust.root), "Issuing": _base64(trust.issuing)},
        "IPsecPolicy": tunnel.ipsec_policy(),
    }


def _base64(certificate: str) -> str:
    return base64.b64encode(der(certificate)).decode()
