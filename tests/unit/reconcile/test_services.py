from dataclasses import replace
from pathlib import Path

from evertunnel import documents
from evertunnel.reconcile.files import File
from evertunnel.reconcile.model import Effect
from evertunnel.reconcile.services import Service, diff_services, generation

CONF = File(path=Path("/etc/evertunnel/gateway/strongswan.conf"), content="charon {}")
CHARON = Service(name="charon", argv=("charon",), reads=(CONF.path,), effect_of_start=Effect.OPENS)


def test_running_service_with_the_same_definition_needs_nothing() -> None:
    assert diff_services((replace(CHARON, reads=(), effect_of_start=Effect.NEUTRAL),), (CHARON,)) == ()


def test_stopped_or_absent_service_is_started_with_its_own_effect() -> None:
    for current in ((), (replace(CHARON, running=False),)):
        (action,) = diff_services(current, (CHARON,))
        assert (str(action), action.effect) == ("start service charon", Effect.OPENS)


def test_rewritten_file_other_generation_or_other_definition_restarts() -> None:
    newer = CHARON.of_files([CONF])
    by_file = diff_services((CHARON,), (CHARON,), frozenset({CONF.path}))
    by_generation = diff_services((CHARON,), (newer,))
    by_definition = diff_services((CHARON,), (replace(CHARON, argv=("charon", "--debug")),))

    assert [str(*actions) for actions in (by_file, by_generation, by_definition)] == [
        "restart service charon: files that it reads have changed",
        "restart service charon: files that it reads have changed",
        "restart service charon: its definition has changed",
    ]


def test_unwanted_service_is_stopped_and_that_closes() -> None:
    (action,) = diff_services((CHARON,), ())

    assert (str(action), action.effect) == ("stop and remove service charon", Effect.CLOSES)


def test_generation_stands_for_contents_in_any_order() -> None:
    other = File(path=Path("/etc/evertunnel/gateway/a"), content="a")

    assert generation([CONF, other]) == generation([other, CONF])
    assert generation([CONF]) != generation([replace(CONF, content="charon { }")])


def test_service_survives_a_bundle() -> None:
    assert documents.from_json(Service, documents.to_json(CHARON), name="bundle") == CHARON
