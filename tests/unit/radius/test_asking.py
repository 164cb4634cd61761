from ipaddress import IPv4Address

import pytest

from evertunnel.errors import EngineUnavailable
from evertunnel.radius.asking import Asking
from evertunnel.radius.model import Probe, Tokens
from evertunnel.values import Secret


def test_policy_service_that_is_not_there_is_unavailable() -> None:
    probe = Probe(
        address=IPv4Address("127.0.0.1"),
        port=1812,
        secret=Secret("x"),
        policy_port=1,  # nothing listens there
        tokens=Tokens(asks=Secret("asks"), answers=Secret("answers")),
    )

    with pytest.raises(EngineUnavailable) as caught:
        Asking().policy_says(probe)

    assert "asks" not in str(caught.value)
