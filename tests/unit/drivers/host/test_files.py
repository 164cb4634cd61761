import grp
import os
import pwd
from pathlib import Path

import pytest

from evertunnel.drivers.host.files import Directory, File, Files
from evertunnel.drivers.host.journal import Journal
from evertunnel.drivers.host.lock import exclusive
from evertunnel.errors import EngineRejected

OWNER, GROUP = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def test_link_is_seen_as_unlike_any_file_and_replaced_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("mine")
    link.symlink_to(target)
    wish = File(path=link, content="ours", owner=OWNER, group=GROUP)

    seen = Files().read(link)
    Files().write(wish)

    assert seen is not None
    assert seen.mode > 0o7777
    assert Files().read(link) == wish
    assert target.read_text() == "mine"


def test_file_that_cannot_be_written_leaves_the_old_one_and_nothing_beside(tmp_path: Path) -> None:
    wish = File(path=tmp_path / "x", content="old", owner=OWNER, group=GROUP)
    Files().write(wish)

    with pytest.raises(EngineRejected, match="cannot write"):
        Files().write(File(path=wish.path, content="new", owner="no-such-user"))

    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert wish.path.read_text() == "old"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_directories_on_the_way_can_be_passed_by_all_and_written_by_none_whatever_the_umask(
    tmp_path: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        Files().write(File(path=tmp_path / "a" / "b" / "x", content="", owner=OWNER, group=GROUP))
        Files().make_directory(Directory(path=tmp_path / "c" / "d" / "e", mode=0o700, owner=OWNER, group=GROUP))
        with exclusive(tmp_path / "f" / "lock"):
            Journal(tmp_path / "g" / "log").write(b"x")
    finally:
        os.umask(before)

    made = [tmp_path / name for name in ("a", "a/b", "c", "c/d", "f", "g")]
    assert [path.stat().st_mode & 0o7777 for path in made] == [0o755] * len(made)
