from threading import Event

import pytest

from evertunnel.errors import EvertunnelError
from evertunnel.lab.claim import Interrupted, Probe, Recorder, Status


def test_a_probe_holds_when_it_begins_with_what_was_expected() -> None:
    assert _probe("answered 200", "answered 200 mgmt1").held
    assert not _probe("answered 200", "answered 2001").held
    assert not _probe("answered", "timeout").held


def test_a_probe_may_expect_one_of_several() -> None:
    assert _probe("timeout|unreachable", "unreachable").held
    assert not _probe("timeout|unreachable", "answered").held


def test_a_claim_that_tried_nothing_has_failed() -> None:
    outcome = Recorder().outcome(control_wanted=False)

    assert outcome.status is Status.FAILED
    assert outcome.reason == "nothing was tried"


def test_a_claim_without_its_control_has_failed() -> None:
    note = Recorder()
    note(_probe("refused", "refused"))

    assert note.outcome(control_wanted=True).reason == "its control was never tried"
    assert note.outcome(control_wanted=False).status is Status.HELD


def test_a_claim_whose_control_failed_has_failed() -> None:
    note = Recorder()
    note(_probe("refused", "refused"))
    with note.control():
        note(_probe("answered", "refused"))

    outcome = note.outcome(control_wanted=True)

    assert (outcome.status, outcome.control.status) == (Status.FAILED, Status.FAILED)
    assert "its control failed" in outcome.reason


def test_an_empty_control_is_no_control() -> None:
    note = Recorder()
    note(_probe("refused", "refused"))
    with note.control():
        pass

    assert note.outcome(control_wanted=True).status is Status.FAILED


def test_a_failed_claim_may_have_a_control_that_held() -> None:
    note = Recorder()
    note(_probe("refused", "answered"))
    with note.control():
        note(_probe("answered", "answered"))

    outcome = note.outcome(control_wanted=True)

    assert (outcome.status, outcome.control.status) == (Status.FAILED, Status.HELD)


def test_what_is_required_ends_the_claim() -> None:
    with pytest.raises(EvertunnelError, match="expected answered, observed timeout"):
        Recorder().require(_probe("answered", "timeout"))


def test_eventually_records_the_last_attempt_alone() -> None:
    note, answers = Recorder(), iter(["timeout", "timeout", "answered"])

    probe = note.eventually(lambda: _probe("answered", next(answers)), within=1, every=0.001)

    assert probe.held
    assert note.outcome(control_wanted=False).probes == (probe,)


def test_eventually_gives_up() -> None:
    assert not Recorder().eventually(lambda: _probe("answered", "timeout"), within=0.002, every=0.001).held


def test_a_stopped_rehearsal_interrupts_probes_and_pauses() -> None:
    stopping = Event()
    stopping.set()

    with pytest.raises(Interrupted):
        Recorder(stopping)(_probe("answered", "answered"))
    with pytest.raises(Interrupted):
        Recorder(stopping).pause(60)


def _probe(expected: str, observed: str) -> Probe:
    return Probe(host="laptop1", command="ping 10.0.0.10", expected=expected, observed=observed)
