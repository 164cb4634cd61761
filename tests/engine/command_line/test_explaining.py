"""`explain --live` on a host: what was seen there rules causes out, or is one."""

import json

import pytest
from tests.engine.command_line.machine import Machine

pytestmark = pytest.mark.engine


def test_nothing_can_be_seen_where_nothing_was_applied(bare: Machine) -> None:
    assert "ERROR_VPN_TIMEOUT" in bare.types("explain", "809", status=0).stdout
    assert "nothing was applied on this host" in bare.fails("explain", "809", "--live", status=2)


def test_a_directory_that_is_as_planned_rules_a_missing_group_out(core: Machine) -> None:
    assert standings(core, "nps:48")["group-missing"] == "ruled out"
    assert standings(core, "nps:48")["policy-not-met"] == "not checked"
    assert standings(core, "nps:258")["crl-out-of-date"] == "not checked"


def standings(machine: Machine, code: str) -> dict[str, str]:
    (found,) = json.loads(machine.types("explain", code, "--live", "--json", status=0).stdout)["found"]
    return {cause["id"]: cause["standing"] for cause in found["causes"]}
