"""The versions of Windows that the profile's settings came with, in their order."""

from enum import Enum


class Windows(Enum):
    """A release of Windows, by how `--windows` names it; the order of the members is the order of the releases."""

    W10_1511 = "10-1511"
    W10_1607 = "10-1607"
    W10_1703 = "10-1703"
    W10_1709 = "10-1709"
    W10_1803 = "10-1803"
    W10_1809 = "10-1809"
    W10_1903 = "10-1903"
    W10_2004 = "10-2004"
    W10_22H2 = "10-22H2"
    W11_21H2 = "11-21H2"
    W11_22H2 = "11-22H2"
    W11_23H2 = "11-23H2"
    W11_24H2 = "11-24H2"
    W11_25H2 = "11-25H2"

    @property
    def rank(self) -> int:
        """Its place among the releases. A setting of Windows 11 is in no Windows 10, however late that one is."""
        return RANKS[self]

    def has(self, since: "Windows") -> bool:
        """Whether what came with `since` is in this release."""
        return self.rank >= since.rank

    def __str__(self) -> str:
        """Gives the name that people know: Windows 11 24H2."""
        major, _, release = self.value.partition("-")
        return f"Windows {major} {release}"


RANKS = {release: number for number, release in enumerate(Windows)}


def named(text: str) -> Windows:
    """The release that `--windows` names."""
    try:
        return Windows(text)
    except ValueError:
        known = ", ".join(each.value for each in Windows)
        raise ValueError(f"{text!r} is no release of Windows that is known here; write one of {known}") from None
