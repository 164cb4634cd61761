from pathlib import Path

import pytest

from evertunnel.cli.files import read_plan
from evertunnel.control_plane import composing
from evertunnel.errors import DocumentError
from evertunnel.values import HostName

PLAN = read_plan(Path(__file__).parents[3] / "examples" / "contoso.toml")
EDGE = HostName("edge1")


def test_a_host_that_others_run_has_no_bundle() -> None:
    composing.require_managed(PLAN, EDGE, "plan.toml")
    with pytest.raises(DocumentError, match=r"plan\.toml: hosts\.dns1\.mode: external: its owner runs it"):
        composing.require_managed(PLAN, HostName("dns1"), "plan.toml")


def test_a_host_without_secrets_needs_nothing_but_the_plan() -> None:
    assert composing.compose(PLAN, EDGE) == composing.look(PLAN, EDGE)
    assert list(composing.stages(PLAN, EDGE)) == [composing.compose(PLAN, EDGE)]
