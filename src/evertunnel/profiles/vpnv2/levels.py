"""Where each known element belongs: for telling one at the wrong level from one that nobody knows."""

import functools
from collections.abc import Mapping

from evertunnel.profiles.vpnv2.eap import EapHostConfig, EapTls, EapTtls, MsChapV2, Peap
from evertunnel.profiles.vpnv2.model import VpnProfile
from evertunnel.profiles.vpnv2.slots import slots_of

METHODS = {EapTls: "EapType of EAP-TLS", Peap: "EapType of PEAP", EapTtls: "EapTtls", MsChapV2: "EapType of MSCHAPv2"}


def homes(name: str) -> tuple[str, ...]:
    """The elements that an element of this name belongs in; empty where none is known."""
    return _homes().get(name.lower(), ())


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
