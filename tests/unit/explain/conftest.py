import pytest

from evertunnel.explain import catalogue as tables
from evertunnel.explain.catalogue import Catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return tables.load()
