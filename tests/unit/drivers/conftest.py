from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.drivers.vici_peer import Charon


@pytest.fixture
def charon(tmp_path: Path) -> Iterator[Charon]:
    made = Charon(tmp_path / "charon.vici")
    try:
        yield made
    finally:
        made.close()
