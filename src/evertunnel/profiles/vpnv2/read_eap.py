"""The EAP block of a profile, read: the method's number decides which class its settings are."""

from dataclasses import replace
from typing import Protocol, TypeVar

from evertunnel.documents import xml
from evertunnel.documents.xml import Element
from evertunnel.profiles.vpnv2.eap import (
    BASE,
    COMMON,
    HOST_CONFIG,
    TTLS_1,
    EapHostConfig,
    EapMethod,
    EapTls,
    EapTtls,
    EapType,
    MsChapV2,
    OtherEap,
    Peap,
    number_of,
)
from evertunnel.profiles.vpnv2.reading import Kind
from evertunnel.profiles.vpnv2.write import NAMESPACES

T = TypeVar("T")

METHODS: dict[int, type[EapTls] | type[Peap] | type[MsChapV2]] = {
    EapType.TLS.value: EapTls,
    EapType.PEAP.value: Peap,
    EapType.MSCHAPV2.value: MsChapV2,
}
NUMBERS = ("Type", "VendorId", "VendorType", "AuthorId")


class Walker(Protocol):
    """What the profile's reader does for this part of it."""

    def inside(self, element: Element, kind: type[T], path: str, namespace: str) -> T:
        """What stands in an element, as a value of its class."""

    def keep(self, element: Element, path: str, namespace: str) -> None:
        """Keeps an element that cannot be read."""

    def keep_unknown(self, element: Element, path: str, namespace: str) -> None:
        """Keeps an element that is not known here."""

    def keep_second(self, element: Element, path: str, namespace: str) -> None:
        """Keeps an element that is known here and stands here already."""

    def check_namespace(self, element: Element, expected: str, here: str) -> None:
        """Remarks on another namespace than Windows writes."""

    def remark(self, kind: Kind, path: str, element: Element, *, seen: str = "", expected: str = "") -> None:
        """Notes a remark."""


class EapReader:
    """Reads EAP blocks with the profile's reader."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker

    def read(self, host: Element, path: str) -> EapHostConfig:
        """An EapHostConfig; a method that does not fit what is known is kept as it was."""
        self._frame(host, path)
        self._keep_others(host, ("EapMethod", "Config"), path, HOST_CONFIG)
        numbers = self._numbers(host.child("EapMethod"), f"{path}/EapMethod")
        config = host.child("Config")
        below = f"{path}/Config"
        if config is None:
            self._walker.remark(
                Kind.WRONG_VALUE, path, host, seen="no Config", expected="a method's settings in Config"
            )
            return EapHostConfig(method=_other(numbers, ""))
        method = self._method(config, numbers, below)
        if method is None and numbers[0] in {each.value for each in EapType}:
            expected = f"the settings of EAP method {numbers[0]}, which EapMethod names"
            self._walker.remark(Kind.WRONG_VALUE, below, config, seen=_first(config), expected=expected)
        self._frame(config, below, is_text_kept=method is None)
        return EapHostConfig(method=method or _other(numbers, xml.inside(config, HOST_CONFIG)))

    def inner(self, eap: Element, path: str) -> EapTls | MsChapV2:
        """The method inside PEAP; ValueError where it is none that can stand there."""
        method = self._base(eap, path)
        if not isinstance(method, EapTls | MsChapV2):
            raise ValueError("inside PEAP only EAP-TLS (13) and EAP-MSCHAPv2 (26) are known")
        return method

    def _frame(self, element: Element, path: str, *, is_text_kept: bool = False) -> None:
        """Remarks on what an element holds beside the elements that it is there for."""
        for name in element.attributes:
            self._walker.remark(Kind.ATTRIBUTE, path, element, seen=name.rpartition(" ")[2])
        if element.text.strip() and not is_text_kept:
            self._walker.remark(Kind.STRAY_TEXT, path, element, seen=element.text)

    def _keep_others(self, element: Element, names: tuple[str, ...], path: str, namespace: str) -> None:
        """Keeps all but the first child of each of these names."""
        first = {name: element.child(name) for name in names}
        for other in element.children:
            if other.name not in first:
                self._walker.keep_unknown(other, path, namespace)
            elif other is not first[other.name]:
                self._walker.keep_second(other, path, namespace)

    def _numbers(self, element: Element | None, path: str) -> tuple[int, int, int, int]:
        if element is None:
            return (0, 0, 0, 0)
        self._frame(element, path)
        numbers = [element.child(name) for name in NUMBERS]
        for each in filter(None, numbers):
            self._walker.check_namespace(each, COMMON, f"{path}/{each.name}")
            self._keep_wrong(each, path)
        self._keep_others(element, NUMBERS, path, HOST_CONFIG)  # behind those, or a second one would read as the first
        kind, vendor, vendor_type, author = map(_number, numbers)
        return kind, vendor, vendor_type, author

    def _keep_wrong(self, number: Element, path: str) -> None:
        """Keeps a number of a method that is none."""
        if number.children or (number.text.strip() and number_of(number.text) is None):
            expected = f"{number.text.strip()!r} is not a number of a method"
            self._walker.remark(Kind.WRONG_VALUE, f"{path}/{number.name}", number, seen=number.text, expected=expected)
            self._walker.keep(number, path, HOST_CONFIG)

    def _method(self, config: Element, numbers: tuple[int, int, int, int], path: str) -> EapMethod | None:
        if len(config.children) != 1:
            return None
        (only,) = config.children
        kind, vendor, vendor_type, author = numbers
        if only.name == "EapTtls" and (kind, vendor, vendor_type) == (EapType.TTLS.value, 0, 0):
            self._walker.check_namespace(only, TTLS_1, f"{path}/EapTtls")
            return replace(self._walker.inside(only, EapTtls, f"{path}/EapTtls", TTLS_1), author=author)
        if only.name != "Eap" or _number(only.child("Type")) != numbers[0] or any(numbers[1:]):
            return None
        self._walker.check_namespace(only, BASE, f"{path}/Eap")
        return self._base(only, f"{path}/Eap")

    def _base(self, eap: Element, path: str) -> EapTls | Peap | MsChapV2 | None:
        kind, settings = METHODS.get(_number(eap.child("Type"))), eap.child("EapType")
        if kind is None or settings is None:
            return None
        self._frame(eap, path)
        self._keep_others(eap, ("Type", "EapType"), path, BASE)
        namespace = NAMESPACES[kind]
        self._walker.check_namespace(settings, namespace, f"{path}/EapType")
        return self._walker.inside(settings, kind, f"{path}/EapType", namespace)


def _other(numbers: tuple[int, int, int, int], config: str) -> OtherEap:
    kind, vendor, vendor_type, author = numbers
    return OtherEap(number=kind, vendor=vendor, vendor_type=vendor_type, author=author, config=config)


def _number(element: Element | None) -> int:
    """A number of a method; what is none, or absent, is 0, which no method has."""
    return 0 if element is None else number_of(element.text) or 0


def _first(config: Element) -> str:
    return config.children[0].name if config.children else "nothing"
