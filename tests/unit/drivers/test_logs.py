from evertunnel.drivers.logs import line


def test_event_from_outside_cannot_begin_a_line_of_its_own() -> None:
    event = {
        "timestamp": "T",
        "level": "warning",
        "event": "refused",
        "name": "x\nT info all well",
        "exception": "a\nb",
    }

    assert line(None, "warning", event) == "T warning refused name='x\\nT info all well'\n    a\n    b"
