"""A policy service's host with two people and a laptop in its directory."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.access.model import Gateway, Served
from evertunnel.plan.policies import of_user_tunnel
from evertunnel.plan.tunnels import EapType
from evertunnel.radius.model import PolicySettings, Tokens
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName, HostName, Secret

PEOPLE = """
INSERT INTO computer VALUES ('laptop1', 'device', 1, 0);
INSERT INTO directory_group VALUES ('VPN Users'), ('VPN Devices');
INSERT INTO directory_user (name, display, enabled, added) VALUES
    ('alice@corp.contoso.com', '', 1, 0), ('bob@corp.contoso.com', '', 1, 0);
INSERT INTO membership VALUES
    ('alice@corp.contoso.com', 'user', 'VPN Users'), ('laptop1', 'computer', 'VPN Devices');
INSERT INTO certificate VALUES
    ('1', 'user', 'alice@corp.contoso.com', '', 0, 4000000000, '', 0, NULL, NULL),
    ('2', 'user', 'bob@corp.contoso.com', '', 0, 4000000000, '', 0, NULL, NULL),
    ('3', 'device', 'laptop1', '', 0, 4000000000, '', 0, NULL, NULL);
"""


@pytest.fixture(scope="session")
def store_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store" / "store.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(PEOPLE)
    return path


@pytest.fixture
def policy_settings(store_template: Path, tmp_path: Path) -> PolicySettings:
    """The applied settings."""
    store = tmp_path / "store.db"
    store.write_bytes(store_template.read_bytes())
    policy = Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
    people = of_user_tunnel((GroupName("VPN Users"),))
    return PolicySettings(
        tokens=Tokens.of(Secret("a" * 40)),
        policy=replace(
            policy,
            user=Served(reach="intranet", eap_types=(EapType.EAP_TLS,)),
            network_policies=(*policy.network_policies, people),
            gateways=(Gateway(name=HostName("gateway1"), address=IPv4Address("10.0.1.10")),),
        ),
        store=store,
    )


@pytest.fixture
def settings_file(policy_settings: PolicySettings, tmp_path: Path) -> Path:
    """Where the applied settings lie."""
    path = tmp_path / "policy.json"
    path.write_text(documents.to_json(policy_settings))
    return path
