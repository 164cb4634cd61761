from evertunnel.plan.windows import Windows
from evertunnel.profiles.windows.releases import BUILDS, later


def test_each_release_has_its_build_and_later_ones_have_higher_builds() -> None:
    builds = [BUILDS[release] for release in Windows]

    assert builds == sorted(set(builds))


def test_the_later_of_two_releases_is_told() -> None:
    assert later(Windows.W10_1709, Windows.W11_24H2) is Windows.W11_24H2
    assert later(Windows.W11_24H2, Windows.W10_1709) is Windows.W11_24H2
