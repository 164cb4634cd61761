"""A profile as text: the same octets for the same profile, in the order of the model."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from xml.sax.saxutils import escape, quoteattr

from evertunnel.documents import xml
from evertunnel.profiles.vpnv2.eap import (
    BASE,
    COMMON,
    HOST_CONFIG,
    MSCHAPV2_1,
    PEAP_1,
    TLS_1,
    TTLS_1,
    EapHostConfig,
    EapTls,
    EapTtls,
    EapType,
    MsChapV2,
    OtherEap,
    Peap,
    number_of,
)
from evertunnel.profiles.vpnv2.model import Authentication, Left, MachineMethod, NativeProfile, UserMethod, VpnProfile
from evertunnel.profiles.vpnv2.nodes import Shape
from evertunnel.profiles.vpnv2.slots import Slot, attributes_of, slots_of
from evertunnel.profiles.vpnv2.values import Thumbprint

INDENT = "  "
EAP = "EapHostConfig"
RETURN = {"\r": "&#13;"}
MEANING = re.compile(r"[&<>\r]")
NUMBERED = ("Type", "VendorId", "VendorType", "AuthorId")
NUMBERS = {EapTls: EapType.TLS, Peap: EapType.PEAP, EapTtls: EapType.TTLS, MsChapV2: EapType.MSCHAPV2}
NAMESPACES = {EapTls: TLS_1, Peap: PEAP_1, MsChapV2: MSCHAPV2_1}

# What Windows 11 gives back stands in this order, and Intune sets a profile again and again that is in another:
# reported from the field, with published profiles that keep it (R. Hicks).
INTUNE_ORDER: Mapping[type, tuple[str, ...]] = {
    VpnProfile: (
        *("name", "edp_mode", "remember_credentials", "always_on", "device_tunnel", "lockdown", "dns_suffixes"),
        *("trusted_networks", "no_advanced_button", "no_disconnect_button", "proxy", "bypass_for_local", "compliance"),
        *("native", "plugin", "routes", "app_triggers", "filters", "names", "register_dns", "network_outage_seconds"),
        *("ipv4_metric", "ipv6_metric", "use_ras_credentials", "data_encryption", "private_network"),
        *("no_ikev2_fragmentation",),
    ),
    NativeProfile: (
        *("servers", "routing", "protocol", "protocols", "l2tp_key", "authentication", "cryptography"),
        *("no_class_route", "routes_of_gateway"),
    ),
}


class Dialect(Enum):
    """For whom the XML is: the bridge that scripts use, or Intune, which compares it with what Windows gives back."""

    WMI = "wmi"
    INTUNE = "intune"


def write(profile: VpnProfile, dialect: Dialect = Dialect.WMI) -> str:
    """The XML, without a declaration, lines ending in newlines."""
    is_intune = dialect is Dialect.INTUNE
    writer = _Writer(profile, INTUNE_ORDER if is_intune else {})
    writer.element("VPNProfile", as_windows_echoes(profile) if is_intune else profile, ("", ""), "VPNProfile", 0)
    return writer.text()


def as_windows_echoes(profile: VpnProfile) -> VpnProfile:
    """The same profile with what Windows adds when it gives one back: a friendly name per server, a machine method."""
    native = profile.native
    if native is None:
        return profile
    servers = tuple(replace(each, friendly=each.friendly or each.host) for each in native.servers)
    return replace(profile, native=replace(native, servers=servers, authentication=_echoed(native.authentication)))


def write_eap(eap: EapHostConfig, left: tuple[Left, ...] = ()) -> str:
    """An EAP block alone, as scripts and other clients take it, with what was kept unread of it in its profile."""
    parts = [(each.xml, f"/{each.path}".partition(f"/{EAP}")) for each in left]
    inside = tuple(Left(path=EAP + below, xml=kept) for kept, (_, found, below) in parts if found)
    writer = _Writer(VpnProfile(left=inside), {})
    writer.eap(eap, "", EAP, 0)
    return writer.text()


def _echoed(authentication: Authentication | None) -> Authentication | None:
    if authentication is None or authentication.user_method is not UserMethod.EAP or authentication.machine_method:
        return authentication
    return replace(authentication, machine_method=MachineMethod.EAP)


class _Writer:
    """One writing: what was kept unread goes back to where it stood, behind what is known there."""

    def __init__(self, profile: VpnProfile, order: Mapping[type, tuple[str, ...]]) -> None:
        self._order = order
        self._lines: list[str] = []
        self._left: dict[str, list[str]] = {}
        for each in profile.left:
            self._left.setdefault(each.path, []).append(each.xml)

    def text(self) -> str:
        """What was written."""
        return "".join(f"{line}\n" for line in self._lines)

    def element(self, name: str, value: object, namespaces: tuple[str, str], path: str, depth: int) -> None:
        """An element that holds others; `namespaces` are the one around it and its own."""
        outer, namespace = namespaces
        with self._around(name, f"{_declared(namespace, outer)}{_attributes(value)}", path, depth):
            for slot in self._slots(type(value)):
                held = getattr(value, slot.field)
                if held is not None and held != () and slot.node.shape is not Shape.ATTRIBUTE:
                    self._slot(slot, held, namespace, path, depth + 1)
                elif slot.node.always:
                    self._leaf(slot.node.name, "", None, namespace, depth + 1)

    def eap(self, eap: EapHostConfig, outer: str, path: str, depth: int) -> None:
        """An EapHostConfig."""
        with self._around(EAP, _declared(HOST_CONFIG, outer), path, depth):
            with self._around("EapMethod", "", f"{path}/EapMethod", depth + 1):
                for name, number in zip(NUMBERED, _numbers(eap.method), strict=True):
                    if number or not self._is_kept_unread(name, f"{path}/EapMethod"):
                        self._leaf(name, str(number), COMMON, HOST_CONFIG, depth + 2)
            config = f"{path}/Config"
            with self._around("Config", "", config, depth + 1):
                self._config(eap.method, config, depth + 2)

    def _is_kept_unread(self, name: str, path: str) -> bool:
        """Whether a number of a method was kept because it is none: then it stands for itself."""
        kept = map(xml.parse, self._left.get(path, ()))
        return any(each.name == name and number_of(each.text) is None for each in kept)

    def _slots(self, kind: type) -> tuple[Slot, ...]:
        order = self._order.get(kind)
        if order is None:
            return slots_of(kind)
        place = {field: number for number, field in enumerate(order)}
        return tuple(sorted(slots_of(kind), key=lambda slot: place.get(slot.field, len(place))))

    def _slot(self, slot: Slot, held: object, outer: str, path: str, depth: int) -> None:
        """One field: an element, one for each member, or one whose text holds the members."""
        if not isinstance(held, tuple):
            self._one(slot, held, outer, f"{path}/{slot.node.name}", depth)
        elif slot.node.shape is Shape.LIST and slot.leaf:
            joined = slot.node.separator.join(map(slot.leaf.write, held))
            self._leaf(slot.node.name, joined, slot.node.namespace, outer, depth)
        else:
            for number, each in enumerate(held, start=1):
                self._one(slot, each, outer, step(path, slot.node.name, number), depth)

    def _one(self, slot: Slot, held: object, outer: str, path: str, depth: int) -> None:
        node = slot.node
        namespace = outer if node.namespace is None else node.namespace
        if node.wraps:
            with self._around(node.name, _declared(namespace, outer), path, depth):
                self._inner(slot, held, namespace, f"{path}/{node.wraps}", depth + 1)
        elif slot.leaf:
            text = held.pairs if isinstance(held, Thumbprint) else slot.leaf.write(held)
            self._leaf(node.name, text, node.namespace, outer, depth)
        elif isinstance(held, EapHostConfig):
            self.eap(held, outer, path, depth)
        elif isinstance(held, (EapTls, MsChapV2)) and slot.inside is None:
            self._base(held, outer, path, depth)
        else:
            self.element(node.name, held, (outer, namespace), path, depth)

    def _inner(self, slot: Slot, held: object, namespace: str, path: str, depth: int) -> None:
        """The one element that another is there to hold: an app's Id, an EAP block's Configuration."""
        if isinstance(held, EapHostConfig):
            with self._around(slot.node.wraps, "", path, depth):
                self.eap(held, namespace, f"{path}/{EAP}", depth + 1)
        elif slot.leaf:
            self._leaf(slot.node.wraps, slot.leaf.write(held), None, namespace, depth)

    def _config(self, method: object, path: str, depth: int) -> None:
        match method:
            case OtherEap(config=""):
                return
            case OtherEap():
                self._lines.append(INDENT * depth + method.config)
            case EapTtls():
                self.element("EapTtls", method, (HOST_CONFIG, TTLS_1), f"{path}/EapTtls", depth)
            case _:
                self._base(method, HOST_CONFIG, f"{path}/Eap", depth)

    def _base(self, method: object, outer: str, path: str, depth: int) -> None:
        """The frame that Microsoft's own methods stand in: number, then settings."""
        kind = type(method)
        with self._around("Eap", _declared(BASE, outer), path, depth):
            self._leaf("Type", str(NUMBERS[kind].value), None, BASE, depth + 1)
            self.element("EapType", method, (BASE, NAMESPACES[kind]), f"{path}/EapType", depth + 1)

    @contextmanager
    def _around(self, name: str, attributes: str, path: str, depth: int) -> Iterator[None]:
        """The tags around what is written meanwhile, and around what was kept there; one tag where that is nothing."""
        indent, place = INDENT * depth, len(self._lines)
        self._lines.append(f"{indent}<{name}{attributes}>")
        yield
        self._lines += [INDENT + indent + kept for kept in self._left.get(path, ())]
        if len(self._lines) == place + 1:
            self._lines[place] = f"{indent}<{name}{attributes} />"
        else:
            self._lines.append(f"{indent}</{name}>")

    def _leaf(self, name: str, text: str, namespace: str | None, outer: str, depth: int) -> None:
        declared = "" if namespace is None else _declared(namespace, outer)
        # A carriage return would come back as a newline (XML 1.0, 2.11).
        self._lines.append(f"{INDENT * depth}<{name}{declared}>{_escaped(text)}</{name}>")


def step(path: str, name: str, number: int) -> str:
    """The path of an element: numbered from the second of its name on."""
    return f"{path}/{name}" if number == 1 else f"{path}/{name}[{number}]"


def _numbers(method: object) -> tuple[int, int, int, int]:
    if isinstance(method, OtherEap):
        return method.number, method.vendor, method.vendor_type, method.author
    return NUMBERS[type(method)].value, 0, 0, method.author if isinstance(method, EapTtls) else 0


def _declared(namespace: str, outer: str) -> str:
    return "" if namespace == outer else f" xmlns={quoteattr(namespace)}"


def _escaped(text: str) -> str:
    return escape(text, RETURN) if MEANING.search(text) else text


def _attributes(value: object) -> str:
    held = [(slot, getattr(value, slot.field)) for slot in attributes_of(type(value))]
    return "".join(
        f" {slot.node.name}={quoteattr(slot.leaf.write(each))}" for slot, each in held if slot.leaf and each is not None
    )
