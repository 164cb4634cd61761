"""Group Policy: a start-up script that puts the device tunnel there, and a task that adds the user tunnel at log-on.

A log-on script of Group Policy runs with the person's own rights, and Windows lets nobody write a profile with those.
"""

from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Delivery, Missing, Trust
from evertunnel.profiles.windows import limits
from evertunnel.profiles.windows.powershell import INSTALL, REMOVE, files, install_script, remove_script
from evertunnel.profiles.windows.scripts import filled, script
from evertunnel.profiles.windows.tunnels import tunnels

STARTUP = "Start-Evertunnel.ps1"
LONGEST_SETTING = 1023  # characters in one setting of Group Policy


def build(plan: Plan, trust: Trust) -> Delivery:
    """The folder of the start-up script, the removal, and Settings.txt."""
    found = tunnels(plan, trust)
    contents = {f"startup/{INSTALL[each.kind]}": install_script(each, trust) for each in found}
    contents[f"startup/{STARTUP}"] = script("startup.ps1", {})
    contents[REMOVE] = remove_script(found)
    missing = (*limits.of_scripts(plan), *_of_policies(plan))
    names = {
        "organisation": plan.organisation.name,
        "device_groups": ", ".join(plan.certificates.templates.device.groups),
        "startup_script": STARTUP,
        "remove_script": REMOVE,
        "missing": limits.as_text(missing),
    }
    contents["Settings.txt"] = filled("group-policy.txt", names)
    return Delivery(documents=files(contents), missing=missing)


def _of_policies(plan: Plan) -> tuple[Missing, ...]:
    if plan.user_tunnel is None:
        return ()
    return (
        Missing(
            path="certificates.templates.user.groups",
            what="whoever logs on at a client of the policy gets the user tunnel's profile, in the group or not;"
            " without a certificate it opens nothing",
        ),
    )
