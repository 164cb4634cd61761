from evertunnel.errors import Problem
from evertunnel.plan.findings import error, warning


def test_a_finding_reads_as_its_severity_and_its_problem() -> None:
    assert str(error("a.b", "3 is wrong", "Use 4.")) == "error: a.b: 3 is wrong. Use 4."
    assert str(warning("a.b", "3 is odd", "Use 4.")) == "warning: a.b: 3 is odd. Use 4."


def test_a_finding_becomes_an_error_line_of_the_plan() -> None:
    assert error("a", "wrong", "Mend.").problem() == Problem(path="a", what="wrong", mend="Mend.")
