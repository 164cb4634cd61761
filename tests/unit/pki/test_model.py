import tomllib
from pathlib import Path

from evertunnel import documents
from evertunnel.pki import render
from evertunnel.pki.model import State
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

EXAMPLE = Path(__file__).parents[3] / "examples" / "contoso.toml"


def test_state_survives_the_bundle() -> None:
    plan = documents.read(Plan, tomllib.loads(EXAMPLE.read_text()), name="contoso.toml")
    state = render.desired(plan, HostName("core1"))

    assert state.services
    assert documents.from_json(State, documents.to_json(state), name="bundle") == state
