import tomllib
from pathlib import Path

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.plan.model import Plan
from evertunnel.values import Fqdn, GroupName

EXAMPLE = Path(__file__).parents[3] / "examples" / "contoso.toml"


def test_policy_is_the_plans_slice() -> None:
    plan = documents.read(Plan, tomllib.loads(EXAMPLE.read_text()), name="contoso.toml")

    policy = Policy.of(plan)

    assert policy == Policy(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
