"""The EAP tests' world; it is imported from the repository's root, which pytest does not add by itself."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.engine.eap.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("eap"))
    try:
        made.build()
        yield made
    finally:
        made.destroy()
