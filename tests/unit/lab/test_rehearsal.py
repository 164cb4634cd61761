import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from evertunnel.errors import EvertunnelError, NotFound
from evertunnel.lab import rehearsal
from evertunnel.lab.claim import Claim, Outcome, Probe, Recorder, Skipped, Status, claim

HELD = Probe(host="h", command="c", expected="answered", observed="answered")


def test_the_core_leaves_slow_claims_out() -> None:
    claims = [_claim("quick"), _claim("slow", slow=True)]

    assert [one.id for one in rehearsal.select(claims)] == ["quick"]
    assert [one.id for one in rehearsal.select(claims, everything=True)] == ["quick", "slow"]
    assert [one.id for one in rehearsal.select(claims, only=["slow"])] == ["slow"]


def test_an_unknown_claim_is_refused_with_a_suggestion() -> None:
    with pytest.raises(NotFound, match="did you mean quick"):
        rehearsal.select([_claim("quick")], only=["quack"])


def test_claims_that_use_the_same_thing_keep_their_order() -> None:
    one, two, three = _claim("one", "laptop1"), _claim("two", "laptop1", "gateway1"), _claim("three", "gateway1")

    assert rehearsal.startable([one, two, three], []) == [one]
    assert rehearsal.startable([two, three], [one]) == []
    assert rehearsal.startable([three], [one]) == [three]


def test_a_claim_that_names_nothing_runs_alone() -> None:
    alone, other = claim("alone", 1, "s")(_hold), _claim("other", "laptop1")

    assert rehearsal.startable([alone, other], []) == [alone]
    assert rehearsal.startable([alone], [other]) == []


def test_what_several_claims_need_is_nobodys_to_break_meanwhile() -> None:
    one, two, breaks = _claim("one", needs=["radius"]), _claim("two", needs=["radius"]), _claim("breaks", "radius")

    assert rehearsal.startable([one, two, breaks], []) == [one, two]
    assert rehearsal.startable([breaks], [one]) == []
    assert rehearsal.startable([one], [breaks]) == []


def test_what_a_claim_is_done_with_is_free_before_it_ends() -> None:
    released = threading.Event()

    def waits(_: None, note: Recorder) -> None:
        note.done_with("gateway")
        note(HELD if released.wait(5) else replace(HELD, observed="never released"))

    def releases(_: None, note: Recorder) -> None:
        released.set()
        note(HELD)

    claims = [_claim("first", "gateway", "laptop1", run=waits), _claim("second", "gateway", run=releases)]

    assert [outcome.status for _, outcome in rehearsal.run(claims, None, Listener())] == [Status.HELD, Status.HELD]


def test_outcomes_come_in_the_order_of_the_claims() -> None:
    gate = threading.Event()

    def waits(_: None, note: Recorder) -> None:
        gate.wait(5)
        note(HELD)

    def opens(_: None, note: Recorder) -> None:
        gate.set()
        note(HELD)

    claims = [_claim("first", "a", run=waits), _claim("second", "b", run=opens)]

    outcomes = rehearsal.run(claims, None, Listener())

    assert [(one.id, outcome.status) for one, outcome in outcomes] == [("first", Status.HELD), ("second", Status.HELD)]


def test_an_error_of_ours_is_the_reason() -> None:
    outcome = _run(_raiser(EvertunnelError("gateway1 is gone")))

    assert (outcome.status, outcome.reason, outcome.trace) == (Status.FAILED, "gateway1 is gone", "")


def test_a_mistake_in_a_claim_fails_it_with_a_trace_and_hides_no_other() -> None:
    listener = Listener()

    outcomes = rehearsal.run([_claim("broken", run=_raiser(KeyError("x"))), _claim("sound")], None, listener)

    assert [outcome.status for _, outcome in outcomes] == [Status.FAILED, Status.HELD]
    assert "KeyError" in outcomes[0][1].reason
    assert "Traceback" in outcomes[0][1].trace
    assert sorted(listener.ended) == ["broken", "sound"]


def test_a_claim_that_cannot_be_tried_is_skipped_with_its_reason() -> None:
    outcome = _run(_raiser(Skipped("this kernel has no IPv6")))

    assert (outcome.status, outcome.reason) == (Status.SKIPPED, "this kernel has no IPv6")


class Listener:
    def __init__(self) -> None:
        self.ended: list[str] = []

    def begin(self, claim: Claim[None]) -> None:
        pass

    def end(self, claim: Claim[None], outcome: Outcome) -> None:
        del outcome
        self.ended.append(claim.id)


def _hold(_: None, note: Recorder) -> None:
    note(HELD)


def _raiser(error: Exception):  # type: ignore[no-untyped-def]  # noqa: ANN202 (a claim's function)
    def run(_: None, __: Recorder) -> None:
        raise error

    return run


def _run(run) -> Outcome:  # type: ignore[no-untyped-def]  # noqa: ANN001 (a claim's function)
    ((_, outcome),) = rehearsal.run([_claim("one", run=run)], None, Listener())
    return outcome


def _claim(name: str, *uses: str, slow: bool = False, run=_hold, needs: Sequence[str] = ()) -> Claim[None]:  # type: ignore[no-untyped-def]  # noqa: ANN001 (the same)
    used, needed = frozenset(uses or {name}), frozenset(needs)
    return Claim(id=name, step=1, sentence=name, run=run, slow=slow, control=False, uses=used, needs=needed)
