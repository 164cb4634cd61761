"""The documents themselves: ProfileXML in both dialects, and the messages of a device management server."""

from pathlib import PurePosixPath

from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.delivery import Delivery, Document, Trust
from evertunnel.profiles.vpnv2.syncml import Scope, syncml
from evertunnel.profiles.vpnv2.write import Dialect
from evertunnel.profiles.windows import limits
from evertunnel.profiles.windows.tunnels import WindowsTunnel, tunnels

SCOPES = {Tunnel.DEVICE: Scope.DEVICE, Tunnel.USER: Scope.USER}


def build(plan: Plan, trust: Trust) -> Delivery:
    """For each tunnel a document for every reader.

    NAME.xml is for scripts, NAME.intune.xml for Intune; by NAME.syncml any other server adds the profile, and by
    NAME.replace.syncml it puts the profile in the place of one of the same name.
    """
    documents = [document for each in tunnels(plan, trust) for document in _documents(each)]
    return Delivery(documents=tuple(documents), missing=limits.of_scripts(plan))


def _documents(tunnel: WindowsTunnel) -> tuple[Document, ...]:
    add, replace = (syncml(tunnel.profile, tunnel.name, SCOPES[tunnel.kind], replaces=each) for each in (False, True))
    profiles = {"xml": tunnel.xml(Dialect.WMI), "intune.xml": tunnel.xml(Dialect.INTUNE)}
    contents = {**profiles, "syncml": add, "replace.syncml": replace}
    return tuple(
        Document(path=PurePosixPath(f"{tunnel.kind.value}-tunnel.{suffix}"), content=text.encode())
        for suffix, text in contents.items()
    )
