"""What shows only beside another profile: traps for those who give both to one machine, or to one person.

Those of routes are in `side_by_side`.
"""

from collections.abc import Iterator, Sequence

from evertunnel.profiles.lint import lockdown, names, routing
from evertunnel.profiles.lint.cryptography import parts
from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Found
from evertunnel.profiles.lint.set_rule import ONE_MACHINE, ONE_PERSON, FoundBeside, Member, Profiles, named, set_rule
from evertunnel.profiles.lint.subject import NATIVE, ROOT, SUITE, Subject
from evertunnel.profiles.vpnv2.model import Protocol


@set_rule("SP001", Severity.WARNING, Class.TRAP)
def one_profile_is_always_on(profiles: Profiles) -> Iterator[FoundBeside]:
    """A person has one profile that is always on.

    Of several Windows connects one by itself: where they come by device management the first, and on a machine that
    people share for one of them alone. A second one, as for a backup gateway, is started by hand.
    """
    always_on = [each for each in profiles.users if _connects_by_itself(each.subject)]
    for member, earlier in _with_earlier(always_on):
        other = next((each for each in earlier if not _is_one_name(each, member)), None)
        if other is not None:
            why = f"{other.file} is always on, too, and {ONE_PERSON}, Windows connects only one of them by itself"
            mend = "Take AlwaysOn out of one of them, or give them to different people."
            yield FoundBeside(member, Found(f"{ROOT}/AlwaysOn", why, mend))


@set_rule("SP002", Severity.WARNING, Class.TRAP)
def device_tunnel_is_one(profiles: Profiles) -> Iterator[FoundBeside]:
    """A machine has one device tunnel.

    The one that is there must be deleted before another can be made.
    """
    for member, earlier in _with_earlier(profiles.devices):
        why = f"{named(earlier)} is a device tunnel, too, and {ONE_MACHINE}, the second cannot be made beside the first"
        mend = "Give each machine one, and delete the one that is there before another comes."
        yield FoundBeside(member, Found(f"{ROOT}/DeviceTunnel", why, mend))


@set_rule("SP003", Severity.WARNING, Class.TRAP, instead=(names.one_tunnel_registers,))
def one_of_both_registers(profiles: Profiles) -> Iterator[FoundBeside]:
    """Of device tunnel and user tunnel one registers its address in DNS.

    With both, the name of the machine jumps from one address to the other. It belongs to the device tunnel, which needs
    nobody to sign in.
    """
    devices = [each for each in profiles.devices if each.subject.profile.register_dns]
    for member in profiles.users:
        if devices and member.subject.profile.register_dns:
            why = f"{named(devices)} registers, too, and {ONE_MACHINE}, its name jumps between two addresses"
            mend = "Leave it to the device tunnel: delete it here."
            yield FoundBeside(member, Found(f"{ROOT}/RegisterDNS", why, mend))


@set_rule("SP004", Severity.WARNING, Class.CONTRADICTION, instead=(lockdown.lockdown_stands_alone,))
def nothing_is_beside_lockdown(profiles: Profiles) -> Iterator[FoundBeside]:
    """Nothing is beside LockDown.

    Where another VPN profile is, LockDown cannot be added, and where LockDown is, no other can.
    """
    others = [each for each in profiles.members if not each.subject.is_lockdown]
    for index, member in enumerate(profiles.lockdowns):
        beside = [*others, *profiles.lockdowns[:index]]
        if beside:
            why = f"beside LockDown no other profile can be, so {ONE_MACHINE}, this one or {named(beside)} is refused"
            mend = "Delete other profiles before LockDown comes, or give them to different machines."
            yield FoundBeside(member, Found(f"{ROOT}/LockDown", why, mend))


@set_rule("SP005", Severity.WARNING, Class.CONTRADICTION, instead=(routing.force_tunnel_is_alone,))
def no_device_tunnel_is_beside_force(profiles: Profiles) -> Iterator[FoundBeside]:
    """A force tunnel has no device tunnel beside it.

    Windows has no second tunnel while one takes everything.
    """
    for member in profiles.users:
        if profiles.devices and member.subject.is_force:
            why = f"{named(profiles.devices)} is a device tunnel, and {ONE_MACHINE}, it is not up beside a force tunnel"
            mend = "Write SplitTunnel, or give them to different machines."
            yield FoundBeside(member, Found(f"{NATIVE}/RoutingPolicyType", why, mend))


@set_rule("SP006", Severity.WARNING, Class.TRAP)
def names_differ(profiles: Profiles) -> Iterator[FoundBeside]:
    """Profiles of one person have different names.

    The name is the profile's place in the management tree. What is delivered second under a name replaces the first,
    or is refused.
    """
    for member, earlier in _with_earlier(profiles.users):
        other = next((each for each in earlier if _is_one_name(each, member)), None)
        if other is not None:
            why = f"{other.file} has this name, too, and {ONE_PERSON}, one of them replaces the other or is refused"
            mend = "Give each a name of its own, unless one is to replace the other."
            yield FoundBeside(member, Found(f"{ROOT}/ProfileName", why, mend))


@set_rule("SP007", Severity.NOTE, Class.TRAP)
def networks_are_trusted_by_both(profiles: Profiles) -> Iterator[FoundBeside]:
    """Device tunnel and user tunnel trust the same networks.

    In a network that one of them alone trusts that one stays down and the other connects. It may be meant; a suffix
    that was changed in one file looks the same.
    """
    devices = [each for each in profiles.devices if each.subject.profile.trusted_networks]
    for member in profiles.users:
        subject = member.subject
        others = [each for each in devices if _trusted(each.subject) != _trusted(subject)]
        if others and subject.profile.trusted_networks and _connects_by_itself(subject):
            why = (
                f"{named(others)} trusts other networks, and {ONE_MACHINE}, a network that only one of them trusts has"
                " one tunnel up and the other down"
            )
            mend = "Write the same list in both, unless that is meant."
            yield FoundBeside(member, Found(f"{ROOT}/TrustedNetworkDetection", why, mend))


@set_rule("SP008", Severity.WARNING, Class.CONTRADICTION)
def suites_of_a_gateway_agree(profiles: Profiles) -> Iterator[FoundBeside]:
    """Profiles for the same gateway have the same CryptographySuite.

    Both ends must agree on all of it (error 13868). A gateway with one set for all its clients, as RRAS is, refuses
    the profile that has another; one that offers several may take both.
    """
    members = [each for each in profiles.members if Protocol.IKEV2 in each.subject.protocols]
    for member, earlier in _with_earlier(members):
        alike = (each for each in earlier if _hosts(each.subject) & _hosts(member.subject))
        found = ((each, _differing(member.subject, each.subject)) for each in alike)
        other, differing = next(((each, which) for each, which in found if which), (None, ()))
        if other is not None:
            why = (
                f"{', '.join(differing)}: other than in {other.file}, which names the same gateway; one with a single"
                " set, like RRAS, refuses one of the two"
            )
            yield FoundBeside(member, Found(SUITE, why, "Write in both what the gateway has."))


def _with_earlier(members: Sequence[Member]) -> Iterator[tuple[Member, Sequence[Member]]]:
    """Each but the first, with those before it: a trap of two is told once."""
    return ((member, members[:index]) for index, member in enumerate(members) if index)


def _connects_by_itself(subject: Subject) -> bool:
    return subject.profile.always_on is True and subject.profile.always_on_active is not False


def _is_one_name(first: Member, second: Member) -> bool:
    name = first.subject.profile.name
    return name is not None and name == second.subject.profile.name


def _trusted(subject: Subject) -> frozenset[str]:
    return frozenset(each.lower() for each in subject.profile.trusted_networks)


def _hosts(subject: Subject) -> frozenset[str]:
    return frozenset(server.host.lower() for server in subject.native.servers)


def _differing(first: Subject, second: Subject) -> tuple[str, ...]:
    """What both suites say, and say differently."""
    ours, theirs = first.native.cryptography, second.native.cryptography
    if ours is None or theirs is None:
        return ()
    pairs = zip(parts(ours), parts(theirs), strict=True)
    return tuple(name for (name, one), (_, other) in pairs if one != other and None not in {one, other})


RULES = (
    one_profile_is_always_on,
    device_tunnel_is_one,
    one_of_both_registers,
    nothing_is_beside_lockdown,
    no_device_tunnel_is_beside_force,
    names_differ,
    networks_are_trusted_by_both,
    suites_of_a_gateway_agree,
)
