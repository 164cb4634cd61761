"""In which order a profile stands: the schema's, or the one that Windows gives profiles back in, which Intune wants."""

from collections.abc import Mapping, Sequence

from evertunnel.profiles.lint.subject import NATIVE, ROOT, unread_paths
from evertunnel.profiles.vpnv2.model import NativeProfile, VpnProfile
from evertunnel.profiles.vpnv2.reading import Kind, Reading, Remark
from evertunnel.profiles.vpnv2.slots import by_name
from evertunnel.profiles.vpnv2.write import INTUNE_ORDER, Dialect

KINDS: Mapping[str, type] = {ROOT: VpnProfile, NATIVE: NativeProfile}


def is_windows_own(reading: Reading, parent: str) -> bool:
    """Whether an element's children stand as Windows gives them back."""
    kind = KINDS.get(parent)
    return kind is not None and _is_sorted(_children(reading, parent), kind)


def out_of_order(reading: Reading) -> Mapping[str, Sequence[Remark]]:
    """What stands in neither order, by the element that holds it."""
    return {parent: members for parent, members in _strays(reading).items() if not is_windows_own(reading, parent)}


def dialect_of(reading: Reading) -> Dialect:
    """For whom a profile is by its order: one that stands as Windows gives it back, and not as the schema has it."""
    is_intune = bool(_strays(reading).keys() & KINDS.keys()) and is_in(reading, Dialect.INTUNE)
    return Dialect.INTUNE if is_intune else Dialect.WMI


def is_in(reading: Reading, dialect: Dialect) -> bool:
    """Whether a profile stands in a dialect's order."""
    if dialect is Dialect.WMI:
        return not _strays(reading)
    return all(is_windows_own(reading, parent) for parent in KINDS)


def _strays(reading: Reading) -> Mapping[str, Sequence[Remark]]:
    """What is not in the schema's order, by the element that holds it."""
    found: dict[str, list[Remark]] = {}
    unread = unread_paths(reading)
    for remark in reading.remarks:
        if remark.kind is Kind.OUT_OF_ORDER and remark.path not in unread:
            found.setdefault(remark.path.rpartition("/")[0], []).append(remark)
    return found


def _children(reading: Reading, parent: str) -> Sequence[str]:
    """Names of children in the document's order, which is the order of the lines.

    What was kept unread is written behind the rest, so its place says nothing.
    """
    unread = unread_paths(reading)
    paths = (path for path in reading.lines if path.startswith(f"{parent}/") and path not in unread)
    below = (path.removeprefix(f"{parent}/") for path in paths)
    return [name.partition("[")[0] for name in below if "/" not in name]


def _is_sorted(names: Sequence[str], kind: type) -> bool:
    order = {field: place for place, field in enumerate(INTUNE_ORDER[kind])}
    known = (by_name(kind).get(name.lower()) for name in names)
    places = [order.get(slot.field, len(order)) for slot in known if slot is not None]
    return places == sorted(places)
