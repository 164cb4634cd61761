import argparse

import pytest

from evertunnel.cli import simulate
from evertunnel.errors import DocumentError


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.configure(parser)
    return parser.parse_args(words)


def test_user_device_gateway_and_time_are_read() -> None:
    arguments = parsed("alice", "--device", "LAPTOP1", "--gateway", "gateway1", "--at", "1970-01-02")

    assert (arguments.user, arguments.device, arguments.gateway) == ("alice", "laptop1", "gateway1")
    assert arguments.at == 86_400.0


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "USER: nobody is named. Name a user, or a device with --device."), (("a b@contoso.com",), "not a user name")],
)
def test_nobody_and_what_is_no_name_are_wrong_input(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        simulate.run(parsed(*words))
