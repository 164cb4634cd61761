"""Two profiles by meaning: what Windows would do otherwise, not how the XML is written.

Not told: the order of elements that have none (routes, filters, name rules, triggers), defaults that one says and the
other leaves out, a server's friendly name that repeats it, a machine method that Windows adds.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from evertunnel.documents import xml
from evertunnel.documents.xml import Element
from evertunnel.profiles.vpnv2.eap import EapHostConfig, EapTls, EapTtls, MsChapV2, OtherEap, Peap
from evertunnel.profiles.vpnv2.model import (
    AppTrigger,
    Authentication,
    DataEncryption,
    Direction,
    DomainName,
    MachineMethod,
    NativeProfile,
    Route,
    TrafficFilter,
    UserMethod,
    VpnProfile,
)
from evertunnel.profiles.vpnv2.nodes import Shape
from evertunnel.profiles.vpnv2.slots import Slot, slots_of
from evertunnel.profiles.vpnv2.values import AddressRange, Server
from evertunnel.profiles.vpnv2.write import write_eap
from evertunnel.values import Secret

# What holds where a profile says nothing (Microsoft: VPNv2 CSP); other booleans are false.
DEFAULTS: Mapping[str, object] = {
    "always_on_active": True,
    "data_encryption": DataEncryption.REQUIRE,
    "private_network": True,
    "use_ras_credentials": True,
    "direction": Direction.OUTBOUND,
    "network_outage_seconds": 0,
    "retry_hours": 168,
}
NO_DEFAULT = frozenset({"enabled"})  # must be said
METHODS = {EapTls: "EAP-TLS", Peap: "PEAP", EapTtls: "EAP-TTLS", MsChapV2: "EAP-MSCHAPv2"}
LONGEST_SHOWN = 200
SECRET = re.compile(r"psk|password|secret", re.IGNORECASE)  # in the name of what was not understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the profiles say differently; None where one says nothing."""

    path: str
    first: str | None
    second: str | None


def compare(first: VpnProfile, second: VpnProfile) -> tuple[Difference, ...]:
    """What differs, in the model's order."""
    return tuple(_inside(_meant(first), _meant(second), ""))


def _meant(profile: VpnProfile) -> VpnProfile:
    native = None if profile.native is None else _meant_native(profile.native)
    return replace(profile, native=native, filters=tuple(map(_meant_filter, profile.filters)))


def _meant_native(native: NativeProfile) -> NativeProfile:
    authentication = native.authentication
    return replace(
        native,
        servers=tuple(map(_meant_server, native.servers)),
        authentication=None if authentication is None else _meant_method(authentication),
    )


def _meant_server(server: Server) -> Server:
    """DNS names have no case, and Windows gives a server its own name for a friendly one."""
    return Server(server.host.lower(), "" if server.friendly == server.host else server.friendly)


def _meant_filter(each: TrafficFilter) -> TrafficFilter:
    ranges = (each.local_addresses, each.remote_addresses)
    local, remote = (tuple(map(_meant_range, addresses)) for addresses in ranges)
    return replace(each, local_addresses=local, remote_addresses=remote)


def _meant_range(each: AddressRange) -> AddressRange:
    """A network of one address is that address."""
    return replace(each, prefix=None) if each.prefix == each.first.max_prefixlen else each


def _meant_method(authentication: Authentication) -> Authentication:
    """Windows writes the machine method Eap beside a user method, where it means nothing."""
    is_echo = authentication.user_method is UserMethod.EAP and authentication.machine_method is MachineMethod.EAP
    return replace(authentication, machine_method=None) if is_echo else authentication


def _inside(first: object, second: object, path: str) -> Iterator[Difference]:
    """Both hold the same class, or one is None."""
    held = first if first is not None else second
    if isinstance(first, EapHostConfig) and isinstance(second, EapHostConfig):
        yield from _methods(first.method, second.method, path)
        return
    for slot in slots_of(type(held)):
        ours, theirs = _value(first, slot), _value(second, slot)
        if ours != theirs:
            yield from _slot(slot, ours, theirs, f"{path}/{slot.node.name}".lstrip("/"))
    if isinstance(held, VpnProfile):
        yield from _left(first, second)


def _methods(first: object, second: object, path: str) -> Iterator[Difference]:
    if type(first) is type(second) and slots_of(type(first)):
        yield from _authors(first, second, f"{path}/EapMethod/AuthorId")
        yield from _inside(first, second, path)
    else:
        yield Difference(path=path, first=_method(first), second=_method(second))


def _authors(first: object, second: object, path: str) -> Iterator[Difference]:
    if isinstance(first, EapTtls) and isinstance(second, EapTtls) and first.author != second.author:
        yield Difference(path=path, first=str(first.author), second=str(second.author))


def _left(first: object, second: object) -> Iterator[Difference]:
    kept = [{(each.path, each.xml) for each in getattr(held, "left", ())} for held in (first, second)]
    for path, source in sorted(kept[0] ^ kept[1]):
        shown = _short(_without_secrets(source))
        ours = (path, source) in kept[0]
        below = path.partition("/")[2]
        yield Difference(path=below or "(profile)", first=shown if ours else None, second=None if ours else shown)


def _without_secrets(kept: str) -> str:
    """XML that was not understood: a key at the wrong place, or twice, is a key all the same."""
    root = xml.parse(kept)
    return xml.rebuilt(_masked(root)) if _holds_secret(root) else kept


def _holds_secret(element: Element) -> bool:
    names = (element.name, *element.attributes)
    return any(map(SECRET.search, names)) or any(map(_holds_secret, element.children))


def _masked(element: Element) -> Element:
    attributes = {name: "a secret" if SECRET.search(name) else text for name, text in element.attributes.items()}
    if SECRET.search(element.name):
        return replace(element, attributes=attributes, children=(), text="a secret")
    return replace(element, attributes=attributes, children=tuple(map(_masked, element.children)))


def _value(holder: object, slot: Slot) -> object:
    held = None if holder is None else getattr(holder, slot.field)
    if isinstance(held, tuple):
        return held or None
    default = DEFAULTS.get(slot.field, False if slot.field not in NO_DEFAULT else None)
    # 0 is no False here: a metric of 0 is said.
    return None if held is default or (slot.field in DEFAULTS and held == default) else held


def _slot(slot: Slot, ours: object, theirs: object, path: str) -> Iterator[Difference]:
    if slot.many and slot.node.shape is Shape.ELEMENT and slot.leaf is None:
        yield from _rows(ours, theirs, path)
    elif slot.leaf is not None:
        first, second = (_leaf(slot, each) for each in (ours, theirs))
        if first != second or isinstance(ours, Secret):
            yield Difference(path=path, first=first, second=second)
    else:
        yield from _classes(ours, theirs, path)


def _classes(ours: object, theirs: object, path: str) -> Iterator[Difference]:
    if isinstance(ours or theirs, EapHostConfig) and (ours is None or theirs is None):
        yield Difference(path=path, first=_block(ours), second=_block(theirs))
    elif ours is not None and theirs is not None and type(ours) is not type(theirs):
        yield Difference(path=path, first=_method(ours), second=_method(theirs))
    else:
        yield from _inside(ours, theirs, path)


def _rows(ours: object, theirs: object, path: str) -> Iterator[Difference]:
    """Rows are told apart by what they are about; of two about the same the first counts first."""
    first, second = (_by_key(each if isinstance(each, tuple) else ()) for each in (ours, theirs))
    for key, number in dict.fromkeys((*first, *second)):
        ours, theirs = first.get((key, number)), second.get((key, number))
        here = f"{path}[{key}]" if number == 1 else f"{path}[{key} ({number})]"
        if ours is not None and theirs is not None:
            yield from _inside(ours, theirs, here)
        else:
            one, other = (None if row is None else _said(row) for row in (ours, theirs))
            yield Difference(path=here, first=one, second=other)


def _by_key(rows: tuple[object, ...]) -> dict[tuple[str, int], object]:
    """The rows by what they are about and how many of that there were: a file may be made of the same row."""
    counted: Counter[str] = Counter()
    found: dict[tuple[str, int], object] = {}
    for row in rows:
        key = _key(row)
        counted[key] += 1
        found[key, counted[key]] = row
    return found


def _key(row: object) -> str:
    match row:
        case Route():
            return f"{row.address}/{row.prefix}"
        case DomainName():
            return str(row.name)
        case AppTrigger():
            return str(row.app)
        case _:
            return _said(row)


def _said(row: object) -> str:
    """A row by all that it says."""
    held = [(slot, _value(row, slot)) for slot in slots_of(type(row))]
    return " ".join(f"{slot.node.name}={_leaf(slot, value)}" for slot, value in held if value is not None)


def _leaf(slot: Slot, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Secret):
        return "a secret"
    write = slot.leaf.write if slot.leaf else str
    return _short(slot.node.separator.join(write(each) for each in value) if isinstance(value, tuple) else write(value))


def _block(eap: object) -> str | None:
    return _short(write_eap(eap)) if isinstance(eap, EapHostConfig) else None


def _method(method: object) -> str:
    match method:
        case OtherEap():
            return f"EAP method {method.number}"
        case _:
            return METHODS[type(method)]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}..."
