from evertunnel.directory.diff import AddHost, AddMembership, diff
from evertunnel.directory.model import PlannedHost, State
from evertunnel.reconcile.model import Effect
from evertunnel.values import GroupName, HostName

SERVERS = GroupName("VPN Servers")
GATEWAY = PlannedHost(name=HostName("gateway1"), groups=(SERVERS,))
WANTED = State(store_is_current=True, groups=(SERVERS,), hosts=(GATEWAY,))


def test_equal_states_need_nothing() -> None:
    assert diff(WANTED, WANTED) == ()


def test_nothing_is_ever_removed() -> None:
    assert diff(WANTED, State()) == ()
    assert diff(WANTED, State(store_is_current=True)) == ()


def test_only_memberships_open() -> None:
    effects = {type(action).__name__: action.effect for action in diff(State(), WANTED)}

    assert effects == {
        "MigrateStore": Effect.NEUTRAL,
        "AddGroup": Effect.NEUTRAL,
        "AddHost": Effect.NEUTRAL,
        "AddMembership": Effect.OPENS,
    }


def test_missing_membership_of_a_known_host_is_all_that_is_added() -> None:
    current = State(
        store_is_current=True, groups=(SERVERS,), hosts=(PlannedHost(name=HostName("gateway1"), groups=()),)
    )

    assert diff(current, WANTED) == (AddMembership(host=HostName("gateway1"), group=SERVERS),)


def test_missing_host_comes_with_its_memberships() -> None:
    current = State(store_is_current=True, groups=(SERVERS,))

    assert diff(current, WANTED) == (
        AddHost(name=HostName("gateway1")),
        AddMembership(host=HostName("gateway1"), group=SERVERS),
    )
