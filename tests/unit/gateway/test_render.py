"""Golden files lie in tests/golden/gateway, as on disk; UPDATE_GOLDEN=1 rewrites them."""

import os
import re
import tomllib
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.gateway.model import Connections, SessionsSettings, State
from evertunnel.gateway.render import (
    CHARON,
    CONNECTIONS,
    EAP_RADIUS_CONF,
    SESSIONS,
    STRONGSWAN_CONF,
    GatewayFacts,
    close_commands,
    desired,
    flush_commands,
)
from evertunnel.plan.gateway import Esp, Pool
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import Access, NetworkPolicy
from evertunnel.plan.tunnels import Tunnel, UserTunnel
from evertunnel.values import HostName, ObjectId, Secret

ROOT = Path(__file__).parents[3]
EXPECTED = ROOT / "tests" / "golden" / "gateway" / "contoso" / "expected"
PLAN = documents.read(Plan, tomllib.loads((ROOT / "tests" / "plans" / "devices.toml").read_text()), name="contoso.toml")
GATEWAY = HostName("gateway1")
FACTS = GatewayFacts(
    certificate="-----certificate of gateway1-----\n",
    key=Secret("-----key of gateway1-----\n"),
    authorities=("-----root-----\n", "-----issuing-----\n"),
    radius_secret=Secret("first-secret-first-secret"),
    orders_secret=Secret("other-secret-other-secret"),
    device_policy=ObjectId("1.3.6.1.4.1.32473.1.1"),
    identity_pattern="O=Contoso, CN=*, serialNumber=*",
)


def test_files_are_the_golden_ones() -> None:
    files = desired(PLAN, GATEWAY, FACTS).local.files
    if os.environ.get("UPDATE_GOLDEN"):
        for file in files:
            golden(file.path).parent.mkdir(parents=True, exist_ok=True)
            golden(file.path).write_text(file.content)

    there = sorted(path for path in EXPECTED.rglob("*") if path.is_file())

    assert there == sorted(golden(file.path) for file in files)
    assert [file.path.name for file in files if golden(file.path).read_text() != file.content] == []


def test_without_a_user_tunnel_charon_carries_no_eap() -> None:
    state = desired(replace(PLAN, user_tunnel=None), GATEWAY, FACTS)
    files = {file.path: file.content for file in state.local.files}

    assert EAP_RADIUS_CONF not in files
    assert "eap" not in files[STRONGSWAN_CONF]
    assert len(state.connections) == 1


def test_with_a_user_tunnel_charon_asks_radius_and_takes_its_addresses_first() -> None:
    state = desired(with_users(PLAN), GATEWAY, FACTS)
    files = {file.path: file for file in state.local.files}

    plugins = files[STRONGSWAN_CONF].content.split("load = ")[1].splitlines()[0].split()
    assert plugins.index("eap-radius") < plugins.index("vici")
    assert f"include {EAP_RADIUS_CONF}" in files[STRONGSWAN_CONF].content
    assert FACTS.radius_secret.reveal() not in files[STRONGSWAN_CONF].content
    assert FACTS.radius_secret.reveal() in files[EAP_RADIUS_CONF].content
    assert files[EAP_RADIUS_CONF].mode == 0o600
    assert files[EAP_RADIUS_CONF].secret
    names = [name.rpartition("-")[0] for name in state.connections]
    assert names == ["evertunnel-device", "evertunnel-user-staff", "evertunnel-user-users"]


def test_charons_own_accounting_and_disconnecting_stay_off() -> None:
    files = {file.path: file.content for file in desired(with_users(PLAN), GATEWAY, FACTS).local.files}

    assert re.search(r"accounting = no\n", files[EAP_RADIUS_CONF])
    assert re.search(r"dae {\s+enable = no\s+}", files[EAP_RADIUS_CONF])


def with_users(plan: Plan) -> Plan:
    pools = {name: Pool(network=IPv4Network(f"10.{number}.0.0/24"), identities=10) for name, number in POOLS}
    staff = NetworkPolicy(name="staff", access=Access.GRANT, tunnel=Tunnel.USER, pool="staff")
    return replace(
        plan,
        gateway=replace(plan.gateway, pools={**plan.gateway.pools, **pools}),
        user_tunnel=UserTunnel(pool="users", reach="management"),
        network_policies=(staff,),
    )


POOLS = (("users", 98), ("staff", 97))


def test_state_survives_a_bundle() -> None:
    state = desired(PLAN, GATEWAY, FACTS)

    assert documents.read(State, documents.write(state), name="bundle") == state


def test_secrets_lie_in_files_for_root_alone_and_show_nowhere() -> None:
    state = desired(PLAN, GATEWAY, FACTS)

    assert {file.path for file in state.local.files if file.mode == 0o600} == {CONNECTIONS, SESSIONS}
    assert "first-secret" not in repr(state)
    assert "key of gateway1" not in repr(state)


def test_documents_are_read_by_the_service_that_they_are_for() -> None:
    contents = {file.path: file.content for file in desired(PLAN, GATEWAY, FACTS).local.files}

    connections = documents.from_json(Connections, contents[CONNECTIONS], name="connections.json")
    settings = documents.from_json(SessionsSettings, contents[SESSIONS], name="sessions.json")

    assert connections.key.reveal() == "-----key of gateway1-----\n"
    assert settings.crls.urls == ("http://10.0.0.20/root.crl", "http://10.0.0.20/issuing.crl")


def test_charon_starts_behind_a_shut_latch_and_sessions_leaves_no_admission_behind() -> None:
    charon, sessions = desired(PLAN, GATEWAY, FACTS).local.services
    contents = {str(file.path): file.content for file in desired(PLAN, GATEWAY, FACTS).local.files}

    assert charon.before[0] == ("nft", "-f", "/etc/evertunnel/gateway/close.nft")
    assert contents["/etc/evertunnel/gateway/close.nft"] == close_commands(["management"])
    assert sessions.after == (("nft", "-f", "/etc/evertunnel/gateway/flush.nft"),)
    assert contents["/etc/evertunnel/gateway/flush.nft"] == flush_commands(["management"])


def test_each_charon_writes_a_log_of_its_own_that_has_an_end() -> None:
    charon, _ = desired(PLAN, GATEWAY, FACTS).local.services
    contents = {file.path: file.content for file in desired(PLAN, GATEWAY, FACTS).local.files}

    assert charon.before[1] == ("install", "-D", "-m", "0600", "/dev/null", "/run/evertunnel/charon.log")
    assert "path = /run/evertunnel/charon.log\n" in contents[STRONGSWAN_CONF]
    assert (
        charon.argv
        == CHARON
        == ("env", "--ignore-signal=XFSZ", "prlimit", "--fsize=8388608", "/usr/sbin/charon-systemd")
    )


def test_everything_that_charon_is_told_is_in_the_name_of_the_connection() -> None:
    renewed = replace(FACTS, certificate="-----renewed-----\n")

    assert desired(PLAN, GATEWAY, FACTS).connections != desired(PLAN, GATEWAY, renewed).connections


def test_kernel_esp_loads_no_libipsec() -> None:
    plan = replace(PLAN, gateway=replace(PLAN.gateway, esp=Esp.KERNEL))

    contents = {file.path: file.content for file in desired(plan, GATEWAY, FACTS).local.files}

    assert "kernel-libipsec" not in contents[STRONGSWAN_CONF]


def test_closing_flushes_the_latch_and_every_reach() -> None:
    assert close_commands(["a", "b"]).splitlines() == [
        "flush set inet evertunnel latch",
        "flush set inet evertunnel admitted_a",
        "flush set inet evertunnel admitted_b",
    ]


def test_flushing_leaves_the_latch_so_that_live_tunnels_live_on() -> None:
    assert flush_commands(["a", "b"]).splitlines() == [
        "flush set inet evertunnel admitted_a",
        "flush set inet evertunnel admitted_b",
    ]


@pytest.mark.parametrize("host", ["edge1", "core1"])
def test_host_that_lacks_a_card_is_refused(host: str) -> None:
    plan = replace(PLAN, hosts={**PLAN.hosts, HostName(host): replace(PLAN.hosts[HostName(host)], external=None)})

    with pytest.raises(LookupError, match="no external card"):
        desired(plan, HostName(host), FACTS)


def golden(path: Path) -> Path:
    return EXPECTED / path.relative_to("/")
