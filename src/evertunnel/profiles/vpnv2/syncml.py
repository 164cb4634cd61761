"""A profile as the messages of a device management server: the VPNv2 tree, node by node, in one Atomic (OMA DM 1.2)."""

from collections.abc import Iterator
from enum import Enum
from urllib.parse import quote
from xml.sax.saxutils import escape

from evertunnel.profiles.vpnv2.eap import EapHostConfig
from evertunnel.profiles.vpnv2.model import Left, VpnProfile
from evertunnel.profiles.vpnv2.nodes import Shape
from evertunnel.profiles.vpnv2.slots import Slot, slots_of
from evertunnel.profiles.vpnv2.write import write_eap

# Elements that repeat in the XML are rows of a list in the tree, numbered from 0 without gaps.
LISTS = {
    "AppTrigger": "AppTriggerList",
    "DomainNameInformation": "DomainNameInformationList",
    "TrafficFilter": "TrafficFilterList",
    "Route": "RouteList",
    "NativeProtocol": "NativeProtocolList",
}


class Scope(Enum):
    """Whose profile it is; device tunnel and lockdown are the device's."""

    USER = "./User"
    DEVICE = "./Device"


def syncml(profile: VpnProfile, name: str, scope: Scope, *, replaces: bool = False) -> str:
    """One SyncML document: the profile of this name is added, or nothing happens at all.

    Windows changes no profile in place: one that `replaces` another deletes that first, in the same Atomic, which fails
    where there is none (OMA DM: 404). What a reader kept without understanding it has no node, and is not in it,
    unless it stands in the EAP block, which is one node.
    """
    root = f"{scope.value}/Vendor/MSFT/VPNv2/{quote(name, safe='')}"
    deleted = [_delete(2, root)] if replaces else []
    added = enumerate(nodes(profile, root), start=2 + len(deleted))
    commands = [*deleted, *(_add(number, uri, kind, text) for number, (uri, kind, text) in added)]
    inside = "".join(f"      {line}\n" for command in commands for line in command)
    return (
        '<SyncML xmlns="SYNCML:SYNCML1.2">\n  <SyncBody>\n    <Atomic>\n      <CmdID>1</CmdID>\n'
        f"{inside}    </Atomic>\n    <Final />\n  </SyncBody>\n</SyncML>\n"
    )


def nodes(profile: VpnProfile, root: str) -> Iterator[tuple[str, str, str]]:
    """The nodes of the tree in the model's order: location, format (chr, int, bool), data."""
    for slot in slots_of(VpnProfile):
        # The profile's name is the name of its node.
        if slot.field != "name":
            yield from _slot(slot, getattr(profile, slot.field), root, profile.left)


def _slot(slot: Slot, held: object, root: str, left: tuple[Left, ...]) -> Iterator[tuple[str, str, str]]:
    if held is None or held == ():
        return
    uri = f"{root}/{slot.node.name}"
    if slot.node.shape is Shape.LIST and slot.leaf and isinstance(held, tuple):
        yield uri, "chr", slot.node.separator.join(slot.leaf.write(each) for each in held)
    elif isinstance(held, tuple):
        for number, each in enumerate(held):
            yield from _one(slot, each, f"{root}/{LISTS[slot.node.name]}/{number}", left)
    else:
        yield from _one(slot, held, uri, left)


def _one(slot: Slot, held: object, uri: str, left: tuple[Left, ...]) -> Iterator[tuple[str, str, str]]:
    inner = f"{uri}/{slot.node.wraps}" if slot.node.wraps else uri
    if isinstance(held, EapHostConfig):
        yield inner, "chr", write_eap(held, left)
    elif slot.leaf:
        yield inner, _format(held), slot.leaf.write(held)
    else:
        for below in slots_of(type(held)):
            yield from _slot(below, getattr(held, below.field), uri, left)


def _format(held: object) -> str:
    if isinstance(held, bool):
        return "bool"
    return "int" if isinstance(held, int) else "chr"


def _delete(number: int, uri: str) -> Iterator[str]:
    yield "<Delete>"
    yield f"  <CmdID>{number}</CmdID>"
    yield f"  <Item><Target><LocURI>{escape(uri)}</LocURI></Target></Item>"
    yield "</Delete>"


def _add(number: int, uri: str, kind: str, text: str) -> Iterator[str]:
    yield "<Add>"
    yield f"  <CmdID>{number}</CmdID>"
    yield "  <Item>"
    yield f"    <Target><LocURI>{escape(uri)}</LocURI></Target>"
    yield f'    <Meta><Format xmlns="syncml:metinf">{kind}</Format></Meta>'
    yield f"    <Data>{escape(text, {chr(13): '&#13;'})}</Data>"
    yield "  </Item>"
    yield "</Add>"
