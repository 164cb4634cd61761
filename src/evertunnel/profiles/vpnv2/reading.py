"""What reading a profile gives: the profile, where everything stood, and what was not as it should be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from evertunnel.profiles.vpnv2.model import VpnProfile


class Kind(Enum):
    """What may be wrong with an element, before anyone asks what the profile means."""

    UNKNOWN = "unknown"  # no such element is known anywhere; kept
    WRONG_LEVEL = "wrong level"  # known, but elsewhere; kept, and Windows ignores it
    NOT_IN_SCHEMA = "not in the schema"  # a node that the published schema lacks
    OUT_OF_ORDER = "out of order"
    SPELLING = "spelling"  # a name that published pages use and the schema does not; read as meant
    NAMESPACE = "namespace"  # not the one that Windows writes; read as meant
    WRONG_VALUE = "wrong value"  # kept, unread
    VALUE_SPELLING = "value spelling"  # True for true; read as meant
    DUPLICATE = "duplicate"  # a second one of what may stand once; kept, unread
    EMPTY = "empty"  # an element that says nothing; read as left out
    STRAY_TEXT = "stray text"  # text between elements; dropped
    ATTRIBUTE = "attribute"  # an attribute that is not known; dropped
    ESCAPED = "escaped"  # XML written as text where elements are expected; read as meant
    RAW = "raw"  # elements where XML written as text is expected; read as meant
    FRAGMENT = "fragment"  # an EapHostConfig alone, not a whole profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One of these things: where it stands, what stood there, and what was expected."""

    kind: Kind
    path: str  # VPNProfile/Route[2]/Address: as in XPath, the number only from the second on
    line: int
    seen: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A profile that was read. `lines` has the line of every element by its path."""

    profile: VpnProfile
    remarks: tuple[Remark, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int:
        """The line of an element, or of the nearest one around it; 1 when nothing of it was read."""
        while path not in self.lines and "/" in path:
            path = path.rpartition("/")[0]
        return self.lines.get(path, 1)
