from dataclasses import replace

from evertunnel.lab.claim import Claim, Control, Outcome, Probe, Status
from evertunnel.lab.report import Report
from evertunnel.lab.sabotage import Sabotage
from evertunnel.lab.sabotage.verdict import flaws
from evertunnel.lab.world import World

SABOTAGE = Sabotage(name="door-open", sentence="the door stands open", claims=("door",), shows="passed from .*")
CLAIM: Claim[World] = Claim(id="door", step=3, sentence="The door is shut.", run=lambda _world, _note: None)
RED = Probe(host="stranger", command="knock", expected="kept out", observed="passed from 10.99.0.3")
OTHER = Probe(host="stranger", command="knock", expected="kept out", observed="nobody there")
HELD = Probe(host="stranger", command="knock", expected="passed", observed="passed from 10.99.0.3")
NOTICED = Outcome(status=Status.FAILED, control=Control(status=Status.HELD, probes=(HELD,)), probes=(OTHER, RED))


def test_claim_that_turned_red_for_what_was_broken_has_noticed() -> None:
    assert flaws(SABOTAGE, _report(NOTICED)) == ()


def test_claim_that_turned_red_for_something_else_has_not() -> None:
    (flaw,) = flaws(SABOTAGE, _report(replace(NOTICED, probes=(OTHER,))))

    assert flaw.startswith("door: failed, but nothing observed is like 'passed from .*'")
    assert "observed nobody there" in flaw


def test_probe_that_held_is_no_sign_whatever_it_observed() -> None:
    assert flaws(SABOTAGE, _report(replace(NOTICED, probes=(OTHER, HELD)))) != ()


def test_claim_that_held_has_not_noticed() -> None:
    assert flaws(SABOTAGE, _report(replace(NOTICED, status=Status.HELD))) == ("door: held",)


def test_control_must_have_held() -> None:
    failed = replace(NOTICED, control=Control(status=Status.FAILED, probes=(OTHER,)))

    assert flaws(SABOTAGE, _report(failed)) == ("door: its control failed",)
    assert flaws(SABOTAGE, _report(failed, control=False)) == ()


def test_nothing_claimed_is_nothing_noticed() -> None:
    assert flaws(SABOTAGE, Report(plan="plan.toml", versions={}, seconds=1.0, outcomes=())) == ("nothing was claimed",)


def _report(outcome: Outcome, *, control: bool = True) -> Report:
    return Report(plan="plan.toml", versions={}, seconds=1.0, outcomes=((replace(CLAIM, control=control), outcome),))
