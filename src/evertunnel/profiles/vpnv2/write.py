"""A profile as text: the same octets for the same profile, in the order of the model."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from xml.sax.saxutils import escape, quoteattr

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
)
from evertunnel.profiles.vpnv2.model import Authentication, MachineMethod, NativeProfile, UserMethod, VpnProfile
from evertunnel.profiles.vpnv2.nodes import Shape
from evertunnel.profiles.vpnv2.slots import Slot, slots_of
from evertunnel.profiles.vpnv2.values import Thumbprint

INDENT = "  "
TTLS_AUTHOR = 311  # Microsoft, as Windows itself writes it for its EAP-TTLS
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
    if dialect is Dialect.INTUNE:
        return _Writer(profile, INTUNE_ORDER).text(as_windows_echoes(profile))
    return _Writer(profile, {}).text(profile)


def as_windows_echoes(profile: VpnProfile) -> VpnProfile:
    """The same profile with what Windows adds when it gives one back: a friendly name per server, a machine method."""
    native = profile.native
    if native is None:
        return profile
    servers = tuple(replace(each, friendly=each.friendly or each.host) for each in native.servers)
    return replace(profile, native=replace(native, servers=servers, authentication=_echoed(native.authentication)))


def write_eap(eap: EapHostConfig) -> str:
    """An EAP block alone, as scripts and other clients take it."""
    return "".join(f"{line}\n" for line in _Writer(VpnProfile(), {}).eap(eap, "", "VPNProfile", 0))


def _echoed(authentication: Authentication | None) -> Authentication | None:
    if authentication is None or authentication.user_method is not UserMethod.EAP or authentication.machine_method:
        return authentication
    return replace(authentication, machine_method=MachineMethod.EAP)


class _Writer:
    """One writing: what was kept unread goes back to where it stood, behind what is known there."""

    def __init__(self, profile: VpnProfile, order: Mapping[type, tuple[str, ...]]) -> None:
        self._order = order
        self._left: dict[str, list[str]] = {}
        for each in profile.left:
            self._left.setdefault(each.path, []).append(each.xml)

    def text(self, profile: VpnProfile) -> str:
        lines = self._element("VPNProfile", profile, "", "", "VPNProfile", 0)
        return "".join(f"{line}\n" for line in lines)

    def _element(self, name: str, value: object, outer: str, namespace: str, path: str, depth: int) -> Iterator[str]:
        """An element that holds others."""
        tag = name + _declared(namespace, outer) + self._attributes(value)
        inside = [
            line for slot in self._slots(type(value)) for line in self._slot(slot, value, namespace, path, depth + 1)
        ]
        inside += self._kept(path, depth + 1)
        yield from _wrapped(tag, name, inside, depth)

    def _slots(self, kind: type) -> tuple[Slot, ...]:
        order = self._order.get(kind)
        if order is None:
            return slots_of(kind)
        place = {field: number for number, field in enumerate(order)}
        return tuple(sorted(slots_of(kind), key=lambda slot: place.get(slot.field, len(place))))

    def _attributes(self, value: object) -> str:
        found = (
            (slot, getattr(value, slot.field)) for slot in slots_of(type(value)) if slot.node.shape is Shape.ATTRIBUTE
        )
        return "".join(
            f" {slot.node.name}={quoteattr(slot.leaf.write(held))}"
            for slot, held in found
            if held is not None and slot.leaf
        )

    def _slot(self, slot: Slot, holder: object, outer: str, path: str, depth: int) -> Iterator[str]:
        held = getattr(holder, slot.field)
        if held is None or held == () or slot.node.shape is Shape.ATTRIBUTE:
            return
        if slot.node.shape is Shape.LIST and slot.leaf:
            joined = slot.node.separator.join(slot.leaf.write(each) for each in held)
            yield _leaf(slot.node.name, joined, slot.node.namespace, outer, depth)
            return
        for number, each in enumerate(held if slot.many else (held,), start=1):
            yield from self._one(slot, each, outer, step(path, slot.node.name, number), depth)

    def _one(self, slot: Slot, held: object, outer: str, path: str, depth: int) -> Iterator[str]:
        name, namespace = slot.node.name, outer if slot.node.namespace is None else slot.node.namespace
        if slot.node.wraps:
            inside = list(self._wrapped_value(slot, held, namespace, f"{path}/{slot.node.wraps}", depth + 1))
            yield from _wrapped(
                name + _declared(namespace, outer), name, [*inside, *self._kept(path, depth + 1)], depth
            )
        elif slot.leaf:
            text = held.pairs if isinstance(held, Thumbprint) else slot.leaf.write(held)
            yield _leaf(name, text, slot.node.namespace, outer, depth)
        elif isinstance(held, EapHostConfig):
            yield from self.eap(held, outer, path, depth)
        elif isinstance(held, (EapTls, MsChapV2)) and slot.inside is None:
            yield from self._base(held, outer, path, depth)
        else:
            yield from self._element(name, held, outer, namespace, path, depth)

    def _wrapped_value(self, slot: Slot, held: object, namespace: str, path: str, depth: int) -> Iterator[str]:
        if isinstance(held, EapHostConfig):
            inside = list(self.eap(held, namespace, f"{path}/EapHostConfig", depth + 1))
            yield from _wrapped(slot.node.wraps, slot.node.wraps, [*inside, *self._kept(path, depth + 1)], depth)
        elif slot.leaf:
            yield _leaf(slot.node.wraps, slot.leaf.write(held), None, namespace, depth)

    def eap(self, eap: EapHostConfig, outer: str, path: str, depth: int) -> Iterator[str]:
        """An EapHostConfig."""
        method = eap.method
        numbers = _numbers(method)
        kinds = zip(("Type", "VendorId", "VendorType", "AuthorId"), numbers, strict=True)
        head = [_leaf(name, str(number), COMMON, HOST_CONFIG, depth + 2) for name, number in kinds]
        inside = list(
            _wrapped("EapMethod", "EapMethod", [*head, *self._kept(f"{path}/EapMethod", depth + 2)], depth + 1)
        )
        config = f"{path}/Config"
        body = [*self._config(method, config, depth + 2), *self._kept(config, depth + 2)]
        inside += [*_wrapped("Config", "Config", body, depth + 1), *self._kept(path, depth + 1)]
        yield from _wrapped("EapHostConfig" + _declared(HOST_CONFIG, outer), "EapHostConfig", inside, depth)

    def _config(self, method: object, path: str, depth: int) -> Iterator[str]:
        match method:
            case OtherEap(config=""):
                return
            case OtherEap():
                yield INDENT * depth + method.config
            case EapTtls():
                yield from self._element("EapTtls", method, HOST_CONFIG, TTLS_1, f"{path}/EapTtls", depth)
            case _:
                yield from self._base(method, HOST_CONFIG, f"{path}/Eap", depth)

    def _base(self, method: object, outer: str, path: str, depth: int) -> Iterator[str]:
        """The frame that Microsoft's own methods stand in: number, then settings."""
        kind = type(method)
        inside = [_leaf("Type", str(NUMBERS[kind].value), None, BASE, depth + 1)]
        inside += self._element("EapType", method, BASE, NAMESPACES[kind], f"{path}/EapType", depth + 1)
        inside += self._kept(path, depth + 1)
        yield from _wrapped("Eap" + _declared(BASE, outer), "Eap", inside, depth)

    def _kept(self, path: str, depth: int) -> list[str]:
        return [INDENT * depth + xml for xml in self._left.get(path, ())]


def step(path: str, name: str, number: int) -> str:
    """The path of an element: numbered from the second of its name on."""
    return f"{path}/{name}" if number == 1 else f"{path}/{name}[{number}]"


def _numbers(method: object) -> tuple[int, int, int, int]:
    if isinstance(method, OtherEap):
        return method.number, method.vendor, method.vendor_type, method.author
    return NUMBERS[type(method)].value, 0, 0, TTLS_AUTHOR if isinstance(method, EapTtls) else 0


def _declared(namespace: str, outer: str) -> str:
    return "" if namespace == outer else f" xmlns={quoteattr(namespace)}"


def _leaf(name: str, text: str, namespace: str | None, outer: str, depth: int) -> str:
    declared = "" if namespace is None else _declared(namespace, outer)
    # A carriage return would come back as a newline (XML 1.0, 2.11).
    written = escape(text, {"\r": "&#13;"})
    return f"{INDENT * depth}<{name}{declared}>{written}</{name}>"


def _wrapped(tag: str, name: str, inside: list[str], depth: int) -> Iterator[str]:
    if not inside:
        yield f"{INDENT * depth}<{tag} />"
        return
    yield f"{INDENT * depth}<{tag}>"
    yield from inside
    yield f"{INDENT * depth}</{name}>"
