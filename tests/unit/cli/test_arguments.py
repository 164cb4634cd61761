import argparse

import pytest

from evertunnel.cli.arguments import add_json, add_verb, typed
from evertunnel.values import HostName


def test_a_wrong_value_is_told_in_the_values_own_words() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'a_b' is not a host name; use letters"):
        typed(HostName)("a_b")


def test_a_right_value_is_read() -> None:
    assert typed(HostName)("Gateway1") == "gateway1"


def test_a_verb_below_a_verb_shows_its_example() -> None:
    what = argparse.ArgumentParser().add_subparsers()

    verb = add_verb(what, "add", "add devices", "sudo evertunnel device add laptop1")
    add_json(verb)

    assert "Add devices." in verb.format_help()
    assert "example:\n  sudo evertunnel device add laptop1" in verb.format_help()
    assert verb.parse_args(["--json"]).json
