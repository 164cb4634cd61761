from evertunnel.errors import (
    DocumentError,
    EngineError,
    EngineRejected,
    EngineUnavailable,
    EvertunnelError,
    Problem,
    Refused,
)

ONE = Problem(path="pools.devices", what="3 is not a table", mend="Write it as key = value pairs.")
TWO = Problem(path="limits", what="missing", mend="Add it.")


def test_a_document_error_tells_every_problem_on_a_line_of_its_own() -> None:
    error = DocumentError("plan.toml", [ONE, TWO])

    assert str(error).splitlines() == [
        "plan.toml: pools.devices: 3 is not a table. Write it as key = value pairs.",
        "plan.toml: limits: missing. Add it.",
    ]
    assert error.problems == (ONE, TWO)


def test_a_refusal_carries_its_reasons() -> None:
    error = Refused("The device is disabled.", "Its certificate is revoked.")

    assert error.reasons == ("The device is disabled.", "Its certificate is revoked.")
    assert str(error) == "The device is disabled.\nIts certificate is revoked."


def test_everything_raised_on_purpose_is_one_tree() -> None:
    for kind in (DocumentError, Refused, EngineError):
        assert issubclass(kind, EvertunnelError)
    for kind in (EngineUnavailable, EngineRejected):
        assert issubclass(kind, EngineError)
