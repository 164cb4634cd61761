"""A package for Configuration Manager: the scripts, what detects them, and the settings to enter."""

from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.delivery import Delivery, Missing, Trust
from evertunnel.profiles.windows import limits
from evertunnel.profiles.windows.powershell import (
    INSTALL,
    REMOVE,
    files,
    fingerprint,
    install_script,
    install_values,
    remove_script,
)
from evertunnel.profiles.windows.scripts import Value, filled, script
from evertunnel.profiles.windows.tunnels import WindowsTunnel, tunnels

DETECT = {Tunnel.DEVICE: "Detect-DeviceTunnel.ps1", Tunnel.USER: "Detect-UserTunnel.ps1"}


def build(plan: Plan, trust: Trust) -> Delivery:
    """The package folder, detection scripts beside it, and Settings.txt."""
    found = tunnels(plan, trust)
    contents = {f"package/{INSTALL[each.kind]}": install_script(each, trust) for each in found}
    contents |= {f"detection/{DETECT[each.kind]}": detect_script(each, trust) for each in found}
    contents[f"package/{REMOVE}"] = remove_script(found)
    missing = (*limits.of_scripts(plan), *_of_console(plan))
    contents["Settings.txt"] = _settings(plan, found, missing)
    return Delivery(documents=files(contents), missing=missing)


def detect_script(tunnel: WindowsTunnel, trust: Trust) -> bytes:
    """The script that says whether a client has the tunnel as the install script of this build puts it there."""
    values: dict[str, Value] = {
        "TunnelName": tunnel.name,
        "InstanceId": tunnel.instance_id,
        "IsDevice": tunnel.kind is Tunnel.DEVICE,
        "Gateway": tunnel.gateway(),
        "Fingerprint": fingerprint(install_values(tunnel, trust)),
    }
    return script("detect.ps1", values)


def _of_console(plan: Plan) -> tuple[Missing, ...]:
    groups = Missing(
        path="certificates.templates.device.groups",
        what="collections are made by hand in the console; Settings.txt names the groups",
    )
    late = Missing(
        path="user_tunnel",
        what="the package's program runs once for each user: a later profile comes by the application, or by deploying"
        " again",
    )
    return (groups, *((late,) if plan.user_tunnel else ()))


def _settings(plan: Plan, found: tuple[WindowsTunnel, ...], missing: tuple[Missing, ...]) -> bytes:
    names = {
        "organisation": plan.organisation.name,
        "domain": str(plan.organisation.domain),
        "release": str(found[0].release),
        "device_groups": ", ".join(plan.certificates.templates.device.groups),
        "user_groups": ", ".join(plan.certificates.templates.user.groups) if plan.user_tunnel else "none",
        "device_program": f"{INSTALL[Tunnel.DEVICE]} (device tunnel)",
        "device_script": INSTALL[Tunnel.DEVICE],
        "user_script": INSTALL[Tunnel.USER],
        "remove_script": REMOVE,
        "device_detection": f"detection/{DETECT[Tunnel.DEVICE]}",
        "user_detection": f"detection/{DETECT[Tunnel.USER]}",
    }
    parts = {"user_program": "sccm-user-program.txt", "user_application": "sccm-user-application.txt"}
    texts = {name: filled(part, names).decode() if plan.user_tunnel else "" for name, part in parts.items()}
    return filled("sccm.txt", names | texts | {"missing": limits.as_text(missing)})
