"""The gateway tests' world; it is imported from the repository's root, which pytest does not add by itself."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.engine.gateway.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        made.build()
        made.configure()
        made.start()
        yield made
    finally:
        made.destroy()
