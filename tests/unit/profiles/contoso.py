"""Contoso's plan with both tunnels, that plan with some settings changed, and its authority's certificates."""

import copy
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from evertunnel import documents
from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Delivery, Trust
from evertunnel.values import UserName

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "profiles"
ALICE = UserName("alice@corp.contoso.com")
TRUST = Trust(root=(GOLDEN / "root.pem").read_text(), issuing=(GOLDEN / "issuing.pem").read_text())
DOCUMENT = tomllib.loads((ROOT / "examples" / "contoso.toml").read_text(encoding="utf-8"))

RULES = [
    {"name": ".corp.contoso.com", "dns_servers": ["10.0.0.53"], "trigger": True},
    {"name": "wiki.contoso.com", "dns_servers": ["10.0.0.53"]},
    {"name": ".partner.contoso.com", "dns_servers": ["10.0.0.54"]},
    {"name": "vpn.contoso.com"},
]


def plan_with(changes: Mapping[str, object]) -> Plan:
    """Contoso's plan with other values at some key paths."""
    changed = copy.deepcopy(DOCUMENT)
    for path, value in changes.items():
        *folders, last = path.split(".")
        table = changed
        for folder in folders:
            table = table.setdefault(folder, {})
        table[last] = value
    return documents.read(Plan, changed, name="plan.toml")


CONTOSO = plan_with({})
EVERYTHING = plan_with(
    {
        "user_tunnel.profile.name": 'Contoso <VPN> & "friends" # } ; \'é',
        "user_tunnel.profile.force_tunnel": True,
        "user_tunnel.profile.name_rules": RULES,
        "user_tunnel.profile.dns_suffixes": ["corp.contoso.com", "contoso.com"],
        "user_tunnel.profile.proxy": {"server": "proxy.corp.contoso.com:8080", "bypass_for_local": True},
        "user_tunnel.profile.no_disconnect_button": True,
        "user_tunnel.profile.exclude_routes": ["10.5.0.0/16"],
    }
)
SPLIT = plan_with(
    {
        "gateway.esp": "kernel",
        "user_tunnel.routes": ["10.20.0.0/16"],
        "user_tunnel.profile.always_on": False,
        "user_tunnel.profile.trusted_networks": ["corp.contoso.com"],
        "user_tunnel.profile.name_rules": RULES,
    }
)
PLANS = {"contoso": CONTOSO, "everything": EVERYTHING, "split": SPLIT}


def differing(delivery: Delivery, case: str) -> list[str]:
    """The files that are not as in a golden folder; UPDATE_GOLDEN=1 rewrites it."""
    folder = GOLDEN / case
    made = {str(document.path): document.content for document in delivery.documents}
    if os.environ.get("UPDATE_GOLDEN"):
        for path, content in made.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    there = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return sorted(path for path in made.keys() | there.keys() if made.get(path) != there.get(path))


def lacks(delivery: Delivery) -> list[str]:
    """The settings that a delivery says it lacks."""
    return [each.path for each in delivery.missing]
