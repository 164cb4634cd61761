import sys
from pathlib import Path

import pytest

from evertunnel.drivers.host.processes import resolve, run
from evertunnel.errors import EngineRejected, EngineUnavailable


def test_output_is_given_and_input_taken() -> None:
    assert run(["cat"], stdin="hello") == "hello"


def test_failure_carries_the_programs_own_words() -> None:
    with pytest.raises(EngineRejected, match="No such file"):
        run(["ls", "/none"])


def test_missing_and_hanging_programs_are_unavailable() -> None:
    with pytest.raises(EngineUnavailable, match="not installed"):
        run(["no-such-program"])
    with pytest.raises(EngineUnavailable, match="did not end"):
        run(["sleep", "5"], timeout=0.05)


def test_evertunnel_is_the_one_of_this_interpreter() -> None:
    assert resolve(["evertunnel", "signer"]) == [str(Path(sys.executable).parent / "evertunnel"), "signer"]
