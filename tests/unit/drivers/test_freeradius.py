from evertunnel.drivers.freeradius import complaints

LOG = """Sun Nov 22 00:51:11 2026 : Info: Starting - reading configuration files ...
Sun Nov 22 00:51:11 2026 : Error: /x/site.conf[16]: Failed to find "nonsense" as a module or policy.
Sun Nov 22 00:51:11 2026 : Error: Failed to load virtual server evertunnel"""


def test_only_the_errors_are_told() -> None:
    assert complaints(LOG) == (
        '/x/site.conf[16]: Failed to find "nonsense" as a module or policy.\nFailed to load virtual server evertunnel'
    )


def test_everything_is_told_when_no_line_is_marked() -> None:
    assert complaints("freeradius: exit status 1") == "freeradius: exit status 1"
