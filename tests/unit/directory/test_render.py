import tomllib
from pathlib import Path

from evertunnel import documents
from evertunnel.directory import render
from evertunnel.plan.model import Plan

EXAMPLE = Path(__file__).parents[3] / "examples" / "contoso.toml"


def test_plans_groups_and_hosts_are_wanted_in_order() -> None:
    plan = documents.read(Plan, tomllib.loads(EXAMPLE.read_text()), name="contoso.toml")

    state = render.desired(plan)

    assert state.store_is_current
    ours = ("NPS Servers", "VPN Devices", "VPN Servers", "VPN Users")
    assert state.groups == tuple(sorted((*ours, "Contractors", "Loan Laptops", "Suspended")))
    assert [host.name for host in state.hosts] == sorted(plan.hosts)
    assert {host.name: host.groups for host in state.hosts if host.groups} == {
        "core1": ("NPS Servers",),
        "gateway1": ("VPN Servers",),
    }
