import stat
from pathlib import Path

import pytest

from evertunnel.cli.files import read_plan
from evertunnel.control_plane import bundles
from evertunnel.control_plane.bundles import SCHEMA, Bundle
from evertunnel.errors import DocumentError
from evertunnel.firewall import render
from evertunnel.values import HostName

PLAN = read_plan(Path(__file__).parents[3] / "examples" / "contoso.toml")
EDGE = HostName("edge1")


def test_a_bundle_is_its_owners_alone_and_reads_back(tmp_path: Path) -> None:
    bundle = Bundle(schema=SCHEMA, host=EDGE, firewall=render.desired(PLAN, EDGE))
    path = tmp_path / "edge1.bundle"

    bundles.write(bundle, path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert bundles.read(path.read_text(), name=str(path)) == bundle


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2, "host": "edge1"}', '{"schema": 1, "host": "e_1"}'])
def test_what_is_no_bundle_of_this_version_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match=r"^edge1\.bundle: "):
        bundles.read(text, name="edge1.bundle")
