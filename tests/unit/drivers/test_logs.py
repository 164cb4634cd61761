import io
import logging

from evertunnel.drivers.logs import Lines, line


def test_event_from_outside_cannot_begin_a_line_of_its_own() -> None:
    assert line("refused", {"name": "x\nT info all well"}) == "refused name='x\\nT info all well'"


def test_trace_is_indented_below_its_event() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines("%(levelname)s %(message)s"))
    logger = logging.Logger("test")  # noqa: LOG001 (known to this test alone)
    logger.addHandler(handler)

    try:
        int("a\nb")
    except ValueError:
        logger.exception("broken")

    first, *trace = out.getvalue().splitlines()
    assert first == "error broken"
    assert trace
    assert all(each.startswith("    ") for each in trace)
