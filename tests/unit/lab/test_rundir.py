import os
from pathlib import Path

from evertunnel.lab.rundir import RunDirectory, Stamp, cleanup_stale, labs, live_lab, started

GONE = "4194999-1"  # above the largest process id


def test_a_living_lab_is_found_and_never_cleaned_up(tmp_path: Path) -> None:
    lab = RunDirectory.create(tmp_path)

    assert lab.lives()
    assert live_lab(tmp_path) == lab
    assert cleanup_stale(tmp_path) == ()
    assert lab.path.is_dir()


def test_what_a_dead_lab_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / GONE / "hosts" / "laptop1").mkdir(parents=True)

    assert live_lab(tmp_path) is None
    assert cleanup_stale(tmp_path) == (GONE,)
    assert labs(tmp_path) == ()


def test_a_process_id_that_was_used_again_is_another_lab(tmp_path: Path) -> None:
    (tmp_path / f"{os.getpid()}-1").mkdir()

    assert cleanup_stale(tmp_path) == (f"{os.getpid()}-1",)


def test_a_stamp_of_a_dead_lab_never_kills_a_process_that_got_its_id(tmp_path: Path) -> None:
    dead = RunDirectory(path=tmp_path / GONE)
    dead.path.mkdir()
    dead.stamp(Stamp(plan="p", hosts={"laptop1": (os.getpid(), 1)}))

    assert cleanup_stale(tmp_path) == (GONE,)


def test_a_damaged_stamp_does_not_stop_the_clean_up(tmp_path: Path) -> None:
    (tmp_path / GONE).mkdir()
    (tmp_path / GONE / "lab.json").write_text("{")

    assert cleanup_stale(tmp_path) == (GONE,)


def test_other_directories_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "somebody-elses").mkdir()

    assert cleanup_stale(tmp_path) == ()


def test_a_process_that_is_gone_has_no_start() -> None:
    assert started(4194999) == 0
    assert started(os.getpid()) > 0
