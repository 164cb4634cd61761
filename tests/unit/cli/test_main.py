import os

import pytest

from evertunnel.cli.main import TRACEBACK, VERBS, guarded, main
from evertunnel.errors import DocumentError, EngineRejected, EngineUnavailable, NotFound, Problem, Refused

Caught = pytest.CaptureFixture[str]


def root() -> int:
    return 0


def raising(error: BaseException) -> int:
    def run() -> int:
        raise error

    return guarded(run)


def test_help_lists_every_verb_but_those_for_programs(capsys: Caught) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert [name for name, verb in VERBS.items() if f"    {name} " in said] == [
        name for name, verb in VERBS.items() if verb.shown
    ]


def test_no_verb_prints_the_help_and_is_wrong(capsys: Caught) -> None:
    assert main([]) == 2
    assert "start with:" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["fly"], ["apply", "--nonsense"], ["device"], ["device", "fly"], ["check"]])
def test_words_that_are_not_known_are_wrong(words: list[str], capsys: Caught) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words, uid=root)

    assert ended.value.code == 2
    assert "usage: evertunnel" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("whyy", "no verb 'whyy'; did you mean why?"),
        ("certificates", "no verb 'certificates'; did you mean certificate?"),
        ("fly", "no verb 'fly'; evertunnel --help lists them"),
        ("x" * 100_000, "evertunnel --help lists them"),
        ("a\x1b[2J", r"no verb 'a\x1b[2J'; evertunnel --help lists them"),
    ],
)
def test_a_verb_that_is_not_known_is_told_with_the_nearest(word: str, said: str, capsys: Caught) -> None:
    with pytest.raises(SystemExit) as ended:
        main([word, "--json"])

    last = capsys.readouterr().err.splitlines()[-1]
    assert ended.value.code == 2
    assert last.startswith("evertunnel: error: no verb ")
    assert last.endswith(said)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_each_verb_shows_an_example_and_tells_its_exit_status(verb: str, capsys: Caught) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"    evertunnel {verb}" in said or f"    sudo evertunnel {verb}" in said
    assert not VERBS[verb].shown or "Exit status: " in said


@pytest.mark.parametrize("what", ["shell", "clean"])
def test_the_help_of_what_a_lab_does_shows_an_example(what: str, capsys: Caught) -> None:
    with pytest.raises(SystemExit):
        main(["lab", what, "--help"])

    assert f"example:\n  sudo evertunnel lab {what}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status"], "evertunnel status: run it as root: sudo evertunnel status\n"),
        (["apply", "a b.bundle"], "evertunnel apply: run it as root: sudo evertunnel apply 'a b.bundle'\n"),
    ],
)
def test_what_only_root_can_do_is_refused_to_others(words: list[str], said: str, capsys: Caught) -> None:
    assert main(words, uid=lambda: 1000) == 1
    assert capsys.readouterr().err == said


WRONG = DocumentError("plan.toml", [Problem(path="foo", what="unknown", mend="Leave it out.")])


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (WRONG, 2, "plan.toml: foo: unknown. Leave it out.\n"),
        (NotFound("There is no laptop9."), 2, "There is no laptop9.\n"),
        (Refused("No.", "And no."), 1, "No.\nAnd no.\n"),
        (EngineUnavailable("charon is away"), 1, "charon is away\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x: permission denied; run it as root, with sudo\n"),
        (FileNotFoundError(2, "No such file or directory", "/x"), 1, "/x: No such file or directory\n"),
        (OSError("away"), 1, "away\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (NotFound("bad \x1b[2J name"), 2, "bad ?[2J name\n"),
    ],
)
def test_an_error_is_a_sentence_and_an_exit_status(
    error: BaseException, status: int, said: str, capsys: Caught
) -> None:
    assert raising(error) == status
    assert capsys.readouterr().err == said


def test_what_was_put_back_is_told_with_the_error(capsys: Caught) -> None:
    error = EngineRejected("nft: syntax error")
    error.add_note("put back: gateway: start service charon")

    assert raising(error) == 1
    assert capsys.readouterr().err == "nft: syntax error\nput back: gateway: start service charon\n"


@pytest.mark.skipif(TRACEBACK in os.environ, reason="somebody looks for a fault")
def test_a_fault_of_ours_is_told_without_what_it_was_about(capsys: Caught) -> None:
    assert raising(KeyError("a secret")) == 1

    said = capsys.readouterr().err
    assert "a fault of Evertunnel itself: KeyError in test_main.py line " in said
    assert "secret" not in said
