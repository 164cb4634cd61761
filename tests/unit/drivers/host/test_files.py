import grp
import os
import pwd
from pathlib import Path

import pytest

from evertunnel.drivers.host.files import File, Files
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
