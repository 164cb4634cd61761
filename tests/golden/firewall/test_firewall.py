"""What each host of each example is told, as nft reads it. UPDATE_GOLDEN=1 rewrites what is expected."""

import os
import tomllib
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.firewall.model import State
from evertunnel.firewall.render import desired
from evertunnel.firewall.text import commands
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/plan.toml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rendered_as_expected(case: Path) -> None:
    plan = documents.read(Plan, tomllib.loads((case / "plan.toml").read_text()), name="plan.toml")

    shown = {host: show(desired(plan, HostName(host))) for host in plan.hosts}

    for host, text in shown.items():
        expected = case / "expected" / f"{host}.nft"
        if os.environ.get("UPDATE_GOLDEN"):
            expected.parent.mkdir(exist_ok=True)
            expected.write_text(text)
        assert expected.read_text() == text


def show(state: State) -> str:
    settings = [f"# {setting.name} = {setting.value}" for setting in state.sysctls]
    routes = [f"# route {route}" for route in state.routes]
    return "\n".join([*settings, *routes, commands(state.table, None) if state.table else "# nothing of ours"]) + "\n"
