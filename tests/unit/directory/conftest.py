"""An empty store for each test; it is migrated once and copied, because migrations are slow."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from evertunnel.store import migrate, open_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "store"
    migrate(folder / "store.db")
    return folder


@pytest.fixture
def store(tmp_path: Path, empty_store: Path) -> Iterator[Connection]:
    shutil.copytree(empty_store, tmp_path / "store")
    with open_store(tmp_path / "store" / "store.db").transaction() as connection:
        yield connection
