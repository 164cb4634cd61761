"""ProfileXML to a profile: whatever exists in the field, and a remark for everything that is not as it should be."""

import re
from typing import TypeVar

from evertunnel.documents import xml
from evertunnel.documents.xml import Element
from evertunnel.profiles.vpnv2 import levels
from evertunnel.profiles.vpnv2.eap import HOST_CONFIG, EapHostConfig
from evertunnel.profiles.vpnv2.model import Authentication, Left, NativeProfile, VpnProfile
from evertunnel.profiles.vpnv2.nodes import Shape
from evertunnel.profiles.vpnv2.read_eap import EapReader
from evertunnel.profiles.vpnv2.reading import Kind, Reading, Remark
from evertunnel.profiles.vpnv2.slots import Slot, by_name, slots_of
from evertunnel.profiles.vpnv2.write import step
from evertunnel.values import Secret

T = TypeVar("T")

ROOT = "VPNProfile"
ENOUGH_REMARKS = 1_000
SHOWN = 80  # characters of a value in a remark
AROUND_SEPARATOR = re.compile(r"\s[,;]|[,;]\s")
RAW = "CustomConfiguration"


def read(data: bytes | str) -> Reading:
    """Reads a whole profile, or an EapHostConfig alone; documents.xml.NotWellFormed says where it is no XML."""
    root = xml.parse(data)
    reader = _Reader()
    if root.name == "EapHostConfig":
        profile = reader.fragment(root)
    elif root.name.lower() == ROOT.lower():
        profile = reader.whole(root)
    else:
        reader.remark(Kind.UNKNOWN, root.name, root, seen=root.name, expected=ROOT)
        profile = VpnProfile(left=(Left(path=ROOT, xml=root.source),))
    return Reading(profile=profile, remarks=tuple(reader.remarks), lines=reader.lines)


class _Reader:
    """One reading: remarks, lines and what was kept gather while it walks."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []
        self.lines: dict[str, int] = {}
        self._left: list[Left] = []
        self._shift = 0  # lines before XML that was written as text

    def whole(self, root: Element) -> VpnProfile:
        """A VPNProfile."""
        if root.name != ROOT:
            self.remark(Kind.SPELLING, ROOT, root, seen=root.name, expected=ROOT)
        self.check_namespace(root, "", ROOT)
        profile = self.inside(root, VpnProfile, ROOT, root.namespace)
        return self._with_left(profile)

    def fragment(self, root: Element) -> VpnProfile:
        """An EAP block alone, as the profile that would hold it."""
        self.remark(Kind.FRAGMENT, "EapHostConfig", root, seen="EapHostConfig", expected=ROOT)
        path = f"{ROOT}/NativeProfile/Authentication/Eap/Configuration/EapHostConfig"
        authentication = Authentication(eap=EapReader(self).read(root, path))
        return self._with_left(VpnProfile(native=NativeProfile(authentication=authentication)))

    def _with_left(self, profile: VpnProfile) -> VpnProfile:
        if not self._left:
            return profile
        fields = {slot.field: getattr(profile, slot.field) for slot in slots_of(VpnProfile)}
        return VpnProfile(**fields, left=tuple(sorted(self._left, key=lambda left: left.path)))

    def inside(self, element: Element, kind: type[T], path: str, namespace: str) -> T:
        """What stands in an element, as a value of its class; ValueError where an attribute says what cannot be."""
        self.lines.setdefault(path, element.line + self._shift)
        found: dict[str, object] = self._attributes(element, kind, path)
        if element.text.strip():
            self.remark(Kind.STRAY_TEXT, path, element, seen=element.text)
        order = _Order()
        for child in element.children:
            slot = by_name(kind).get(child.name.lower())
            if slot is None or slot.node.shape is Shape.ATTRIBUTE or not _is_ours(child, slot, namespace):
                self.keep_unknown(child, path, namespace)
                continue
            here = self._child(child, slot, found, path, namespace)
            order.note(self, child, slot, here)
        return kind(**{field: tuple(held) if isinstance(held, list) else held for field, held in found.items()})

    def _attributes(self, element: Element, kind: type, path: str) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, text in element.attributes.items():
            slot = by_name(kind).get(name.lower())
            if slot is None or slot.leaf is None or slot.node.shape is not Shape.ATTRIBUTE:
                self.remark(Kind.ATTRIBUTE, path, element, seen=name.rpartition(" ")[2])
                continue
            try:
                found[slot.field] = slot.leaf.read(text)
            except ValueError as error:
                raise ValueError(f"its attribute {slot.node.name}: {error}") from None
        return found

    def _child(self, child: Element, slot: Slot, found: dict[str, object], path: str, namespace: str) -> str:
        held = found.get(slot.field)
        number = len(held) + 1 if isinstance(held, list) else 1
        here = step(path, slot.node.name, number)
        self.lines.setdefault(here, child.line + self._shift)
        self._remark_name(child, slot, here, namespace)
        if held is not None and not isinstance(held, list):
            self.remark(Kind.DUPLICATE, here, child, seen=child.name)
            self.keep(child, path, namespace)
            return here
        kept = len(self._left)
        try:
            value = self._value(child, slot, here, slot.node.namespace or namespace)
        except ValueError as error:
            del self._left[kept:]  # what was kept of its inside is in the whole of it
            self.remark(Kind.WRONG_VALUE, here, child, seen=_shown(child, slot), expected=str(error))
            self.keep(child, path, namespace)
            return here
        if value is None:
            self._keep_whole(child, path, namespace, kept)
            return here
        if isinstance(held, list):
            held.append(value)
        else:
            found[slot.field] = [value] if slot.many and slot.node.shape is Shape.ELEMENT else value
        return here

    def _keep_whole(self, element: Element, path: str, namespace: str, kept: int) -> None:
        """Keeps an element that says nothing, where something was kept of its inside, which goes with it."""
        if len(self._left) > kept:
            del self._left[kept:]
            self.keep(element, path, namespace)

    def _remark_name(self, child: Element, slot: Slot, here: str, namespace: str) -> None:
        if child.name != slot.node.name:
            self.remark(Kind.SPELLING, here, child, seen=child.name, expected=slot.node.name)
        if not slot.node.in_schema:
            self.remark(Kind.NOT_IN_SCHEMA, here, child, seen=child.name)
        self.check_namespace(child, namespace if slot.node.namespace is None else slot.node.namespace, here)

    def _value(self, child: Element, slot: Slot, here: str, namespace: str) -> object:
        """The value of an element; None when it says nothing; ValueError when what it says cannot be."""
        if slot.node.wraps:
            return self._wrapped(child, slot, here, namespace)
        if slot.leaf is not None:
            return self._leaf(child, slot, here)
        if slot.inside is EapHostConfig:
            return EapReader(self).read(child, here)
        return self.inside(child, slot.inside, here, namespace) if slot.inside else EapReader(self).inner(child, here)

    def _wrapped(self, child: Element, slot: Slot, here: str, namespace: str) -> object:
        inner = next((each for each in child.children if each.name.lower() == slot.node.wraps.lower()), None)
        if inner is None:
            return self._unwrapped(child, slot, here)
        for other in child.children:
            if other is not inner:
                self.keep_unknown(other, here, namespace)
        below = f"{here}/{slot.node.wraps}"
        self.lines.setdefault(below, inner.line + self._shift)
        if inner.name != slot.node.wraps:
            self.remark(Kind.SPELLING, below, inner, seen=inner.name, expected=slot.node.wraps)
        return self._leaf(inner, slot, below) if slot.leaf else self._configuration(inner, slot, below)

    def _unwrapped(self, child: Element, slot: Slot, here: str) -> object:
        """An app without its Id, as an older schema had it; or nothing at all."""
        if child.children:
            raise ValueError(f"it has no {slot.node.wraps}")
        if slot.leaf is None and child.text.strip():
            raise ValueError(f"it has text and no {slot.node.wraps}")
        if not self._says(child, slot, here):
            return None
        value = self._leaf(child, slot, here)
        expected = f"{slot.node.name}/{slot.node.wraps}"
        self.remark(Kind.VALUE_SPELLING, here, child, seen=child.text, expected=expected)
        return value

    def _configuration(self, element: Element, slot: Slot, here: str) -> EapHostConfig | None:
        """The EAP block, as elements or as text that holds them."""
        host = element.child("EapHostConfig")
        if host is not None:
            for other in element.children:
                if other is not host:
                    self.keep_unknown(other, here, "")
            below = f"{here}/EapHostConfig"
            self.check_namespace(host, HOST_CONFIG, below)
            return EapReader(self).read(host, below)
        if element.children:
            raise ValueError("it has no EapHostConfig")
        return self._escaped(element, here) if self._says(element, slot, here) else None

    def _escaped(self, element: Element, here: str) -> EapHostConfig:
        text = element.text.strip()
        host = xml.parse(text)
        if host.name != "EapHostConfig":
            raise ValueError("it has no EapHostConfig")
        self.remark(Kind.ESCAPED, here, element)
        self.check_namespace(host, HOST_CONFIG, f"{here}/EapHostConfig")
        before, self._shift = self._shift, self._shift + element.line - 1
        read = EapReader(self).read(host, f"{here}/EapHostConfig")
        self._shift = before
        return read

    def _leaf(self, element: Element, slot: Slot, here: str) -> object:
        if slot.leaf is None:
            raise ValueError("it holds elements")
        for name in element.attributes:
            self.remark(Kind.ATTRIBUTE, here, element, seen=name.rpartition(" ")[2])
        if slot.node.name == RAW:
            return self._raw(element, slot, here)
        if element.children:
            raise ValueError(f"elements stand in it ({element.children[0].name}) where text is expected")
        if not self._says(element, slot, here):
            return None
        return (
            self._members(element, slot, here) if slot.node.shape is Shape.LIST else self._single(element, slot, here)
        )

    def _single(self, element: Element, slot: Slot, here: str) -> object:
        if slot.leaf is None:
            raise ValueError("it holds elements")
        value = slot.leaf.read(element.text)
        if isinstance(value, bool) and slot.leaf.write(value) != element.text.strip():
            self.remark(Kind.VALUE_SPELLING, here, element, seen=element.text, expected=slot.leaf.write(value))
        return value

    def _members(self, element: Element, slot: Slot, here: str) -> tuple[object, ...]:
        text = element.text.strip()
        # Both separators are told for thumbprints; a server's friendly name stands behind a semicolon.
        separators = "[,;]" if slot.node.separator == ";" else ","
        read = slot.leaf.read if slot.leaf else str
        members = tuple(read(member) for member in re.split(separators, text) if member.strip())
        if not members:
            raise ValueError(f"{text!r} has no member")
        if AROUND_SEPARATOR.search(text):
            self.remark(Kind.VALUE_SPELLING, here, element, seen=text, expected=re.sub(r"\s*([,;])\s*", r"\1", text))
        return members

    def _raw(self, element: Element, slot: Slot, here: str) -> object:
        """An app's own configuration: XML as text, or, in most published profiles, as it stands."""
        if element.children:
            self.remark(Kind.RAW, here, element)
            return slot.leaf.read(xml.inside(element)) if slot.leaf else None
        return self._single(element, slot, here) if self._says(element, slot, here) else None

    def _says(self, element: Element, slot: Slot, here: str) -> bool:
        """Whether an element has text; without, it reads as if it were not there, with a remark unless it must be."""
        if element.text.strip():
            return True
        if not slot.node.always:
            self.remark(Kind.EMPTY, here, element, seen=element.name)
        return False

    def check_namespace(self, element: Element, expected: str, here: str) -> None:
        """Remarks on another namespace than Windows writes."""
        if element.namespace != expected:
            self.remark(Kind.NAMESPACE, here, element, seen=element.namespace or "none", expected=expected or "none")

    def keep_unknown(self, element: Element, path: str, namespace: str) -> None:
        """Keeps an element that is not known here, and remarks whether it is known elsewhere."""
        here = f"{path}/{element.name}"
        self.lines.setdefault(here, element.line + self._shift)
        if levels.is_reserved(path, element.name):
            self.remark(Kind.NOT_IN_SCHEMA, here, element, seen=element.name)
        elif homes := levels.homes(element.name):
            self.remark(Kind.WRONG_LEVEL, here, element, seen=element.name, expected=", ".join(homes))
        else:
            # Likeness takes time, and a file may be made of names that are like nothing.
            near = levels.nearest(element.name) if len(self.remarks) < ENOUGH_REMARKS else ""
            self.remark(Kind.UNKNOWN, here, element, seen=element.name, expected=near)
        self.keep(element, path, namespace)

    def keep_second(self, element: Element, path: str, namespace: str) -> None:
        """Keeps an element that is known here and stands here already."""
        self.remark(Kind.DUPLICATE, f"{path}/{element.name}", element, seen=element.name)
        self.keep(element, path, namespace)

    def keep(self, element: Element, path: str, namespace: str) -> None:
        """Keeps an element as it was written; anew, where it uses prefixes that are declared above it."""
        source = element.source
        self._left.append(Left(path=path, xml=source if xml.stands_alone(source) else xml.rebuilt(element, namespace)))

    def remark(self, kind: Kind, path: str, element: Element, *, seen: str = "", expected: str = "") -> None:
        """Notes a remark."""
        line = element.line + self._shift
        shown = seen.strip() if len(seen.strip()) <= SHOWN else f"{seen.strip()[:SHOWN]}..."
        self.remarks.append(Remark(kind=kind, path=path, line=line, seen=shown, expected=expected))


class _Order:
    """Whether the children of an element stand in the schema's order."""

    def __init__(self) -> None:
        self._last: Slot | None = None

    def note(self, reader: _Reader, child: Element, slot: Slot, here: str) -> None:
        """Remarks on an element that stands behind one which should come after it."""
        if not slot.node.in_schema:
            return
        if self._last is None or slot.place >= self._last.place:
            self._last = slot
        else:
            reader.remark(Kind.OUT_OF_ORDER, here, child, seen=slot.node.name, expected=self._last.node.name)


def _is_ours(child: Element, slot: Slot, namespace: str) -> bool:
    """Whether the namespace is the right one, its https twin, or none at all: anybody else's element is not ours."""
    expected = namespace if slot.node.namespace is None else slot.node.namespace
    twin = child.namespace.replace("https://", "http://", 1)
    return child.namespace == "" or twin == expected or twin.startswith("http://www.microsoft.com/provisioning/")


def _shown(child: Element, slot: Slot) -> str:
    is_secret = slot.leaf is not None and slot.leaf.write(Secret("shown")) == "shown"
    return "a secret" if is_secret else child.text
