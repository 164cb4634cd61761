import argparse
from pathlib import Path

import pytest

from evertunnel.cli.wanted import add_wanted, is_plan, plan_here, require_same_host
from evertunnel.control_plane.bundles import SCHEMA, Bundle
from evertunnel.errors import NotFound
from evertunnel.values import HostName

CONTOSO = Path(__file__).parents[3] / "examples" / "contoso.toml"
BUNDLE = Bundle(schema=SCHEMA, host=HostName("gateway1"))


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_wanted(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(("words", "plan"), [((), False), (("a.toml",), True), (("a.bundle",), False)])
def test_a_plan_is_told_by_its_name(words: tuple[str, ...], plan: bool) -> None:  # noqa: FBT001 (an example's value)
    assert is_plan(parsed(*words)) is plan


def test_a_plan_is_for_the_machine_that_has_the_authority() -> None:
    assert plan_here(parsed(str(CONTOSO)), here="core1")[1] == "core1"
    assert plan_here(parsed(str(CONTOSO), "--host", "Core1"), here="srv-0815")[1] == "core1"


@pytest.mark.parametrize(
    ("words", "here", "said"),
    [
        ((), "srv-0815", r"no host 'srv-0815' in the plan \(edge1, gateway1, .*\); say which one this is with --host"),
        ((), "gateway1", r"gateway1 is not where the authority is \(core1 is\), so it needs a bundle"),
        (("--host", "edge1"), "core1", "evertunnel bundle contoso.toml edge1. Here: evertunnel apply edge1.bundle"),
    ],
)
def test_a_plan_on_another_machine_says_what_to_do(words: tuple[str, ...], here: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        plan_here(parsed(str(CONTOSO), *words), here=here)


@pytest.mark.parametrize(
    ("name", "claimed", "known"),
    [("gateway1", None, None), ("srv-0815", "gateway1", None), ("srv-0815", None, "gateway1")],
)
def test_a_bundle_is_for_the_host_of_its_name(name: str, claimed: str | None, known: str | None) -> None:
    require_same_host(BUNDLE, name, claimed=claimed, known=known)


@pytest.mark.parametrize(
    ("name", "claimed", "known"), [("edge1", None, None), ("gateway1", "edge1", None), ("gateway1", None, "edge1")]
)
def test_another_hosts_bundle_is_refused(name: str, claimed: str | None, known: str | None) -> None:
    with pytest.raises(NotFound, match=r"for gateway1, and this host is edge1\. If it is gateway1 .*--host gateway1"):
        require_same_host(BUNDLE, name, claimed=claimed, known=known)
