from dataclasses import replace
from pathlib import Path

from evertunnel.radius.diff import diff
from evertunnel.radius.model import State
from evertunnel.reconcile.files import File
from evertunnel.reconcile.local import Local
from evertunnel.reconcile.services import Service

FILE = File(path=Path("/etc/evertunnel/radius/x"), content="a")
STATE = State(
    local=Local(files=(FILE,), services=(Service(name="freeradius", argv=("freeradius",), reads=(FILE.path,)),))
)


def test_equal_states_give_nothing() -> None:
    assert diff(STATE, STATE) == ()


def test_service_comes_after_the_file_it_reads() -> None:
    current = State(local=replace(STATE.local, files=(replace(FILE, content="b"),)))

    assert [str(action) for action in diff(current, STATE)] == [
        "write /etc/evertunnel/radius/x: its content differs",
        "restart service freeradius: files that it reads have changed",
    ]


def test_all_goes_when_nothing_is_wanted() -> None:
    assert {str(action) for action in diff(STATE, State())} == {
        "remove /etc/evertunnel/radius/x",
        "stop and remove service freeradius",
    }
