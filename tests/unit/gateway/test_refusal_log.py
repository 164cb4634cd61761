from pathlib import Path

import pytest

from evertunnel.gateway.refusal_log import RefusalLog
from evertunnel.gateway.refusals import Refusal

REFUSED = "09[ENC] <x|1> generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]\n"
POLICY = "09[CFG] <x|1> constraint requires cert policy 1.3.6.1.4.1.32473.1.1\n"


def test_refusal_in_the_log_is_kept_with_its_time(tmp_path: Path) -> None:
    kept, log = begun(tmp_path)
    append(tmp_path, POLICY + REFUSED)

    assert log.read()
    assert [(each.reason, each.at) for each in kept] == [("policy", 7.0)]


def test_messages_that_refuse_nobody_are_passed_over(tmp_path: Path) -> None:
    kept, log = begun(tmp_path)
    append(tmp_path, POLICY + "09[ENC] <x|1> parsed IKE_AUTH request 1 [ IDi CERT N(AUTH_FAILED) ]\n")
    append(tmp_path, "09[ENC] <x|1> generating IKE_AUTH response 1 [ IDr EAP/REQ/ID ]\n09[ENC] no IKE_SA's\n")
    assert log.read()
    assert kept == []

    append(tmp_path, REFUSED)
    assert log.read()
    assert [each.reason for each in kept] == ["policy"]


def test_what_was_written_before_is_not_kept_again(tmp_path: Path) -> None:
    append(tmp_path, POLICY + REFUSED)

    kept, log = begun(tmp_path)

    assert not log.read()
    assert kept == []


def test_next_charon_is_not_taken_for_the_former_one(tmp_path: Path) -> None:
    kept, log = begun(tmp_path)
    append(tmp_path, POLICY)
    (tmp_path / "log").unlink()
    append(tmp_path, "")
    log.begin("5.9.8")
    append(tmp_path, REFUSED)

    assert log.read()
    assert [each.reason for each in kept] == ["unknown"]


def test_what_a_charon_wrote_last_is_read_in_its_own_words(tmp_path: Path) -> None:
    kept, log = begun(tmp_path)
    append(tmp_path, POLICY + REFUSED)
    log.begin("6.0.1")

    assert [each.reason for each in kept] == ["policy"]


@pytest.mark.parametrize("first", [True, False])
def test_log_that_cannot_be_read_ends_nothing(tmp_path: Path, first: bool) -> None:  # noqa: FBT001 (when it breaks)
    kept: list[Refusal] = []
    log = RefusalLog(tmp_path / "log", kept.append, clock=lambda: 7.0)
    if not first:
        log.begin("5.9.8")
    (tmp_path / "log").symlink_to("nowhere")
    log.begin("5.9.8")

    assert not log.read()
    (tmp_path / "log").unlink()
    append(tmp_path, POLICY + REFUSED)
    assert log.read()
    assert [each.reason for each in kept] == ["policy"]


def begun(directory: Path) -> tuple[list[Refusal], RefusalLog]:
    kept: list[Refusal] = []
    log = RefusalLog(directory / "log", kept.append, clock=lambda: 7.0)
    log.begin("5.9.8")
    return kept, log


def append(directory: Path, text: str) -> None:
    with (directory / "log").open("a") as stream:
        stream.write(text)
