"""`certificate` as it is typed."""

import json

import pytest
from tests.engine.command_line.machine import Machine, request

pytestmark = pytest.mark.engine

CSR = "/var/tmp/core1.csr"


@pytest.fixture(scope="module")
def serial(core: Machine) -> str:
    request(core, CSR, "core1.corp.contoso.com")
    words = ("certificate", "issue", "--template", "nps-server", "--for", "core1", "--request", CSR)
    assert core.types(*words, status=0).stdout.startswith("-----BEGIN CERTIFICATE-----")
    rows = json.loads(core.types("certificate", "list", "--json", status=0).stdout)
    return str(next(row["serial"] for row in rows if row["template"] == "nps-server"))


def test_a_certificate_is_listed_and_shown(core: Machine, serial: str) -> None:
    assert f"{serial}  nps-server  core1 " in core.types("certificate", "list", status=0).stdout
    assert f"serial     {serial}\n" in core.types("certificate", "show", serial.upper(), status=0).stdout
    assert json.loads(core.types("certificate", "show", serial, "--json", status=0).stdout)["principal"] == "core1"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("issue --template nonsense --for core1 --request {csr}", 2, "no template 'nonsense'"),
        ("issue --template vpn-server --for core1 --request {csr}", 1, "core1 is not in VPN Servers"),
        ("issue --template device --for core1 --request {csr}", 1, "core1 is not in VPN Devices"),
        ("issue --template device --for nobody --request {csr}", 1, "nobody is not in the directory"),
        ("issue --template device --for no_body --request {csr}", 2, "is not a host name"),
        ("issue --template vpn-server --for gateway1 --name evil.example.com --request {csr}", 1, "evil.example.com"),
        ("issue --template nps-server --for core1 --request /dev/null", 2, "request"),
        ("show 5f3a9c", 2, "There is no certificate 5f3a9c on record"),
        ("show zz", 2, "'zz' is not a serial number"),
        ("revoke 5f3a9c", 2, "There is no certificate 5f3a9c on record"),
        ("revoke 5f3a9c --reason anger", 2, "no reason 'anger'. Choose one of unspecified, keyCompromise"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_issued(
    core: Machine, serial: str, words: str, status: int, said: str
) -> None:
    issued = core.finds("/var/lib/evertunnel/signer")

    assert said in core.fails("certificate", *words.format(csr=CSR).split(), status=status)
    assert core.finds("/var/lib/evertunnel/signer") == issued


def test_a_certificate_is_revoked_once_and_for_good(core: Machine, serial: str) -> None:
    said = core.types("certificate", "revoke", serial, "--reason", "superseded", status=0).stdout

    assert said == f"revoked {serial} (nps-server of core1); a new CRL is published\n"
    assert "revoked already" in core.fails("certificate", "revoke", serial, status=1)
    assert (
        f"{serial}  nps-server  core1                 revoked (superseded)" in core.types("certificate", "list").stdout
    )
    crl = ("openssl", "crl", "-inform", "der", "-in", "/var/lib/evertunnel/publisher/issuing.crl", "-noout", "-text")
    assert serial.upper() in core.host.run(crl).stdout
