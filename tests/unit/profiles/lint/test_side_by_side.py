from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import side_by_side
from evertunnel.profiles.lint.set_rule import SetRule

FoundBeside = Callable[..., list[str]]
SPLIT = "<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"
CLASS_ROUTE_OFF = "<DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>"


def user(*routes: str, native: str = SPLIT) -> str:
    return f"<NativeProfile>{native}</NativeProfile>{''.join(routes)}"


def device(*routes: str, native: str = SPLIT) -> str:
    return f"<DeviceTunnel>true</DeviceTunnel>{user(*routes, native=native)}"


def route(network: str, more: str = "") -> str:
    address, _, prefix = network.partition("/")
    return f"<Route><Address>{address}</Address><PrefixSize>{prefix}</PrefixSize>{more}</Route>"


def metric(number: int) -> str:
    return f"<Metric>{number}</Metric>"


def interface(number: int, version: int = 4) -> str:
    return f"<IPv{version}InterfaceMetric>{number}</IPv{version}InterfaceMetric>"


EXCLUSION = "<ExclusionRoute>true</ExclusionRoute>"
TEN, PART, HOST = route("10.0.0.0/8"), route("10.1.0.0/16"), route("10.0.0.10/32")

# The rule, a user tunnel, the device tunnel that it finds fault with beside it, where, and the same mended.
CASES: list[tuple[SetRule, str, str, str, str]] = [
    (side_by_side.device_tunnel_takes_no_part, user(TEN), device(HOST, PART), "Route[2]", device(HOST)),
    (
        side_by_side.device_tunnel_takes_no_part,
        user(route("2001:db8::/32")),
        device(route("2001:db8:1::/48")),
        "Route",
        device(route("2001:db8::10/128")),
    ),
    (side_by_side.metric_decides, user(HOST), device(HOST), "Route", device(route("10.0.0.11/32"))),
    (
        side_by_side.metric_decides,
        user(route("10.0.0.0/8", metric(5))),
        device(route("10.0.0.0/8", metric(5))),
        "Route",
        device(route("10.0.0.0/8", metric(50))),
    ),
    (
        side_by_side.one_class_route_is_off,
        user(),
        device(),
        "NativeProfile/DisableClassBasedDefaultRoute",
        device(native=SPLIT + CLASS_ROUTE_OFF),
    ),
]


@pytest.mark.parametrize(("rule", "people", "machine", "path", "mended"), CASES)
def test_a_rule_finds_its_fault_beside_a_user_tunnel_and_nothing_once_it_is_mended(
    found_beside: FoundBeside, rule: SetRule, people: str, machine: str, path: str, mended: str
) -> None:
    assert found_beside(rule, people, machine) == [f"2.xml: {path}"]
    assert found_beside(rule, machine, people) == [f"1.xml: {path}"]
    assert found_beside(rule, people, mended) == []


@pytest.mark.parametrize(("rule", "people", "machine", "path", "mended"), CASES)
def test_one_alone_or_a_force_tunnel_is_no_fault(
    found_beside: FoundBeside, rule: SetRule, people: str, machine: str, path: str, mended: str
) -> None:
    assert [found_beside(rule, each) for each in (people, machine, mended)] == [[], [], []]
    assert found_beside(rule, people.replace("Split", "Force"), machine) == [], path


@pytest.mark.parametrize(
    ("rule", "people", "machine"),
    [
        # The user tunnel's own route to it decides, and of equal ones a metric.
        (side_by_side.device_tunnel_takes_no_part, user(TEN, PART), device(PART)),
        (side_by_side.device_tunnel_takes_no_part, user(PART), device(TEN)),
        (side_by_side.device_tunnel_takes_no_part, user(route("10.2.0.0/16")), device(PART)),
        (side_by_side.device_tunnel_takes_no_part, user(route("10.0.0.0/8", EXCLUSION)), device(PART)),
        (side_by_side.device_tunnel_takes_no_part, user(TEN), device(route("10.1.0.0/16", EXCLUSION))),
        (side_by_side.metric_decides, user(route("10.0.0.0/8", metric(5))), device(TEN)),
        (side_by_side.metric_decides, user(TEN) + interface(5), device(TEN)),
        (side_by_side.metric_decides, user(route("10.0.0.0/8", EXCLUSION)), device(TEN)),
        (side_by_side.one_class_route_is_off, user(native=SPLIT + CLASS_ROUTE_OFF), device()),
        (side_by_side.one_class_route_is_off, user() + interface(5), device() + interface(50)),
        (side_by_side.one_class_route_is_off, user(), device(native=SPLIT + CLASS_ROUTE_OFF.replace("true", "yes"))),
    ],
)
def test_what_is_decided_is_no_fault(found_beside: FoundBeside, rule: SetRule, people: str, machine: str) -> None:
    assert found_beside(rule, people, machine) == []


def test_the_metric_of_the_other_version_decides_nothing(found_beside: FoundBeside) -> None:
    people = user(TEN) + interface(5, version=6)

    assert found_beside(side_by_side.metric_decides, people, device(TEN)) == ["2.xml: Route"]
