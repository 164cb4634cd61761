import json

from evertunnel.lab.claim import Claim, Control, Outcome, Probe, Status
from evertunnel.lab.report import Report

PROBE = Probe(host="laptop1", command="ping 10.0.0.10", expected="answered", observed="answered")


def test_the_report_is_schema_1() -> None:
    outcome = Outcome(
        status=Status.HELD, control=Control(status=Status.HELD, probes=(PROBE,)), probes=(PROBE,), seconds=0.12345
    )
    report = Report(plan="contoso.toml", versions={"charon": "5.9.8"}, seconds=1.5, outcomes=[(_claim(), outcome)])

    probe = {"host": "laptop1", "command": "ping 10.0.0.10", "expected": "answered", "observed": "answered"}
    assert json.loads(report.json()) == {
        "schema": 1,
        "plan": "contoso.toml",
        "versions": {"charon": "5.9.8"},
        "seconds": 1.5,
        "claims": [
            {
                "id": "reach",
                "step": 6,
                "status": "held",
                "reason": "",
                "control": {"status": "held", "probes": [probe]},
                "probes": [probe],
                "seconds": 0.123,
            }
        ],
    }


def test_only_a_report_in_which_everything_held_is_green() -> None:
    held, skipped = Outcome(status=Status.HELD), Outcome(status=Status.SKIPPED)

    assert _report(held).green
    assert not _report(held, skipped).green
    assert not _report(Outcome(status=Status.FAILED)).green
    assert not _report().green


def _report(*outcomes: Outcome) -> Report:
    return Report(plan="p", versions={}, seconds=0, outcomes=[(_claim(), outcome) for outcome in outcomes])


def _claim() -> Claim[None]:
    return Claim(id="reach", step=6, sentence="s", run=lambda _world, _note: None)
