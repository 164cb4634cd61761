"""A plan with a user tunnel, as an administrator brings it to life and lets somebody in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.command_line.machine import CONTOSO, PASSPHRASE_FILE, PLAN, ROOT_KEY, Machine, started

pytestmark = pytest.mark.engine

ALICE = "alice@corp.contoso.com"
WITH_USERS = """
[gateway.pools.users]
network = "10.98.0.0/24"
identities = 100

[user_tunnel]
pool = "users"
reach = "management"
groups = ["VPN Users"]
"""
EAPOL = f"""network={{
key_mgmt=IEEE8021X
eap=TLS
identity="{ALICE}"
ca_cert="/var/tmp/root.crt"
client_cert="/var/tmp/alice.chain"
private_key="/var/tmp/alice.key"
domain_match="core1.corp.contoso.com"
}}
"""
# As the gateway asks, and from its address: FreeRADIUS tells its clients by that.
ASK = "eapol_test -c /var/tmp/eapol.conf -a 10.0.0.20 -A 10.0.1.10 -s $(cat {secret}) -t 5 -N 32:s:gateway1"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with started(tmp_path_factory.mktemp("people") / "core1", "core1") as machine:
        # Whoever has the example plan with a user tunnel of its own needs no second one.
        text = CONTOSO.read_text()
        machine.host.write(PLAN, text if "[user_tunnel]" in text else text + WITH_USERS)
        machine.host.run(["ip", "address", "add", "10.0.1.10/32", "dev", "lo"])
        machine.types("ca", "create", PLAN, "--root-key", ROOT_KEY, "--passphrase-file", PASSPHRASE_FILE, status=0)
        machine.types("apply", PLAN, status=0)
        yield machine


def test_apply_has_issued_the_servers_certificate_and_issues_no_second_one(people: Machine) -> None:
    assert people.types("apply", PLAN, status=0).stdout == "0 action(s); everything verified\n"

    listed = json.loads(people.types("certificate", "list", "--json", status=0).stdout)
    rows = listed["certificates"] if isinstance(listed, dict) else listed
    assert [row["principal"] for row in rows if row["template"] == "nps-server"] == ["core1"]


def test_servers_key_is_for_freeradius_alone(people: Machine) -> None:
    said = people.host.run(["stat", "-c", "%a %U %G", "/etc/evertunnel/radius/freeradius/server.key"]).stdout

    assert said == "640 root freerad\n"


def test_enrolled_user_is_let_in_and_a_disabled_one_is_not(people: Machine) -> None:
    people.types("user", "add", ALICE, "--group", "VPN Users", status=0)
    _enrol(people)

    assert _says(people) == "SUCCESS"
    people.types("user", "disable", ALICE, status=0)
    assert _says(people) == "FAILURE"
    people.types("user", "enable", ALICE, status=0)
    assert _says(people) == "SUCCESS"


def test_gateways_bundle_has_its_connections_and_how_charon_asks(people: Machine) -> None:
    people.types("bundle", PLAN, "gateway1", "--out", "/var/tmp", status=0)

    bundle = json.loads(people.host.read("/var/tmp/gateway1.bundle"))
    names = [name.rpartition("-")[0] for name in bundle["gateway"]["connections"]]
    paths = [Path(file["path"]).name for file in bundle["gateway"]["local"]["files"]]
    assert names == ["evertunnel-device", "evertunnel-user-users"]
    assert "eap-radius.conf" in paths


def _enrol(machine: Machine) -> None:
    machine.host.run(["openssl", "genrsa", "-out", "/var/tmp/alice.key", "2048"])
    request = ["req", "-new", "-key", "/var/tmp/alice.key", "-subj", "/", "-out", "/var/tmp/alice.csr"]
    machine.host.run(["openssl", *request])
    said = machine.types(
        "certificate", "issue", "--template", "user", "--for", ALICE, "--request", "/var/tmp/alice.csr", status=0
    )
    for name in ("root", "issuing"):
        der = f"/var/lib/evertunnel/publisher/{name}.crt"
        machine.host.run(["openssl", "x509", "-inform", "DER", "-in", der, "-out", f"/var/tmp/{name}.crt"])
    machine.host.write("/var/tmp/alice.chain", said.stdout + machine.host.read("/var/tmp/issuing.crt"))
    machine.host.write("/var/tmp/eapol.conf", EAPOL)


def _says(machine: Machine) -> str:
    ask = ASK.format(secret="/var/lib/evertunnel/secrets/radius-gateway1")
    done = machine.host.run(["sh", "-c", ask], check=False)
    return done.stdout.rstrip().rpartition("\n")[2]
