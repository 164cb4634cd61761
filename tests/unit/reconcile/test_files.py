from dataclasses import replace
from pathlib import Path

from evertunnel.reconcile.files import Directory, File, diff_directories, diff_files

ETC = Path("/etc/evertunnel/radius")
SECRET = File(path=ETC / "clients.conf", content="secret = hunter2", mode=0o600, secret=True)


def test_equal_files_need_nothing() -> None:
    assert diff_files((SECRET,), (SECRET,)) == ()


def test_each_difference_is_named_and_no_content_shown() -> None:
    wishes = {
        "new": (),
        "its content differs": (replace(SECRET, content="secret = other"),),
        "mode 644 becomes 600": (replace(SECRET, mode=0o644),),
        "owner freerad:root becomes root:root": (replace(SECRET, owner="freerad"),),
    }

    for why, current in wishes.items():
        (action,) = diff_files(current, (SECRET,))
        assert str(action) == f"write /etc/evertunnel/radius/clients.conf: {why}"
        assert "hunter2" not in repr(action)


def test_unknown_file_is_removed() -> None:
    assert [str(action) for action in diff_files((SECRET,), ())] == ["remove /etc/evertunnel/radius/clients.conf"]


def test_directories_are_made_from_the_top_and_removed_from_the_bottom() -> None:
    parent, child = Directory(path=Path("/a")), Directory(path=Path("/a/b"), mode=0o700)

    assert [str(action) for action in diff_directories((), (child, parent))] == [
        "make directory /a",
        "make directory /a/b",
    ]
    assert [str(action) for action in diff_directories((child, parent), ())] == [
        "remove directory /a/b",
        "remove directory /a",
    ]
