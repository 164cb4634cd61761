from evertunnel.drivers.host.privileges import setpriv
from evertunnel.drivers.host.units import Unit


def test_service_gets_its_user_groups_and_capabilities_alone() -> None:
    unit = Unit(name="sessions", argv=("prog", "-x"), capabilities=("CAP_NET_ADMIN",), groups=("extra",))

    assert setpriv(unit, uid=0, gid=0, groups=[0]) == [
        *("setpriv", "--reuid", "0", "--regid", "0", "--groups", "0,extra", "--no-new-privs", "--pdeathsig", "KILL"),
        *("--inh-caps", "-all,+net_admin", "--ambient-caps", "-all,+net_admin", "--bounding-set", "-all,+net_admin"),
        *("--", "prog", "-x"),
    ]


def test_engine_that_drops_privileges_itself_keeps_them_at_its_start() -> None:
    assert "--bounding-set" not in setpriv(Unit(name="charon", argv=("charon",)), uid=0, gid=0, groups=[0])
