"""Golden files lie in tests/golden/radius, as on disk; UPDATE_GOLDEN=1 rewrites them."""

import os
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.pki import names
from evertunnel.plan.model import Plan
from evertunnel.radius.accounting_configuration import SPOOL
from evertunnel.radius.model import (
    CRLS,
    LEDGER,
    SETTINGS,
    PolicySettings,
    RadiusClient,
    RadiusFacts,
    ServerIdentity,
    State,
    Tokens,
)
from evertunnel.radius.render import desired
from evertunnel.values import HostName, Secret

ROOT = Path(__file__).parents[3]
EXPECTED = ROOT / "tests" / "golden" / "radius" / "contoso" / "expected"
PLAN = documents.read(Plan, tomllib.loads((ROOT / "tests" / "plans" / "devices.toml").read_text()), name="contoso.toml")
TOKEN = Secret("policy-token-policy-token")
FACTS = RadiusFacts(
    clients=(
        RadiusClient(
            name=HostName("gateway2"),
            address=IPv4Address("10.0.1.11"),
            secret=Secret("second-secret-second-secret"),
            authorize_only=True,
        ),
        RadiusClient(
            name=HostName("gateway1"),
            address=IPv4Address("10.0.1.10"),
            secret=Secret("first-secret-first-secret"),
            authorize_only=True,
        ),
    ),
    policy_token=TOKEN,
)


def test_files_are_the_golden_ones() -> None:
    files = desired(PLAN, HostName("core1"), FACTS).local.files
    if os.environ.get("UPDATE_GOLDEN"):
        for file in files:
            golden(file.path).parent.mkdir(parents=True, exist_ok=True)
            golden(file.path).write_text(file.content)

    there = sorted(path for path in EXPECTED.rglob("*") if path.is_file())

    assert there == sorted(golden(file.path) for file in files)
    assert [file.path.name for file in files if golden(file.path).read_text() != file.content] == []


def test_gateway_on_this_very_host_is_the_client_as_which_the_host_asks_itself() -> None:
    ours = RadiusClient(
        name=HostName("core1"),
        address=IPv4Address("10.0.0.20"),
        secret=Secret("gateway-secret-gateway-secret"),
        authorize_only=True,
    )
    state = desired(PLAN, HostName("core1"), RadiusFacts(clients=(*FACTS.clients, ours), policy_token=TOKEN))

    (clients,) = [file.content for file in state.local.files if file.path.name == "clients.conf"]
    assert re.findall(r"ipaddr = (\S+)", clients) == ["10.0.0.20", "10.0.1.10", "10.0.1.11"]
    assert state.probe is not None
    assert (state.probe.address, state.probe.secret) == (ours.address, ours.secret)
    assert re.findall(r"authorize_only = (\S+)", clients) == ["yes", "yes", "yes"]


def test_other_radius_clients_are_served_and_told_nothing() -> None:
    other = RadiusClient(
        name=HostName("rras1"), address=IPv4Address("10.0.1.30"), secret=Secret("other-secret-other-secret")
    )
    local = desired(PLAN, HostName("core1"), replace(FACTS, others=(other,))).local

    files = {file.path.name: file.content for file in local.files}
    assert "client rras1 {\n\tipaddr = 10.0.1.30\n" in files["clients.conf"]
    assert "authorize_only = no" in files["clients.conf"].partition("client rras1 {")[2].partition("}")[0]
    assert "10.0.1.30" not in files["outbox.json"]


def test_order_of_clients_makes_no_difference() -> None:
    turned = RadiusFacts(clients=FACTS.clients[::-1], policy_token=TOKEN)

    assert desired(PLAN, HostName("core1"), turned) == desired(PLAN, HostName("core1"), FACTS)


def test_other_hosts_have_nothing() -> None:
    assert desired(PLAN, HostName("gateway1"), FACTS) == State()


def test_state_survives_a_bundle() -> None:
    state = desired(PLAN, HostName("core1"), FACTS)

    assert documents.from_json(State, documents.to_json(state), name="state") == state


def test_secrets_lie_only_in_files_that_others_cannot_read() -> None:
    local = desired(PLAN, HostName("core1"), FACTS).local
    tokens = Tokens.of(TOKEN)
    secrets = [client.secret.reveal() for client in FACTS.clients] + [tokens.asks.reveal(), tokens.answers.reveal()]

    open_files = [file for file in local.files if not file.secret]
    assert [file.path for file in open_files for secret in secrets if secret in file.content] == []
    assert all(file.mode & 0o007 == 0 for file in local.files)
    assert [argument for service in local.services for argument in service.argv if argument in secrets] == []


def test_token_that_everything_comes_from_is_nowhere() -> None:
    assert not [file for file in desired(PLAN, HostName("core1"), FACTS).local.files if TOKEN.reveal() in file.content]


def test_services_are_made_anew_with_their_files() -> None:
    before = desired(PLAN, HostName("core1"), FACTS).local.services
    other = RadiusFacts(clients=FACTS.clients[:1], policy_token=TOKEN)
    after = desired(PLAN, HostName("core1"), other).local.services

    assert [service.name for service in before] == ["policy", "freeradius", "outbox"]
    assert before[0] == after[0]
    assert before[1].generation != after[1].generation
    assert before[2].generation != after[2].generation


def test_policy_settings_are_what_the_service_reads() -> None:
    (file,) = [each for each in desired(PLAN, HostName("core1"), FACTS).local.files if each.path == SETTINGS]

    settings = documents.from_json(PolicySettings, file.content, name="policy.json")

    limits = PLAN.limits
    assert settings == PolicySettings(
        tokens=Tokens.of(TOKEN),
        policy=Policy.of(PLAN),
        user_pool=PLAN.user_tunnel.pool if PLAN.user_tunnel else None,
        recall_seconds=limits.grace_seconds + 2 * limits.ask_again_seconds,
    )


def test_accounting_is_on_the_next_port_and_waits_in_a_directory_of_freeradius_own() -> None:
    local = desired(PLAN, HostName("core1"), FACTS).local
    files = {file.path.name: file.content for file in local.files}
    directories = {each.path: each for each in local.directories}

    assert re.findall(r"type = (\w+)\s+ipaddr = \S+\s+port = (\d+)", files["site.conf"]) == [
        ("auth", "1812"),
        ("acct", "1813"),
    ]
    assert f'filename = "{SPOOL}/detail"' in files["radiusd.conf"]
    assert (directories[SPOOL].owner, directories[SPOOL].mode) == ("freerad", 0o700)
    assert (directories[LEDGER].owner, directories[LEDGER].mode) == ("evertunnel-policy", 0o750)


def test_without_a_server_certificate_there_is_no_eap() -> None:
    local = desired(PLAN, HostName("core1"), FACTS).local

    assert not [file.path for file in local.files if "eap {" in file.content or "inner-eap" in file.content]


def test_with_a_server_certificate_eap_is_answered_and_the_crls_are_handed_on() -> None:
    facts = replace(
        FACTS, server=ServerIdentity(certificate=ISSUING, key=Secret("KEY"), authorities=(ROOT_CA, ISSUING))
    )
    local = desired(PLAN, HostName("core1"), facts).local
    files = {file.path.name: file for file in local.files}

    assert files["server.crt"].content == ISSUING + ISSUING
    assert files["server.key"].secret
    assert files["root.crt"].content == ROOT_CA
    assert str(CRLS) in files["radiusd.conf"].content
    assert CRLS in [directory.path for directory in local.directories]
    settings = documents.from_json(PolicySettings, files["policy.json"].content, name="policy.json")
    assert [crl.target.name for crl in settings.crls] == ["451eae57.r0", "a5114ab7.r0"]


@pytest.mark.parametrize(
    "secret", ["short", "with space in it, and more", 'quote"quote"quote"quote"', "${confdir}${confdir}${x}"]
)
def test_secret_that_freeradius_could_misread_cannot_be_built(secret: str) -> None:
    with pytest.raises(ValueError, match="odd characters") as caught:
        RadiusClient(name=HostName("gateway1"), address=IPv4Address("10.0.1.10"), secret=Secret(secret))
    with pytest.raises(ValueError, match="odd characters"):
        RadiusFacts(clients=(), policy_token=Secret(secret))

    assert secret not in str(caught.value)


def golden(path: Path) -> Path:
    return EXPECTED / path.relative_to("/")


def _authority(name: str) -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    subject, now = names.subject("Contoso", name), datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


ROOT_CA, ISSUING = _authority("Contoso Root CA"), _authority("Contoso Issuing CA")
