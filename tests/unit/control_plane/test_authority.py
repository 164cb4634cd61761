from pathlib import Path

import pytest

from evertunnel.control_plane.authority import require_none, require_strong
from evertunnel.errors import NotFound, Refused
from evertunnel.pki.custody import Places
from evertunnel.values import Secret


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(keys=tmp_path / "ca")


def test_a_new_authority_may_be_made(tmp_path: Path, places: Places) -> None:
    require_none(tmp_path / "root.key", places)
    require_strong(Secret("x" * 12))


def test_an_authority_is_never_replaced(tmp_path: Path, places: Places) -> None:
    places.keys.mkdir()
    (places.keys / "issuing.key").write_text("")

    with pytest.raises(Refused, match="has an authority already"):
        require_none(tmp_path / "root.key", places)


def test_the_roots_key_replaces_no_file_and_needs_its_folder(tmp_path: Path, places: Places) -> None:
    (tmp_path / "root.key").symlink_to("/nowhere")

    with pytest.raises(Refused, match="exists"):
        require_none(tmp_path / "root.key", places)
    with pytest.raises(NotFound, match="is no directory"):
        require_none(tmp_path / "none" / "root.key", places)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Refused, match="Use at least 12 characters"):
        require_strong(Secret("x" * 11))
