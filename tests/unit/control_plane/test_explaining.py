from dataclasses import replace
from pathlib import Path

from evertunnel.cli.files import read_plan
from evertunnel.control_plane.explaining import explain, of_plan
from evertunnel.explain.model import Standing
from evertunnel.explain.seen import Seen, Shown
from evertunnel.plan.gateway import ProposalSet

PLAN = read_plan(Path(__file__).parents[3] / "examples" / "contoso.toml")
GATEWAY = Shown(names=(), not_before=0, not_after=1, is_for_servers=False)


def test_without_plan_and_host_nothing_is_judged() -> None:
    assert explain("13868").verdicts == {}


def test_plan_is_asked() -> None:
    assert explain("13868", plan=PLAN).verdicts["windows-defaults-not-taken"].standing is Standing.NOT_CHECKED


def test_what_a_host_shows_counts_before_what_a_plan_says() -> None:
    host = Seen(host="gateway1", at=2.0, gateway=GATEWAY)

    both = explain("13801", plan=PLAN, host=host).verdicts

    assert both["gateway-usage-missing"].standing is Standing.FOUND
    assert explain("13801", plan=PLAN).verdicts["gateway-usage-missing"].standing is Standing.NOT_CHECKED
    assert both["pool-too-small"].standing is Standing.RULED_OUT


def test_proposals_are_those_that_the_gateway_loads() -> None:
    standard = replace(PLAN, gateway=replace(PLAN.gateway, proposals=ProposalSet.STANDARD))

    assert of_plan(standard).ike == ("aes128-sha256-modp2048",)
