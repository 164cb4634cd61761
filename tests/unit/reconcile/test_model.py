from evertunnel.reconcile.model import Evidence


def test_evidence_reads_as_a_line() -> None:
    assert str(Evidence(part="routes", held=True, what="2 routes as planned")) == "routes: 2 routes as planned"
