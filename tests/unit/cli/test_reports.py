from evertunnel.cli.reports import evidence_documents, lines, step_documents
from evertunnel.reconcile import Effect, Evidence, Step


def test_steps_and_evidence_are_documents() -> None:
    step = Step(part="pki", effect=Effect.CLOSES, action="stop service signer")

    assert step_documents([step]) == [{"effect": "closes", "part": "pki", "action": "stop service signer"}]
    assert evidence_documents([Evidence(part="pki", held=True, what="runs")]) == [
        {"part": "pki", "held": True, "what": "runs"}
    ]


def test_a_step_is_a_line() -> None:
    assert lines(Step(part="pki", effect=Effect.CLOSES, action="a: b; c")) == ["closes  pki: a: b; c"]
    long = Step(part="pki", effect=Effect.OPENS, action="x" * 200)
    assert lines(long) == [str(long)]


def test_a_step_that_changes_many_things_has_a_line_for_each() -> None:
    first, second = "make chain input" + "t" * 100, "make chain forward"
    step = Step(part="firewall", effect=Effect.CLOSES, action=f"table inet evertunnel: {first}; {second}")

    assert lines(step) == [
        "closes  firewall: table inet evertunnel:",
        f"          {first}",
        f"          {second}",
    ]
