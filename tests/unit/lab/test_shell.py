import os
from pathlib import Path

import pytest

from evertunnel.errors import NotFound
from evertunnel.lab import shell
from evertunnel.lab.rundir import RunDirectory, Stamp, started


def test_without_a_rehearsal_the_message_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no rehearsal is running; start one with: sudo evertunnel rehearse"):
        shell.init_of("laptop1", tmp_path)


def test_an_unknown_host_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    _lab(tmp_path)

    with pytest.raises(NotFound, match="no running host 'laptop9'; it has gateway1, laptop1"):
        shell.init_of("laptop9", tmp_path)


def test_a_host_that_is_down_is_not_entered(tmp_path: Path) -> None:
    _lab(tmp_path)

    assert shell.init_of("laptop1", tmp_path) == os.getpid()
    with pytest.raises(NotFound, match="gateway1"):
        shell.init_of("gateway1", tmp_path)


def test_cleaning_leaves_a_working_rehearsal_alone(tmp_path: Path) -> None:
    lab = _lab(tmp_path)

    assert shell.clean(tmp_path) == ()
    assert lab.path.exists()


def _lab(base: Path) -> RunDirectory:
    lab = RunDirectory.create(base)
    lab.stamp(Stamp(plan="p", hosts={"laptop1": (os.getpid(), started(os.getpid())), "gateway1": (os.getpid(), 1)}))
    return lab
