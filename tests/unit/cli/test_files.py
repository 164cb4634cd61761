from pathlib import Path

import pytest

from evertunnel.cli.files import LARGEST, read_plan, read_text, require_writable
from evertunnel.errors import DocumentError


def test_text_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("ä")

    assert read_text(tmp_path / "a") == "ä"


def test_what_is_no_text_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"ab\xff")

    with pytest.raises(DocumentError, match=r"not UTF-8 at byte 2\. Save it as UTF-8\."):
        read_text(tmp_path / "a")


@pytest.mark.parametrize(("name", "said"), [("none", "No such file"), ("", "Is a directory")])
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_text(tmp_path / name)


def test_where_there_is_no_file_no_place_in_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff")

    with pytest.raises(DocumentError, match=r"/none: No such file"):
        read_text(tmp_path / "none")
    with pytest.raises(DocumentError, match=r"/a: \(whole file\): not UTF-8"):
        read_text(tmp_path / "a")


def test_what_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(LARGEST + 1)

    with pytest.raises(DocumentError, match="larger than 16 MiB"):
        read_text(tmp_path / "a")


def test_a_plan_is_read_and_named_in_its_problems(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("foo = 1")

    with pytest.raises(DocumentError, match=r"plan\.toml: foo: unknown setting"):
        read_plan(tmp_path / "plan.toml")


def test_a_file_that_can_be_written_is_fine_there_or_not(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("")

    require_writable(tmp_path / "there")
    require_writable(tmp_path / "new")

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("name", "said"), [("none/a", "is no directory"), ("", "a directory")])
def test_a_file_that_cannot_be_written_is_told_before(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        require_writable(tmp_path / name)
