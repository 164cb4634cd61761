"""What Windows' clients are brought, each way, for each plan. UPDATE_GOLDEN=1 rewrites what is expected.

Scripts that are the very ones of `powershell` stand there once.
"""

import os
import tomllib
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Build, Trust
from evertunnel.profiles.windows import group_policy, intune, powershell, sccm

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/plan.toml"))
TRUST = Trust(root=(HERE / "trust" / "root.pem").read_text(), issuing=(HERE / "trust" / "issuing.pem").read_text())
WAYS: dict[str, Build] = {
    "powershell": powershell.build,
    "sccm": sccm.build,
    "intune": intune.build,
    "group-policy": group_policy.build,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_delivered_as_expected(case: Path, way: str) -> None:
    plan = documents.read(Plan, tomllib.loads((case / "plan.toml").read_text()), name="plan.toml")
    scripts = {document.content for document in powershell.build(plan, TRUST).documents}
    delivery = WAYS[way](plan, TRUST)
    made = {
        str(document.path): document.content
        for document in delivery.documents
        if way == "powershell" or document.content not in scripts
    }
    made["missing"] = "".join(f"{each.path}: {each.what}\n" for each in delivery.missing).encode()

    expected = case / "expected" / way
    if os.environ.get("UPDATE_GOLDEN"):
        for path, content in made.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(content)

    there = {str(path.relative_to(expected)): path.read_bytes() for path in expected.rglob("*") if path.is_file()}
    assert sorted(made) == sorted(there)
    assert [path for path in made if made[path] != there[path]] == []
