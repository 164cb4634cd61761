"""The builds of Windows' releases (Microsoft: Windows release information), for scripts that ask what they run on."""

from evertunnel.plan.windows import Windows

BUILDS = {
    Windows.W10_1511: 10_586,
    Windows.W10_1607: 14_393,
    Windows.W10_1703: 15_063,
    Windows.W10_1709: 16_299,
    Windows.W10_1803: 17_134,
    Windows.W10_1809: 17_763,
    Windows.W10_1903: 18_362,
    Windows.W10_2004: 19_041,
    Windows.W10_22H2: 19_045,
    Windows.W11_21H2: 22_000,
    Windows.W11_22H2: 22_621,
    Windows.W11_23H2: 22_631,
    Windows.W11_24H2: 26_100,
    Windows.W11_25H2: 26_200,
}


def later(one: Windows, other: Windows) -> Windows:
    """The later one of two releases."""
    return one if one.has(other) else other
