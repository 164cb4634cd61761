"""Routes of a device tunnel beside those of a user tunnel, where both go to one machine."""

from collections.abc import Callable, Iterator

from evertunnel.profiles.lint.device_tunnel import class_route_is_off, routes_are_host_routes
from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.networks import around, network_of, networks_of
from evertunnel.profiles.lint.rule import Found
from evertunnel.profiles.lint.set_rule import ONE_MACHINE, FoundBeside, Member, Profiles, named, set_rule
from evertunnel.profiles.lint.subject import NATIVE, ROOT, Subject, nth
from evertunnel.profiles.vpnv2.values import Network

Metrics = tuple[int | None, int | None]  # of a route, and of its tunnel's interface


@set_rule("SP009", Severity.WARNING, Class.TRAP, instead=(routes_are_host_routes,))
def device_tunnel_takes_no_part(profiles: Profiles) -> Iterator[FoundBeside]:
    """A device tunnel takes no network out of one of the user tunnel's.

    Both are up, and the more specific route wins: what people send there goes through the device tunnel. Single hosts,
    which a machine needs before sign-in, are not told of.
    """
    users = [(each, _part_of(each.subject)) for each in _split(profiles)]
    for member in profiles.devices:
        for path, network, _ in _routes(member.subject):
            wider = ((each, part_of(network)) for each, part_of in users if network.num_addresses > 1)
            user, whole = next(((each, found) for each, found in wider if found is not None), (None, None))
            if user is not None:
                why = f"{network} is part of {whole} in {user.file}, and {ONE_MACHINE}, this tunnel takes its traffic"
                yield FoundBeside(member, Found(path, why, "Name the hosts alone that machines need before sign-in."))


@set_rule("SP010", Severity.WARNING, Class.TRAP, instead=(routes_are_host_routes,))
def metric_decides(profiles: Profiles) -> Iterator[FoundBeside]:
    """Where device tunnel and user tunnel have the same route, a metric decides.

    Of equal routes the one with the lower metric wins. With equal metrics, or none, nothing says through which tunnel
    the traffic goes.
    """
    users = [(each, {network: metrics for _, network, metrics in _routes(each.subject)}) for each in _split(profiles)]
    for member in profiles.devices:
        for path, network, metrics in _routes(member.subject):
            user = next((each for each, theirs in users if theirs.get(network) == metrics), None)
            if user is not None:
                why = (
                    f"{user.file} has {network}, too, and {ONE_MACHINE}, no metric says which tunnel takes its traffic"
                )
                yield FoundBeside(member, Found(path, why, "Give the route that is to win a lower Metric."))


@set_rule("SP011", Severity.WARNING, Class.TRAP, instead=(class_route_is_off,))
def one_class_route_is_off(profiles: Profiles) -> Iterator[FoundBeside]:
    """Device tunnel and user tunnel do not both route the class of their address.

    Addresses of one class give both the same route, like 10.0.0.0/8, and nothing says through which tunnel the traffic
    goes.
    """
    users = [each for each in _split(profiles) if _keeps_class_route(each.subject)]
    for member in profiles.devices:
        metric = member.subject.profile.ipv4_metric
        beside = [each for each in users if each.subject.profile.ipv4_metric == metric]
        if beside and _keeps_class_route(member.subject):
            why = (
                f"{named(beside)} keeps its class-based route, too, and {ONE_MACHINE} with addresses of one class,"
                " nothing says which tunnel takes what goes there, like to 10.0.0.0/8"
            )
            path = f"{NATIVE}/DisableClassBasedDefaultRoute"
            yield FoundBeside(member, Found(path, why, "Write true, and name the hosts as routes."))


def _split(profiles: Profiles) -> list[Member]:
    """The user tunnels that a device tunnel can be beside, with routes of their own."""
    return [each for each in profiles.users if each.subject.is_split]


def _part_of(subject: Subject) -> Callable[[Network], Network | None]:
    """Which of a tunnel's networks a narrower one is part of; None where it has that one, too."""
    networks = networks_of(subject.routes)
    wider = around(networks)
    return lambda network: None if network in networks else wider(network)


def _routes(subject: Subject) -> Iterator[tuple[str, Network, Metrics]]:
    profile = subject.profile
    for index, route in enumerate(profile.routes):
        network = network_of(route)
        if network is not None and not route.exclusion:
            of_interface = profile.ipv4_metric if network.version == 4 else profile.ipv6_metric
            yield nth(f"{ROOT}/Route", index), network, (route.metric, of_interface)


def _keeps_class_route(subject: Subject) -> bool:
    is_told = subject.is_told(f"{NATIVE}/DisableClassBasedDefaultRoute")
    return subject.is_native and not subject.native.no_class_route and not is_told


RULES = (
    device_tunnel_takes_no_part,
    metric_decides,
    one_class_route_is_off,
)
