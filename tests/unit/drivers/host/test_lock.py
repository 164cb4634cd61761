from pathlib import Path

import pytest

from evertunnel.drivers.host.lock import exclusive
from evertunnel.errors import EngineUnavailable


def test_second_holder_is_told_at_once_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "run" / "apply.lock"

    with (
        exclusive(path),
        pytest.raises(EngineUnavailable, match="another apply or remove is at work here"),
        exclusive(path),
    ):
        pass


def test_lock_ends_with_its_holder_however_that_ends(tmp_path: Path) -> None:
    path = tmp_path / "apply.lock"
    with pytest.raises(ZeroDivisionError), exclusive(path):
        _ = 1 / 0

    with exclusive(path):
        pass
