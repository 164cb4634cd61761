"""Where each known element belongs: for telling one at the wrong level from one that nobody knows."""

import difflib
import functools
from collections.abc import Iterator, Mapping

from evertunnel.profiles.vpnv2.eap import EapHostConfig, EapTls, EapTtls, MsChapV2, Peap
from evertunnel.profiles.vpnv2.model import VpnProfile
from evertunnel.profiles.vpnv2.slots import slots_of

# Nodes that Windows shows or keeps for itself, by the element around them: known, and of no use in a profile.
RESERVED = frozenset(
    {("App", "Type"), ("DomainNameInformation", "DomainNameType"), ("Eap", "Type"), ("Authentication", "Certificate")}
)
LONGEST_NAME = 64
ALIKE = 0.75
METHODS = {EapTls: "EapType of EAP-TLS", Peap: "EapType of PEAP", EapTtls: "EapTtls", MsChapV2: "EapType of MSCHAPv2"}


def homes(name: str) -> tuple[str, ...]:
    """The elements that an element of this name belongs in; empty where none is known."""
    return _homes().get(name.lower(), ())


def is_reserved(path: str, name: str) -> bool:
    """Whether an element is one of the tree's own that a profile does not set."""
    around = path.rpartition("/")[2].partition("[")[0]
    return (around, name) in RESERVED


def nearest(name: str) -> str:
    """The known element whose name is most like it; empty where none is like it."""
    found = difflib.get_close_matches(name[:LONGEST_NAME].lower(), _names(), n=1, cutoff=ALIKE)
    return _names()[found[0]] if found else ""


@functools.cache
def _names() -> Mapping[str, str]:
    """Every element's name by how it is written in lower case."""
    return {slot.node.name.lower(): slot.node.name for kind in _kinds(VpnProfile) for slot in slots_of(kind)}


def _kinds(kind: type) -> Iterator[type]:
    yield kind
    for slot in slots_of(kind):
        if slot.inside is not None and slot.inside is not EapHostConfig:
            yield from _kinds(slot.inside)


@functools.cache
def _homes() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    _walk(VpnProfile, "VPNProfile", found)
    for method, title in METHODS.items():
        _walk(method, title, found)
    return {name: tuple(dict.fromkeys(places)) for name, places in found.items()}


def _walk(kind: type, title: str, found: dict[str, list[str]]) -> None:
    for slot in slots_of(kind):
        for name in (slot.node.name, *slot.node.spellings):
            found.setdefault(name.lower(), []).append(title)
        if slot.inside is not None and slot.inside is not EapHostConfig:
            _walk(slot.inside, slot.node.name, found)
