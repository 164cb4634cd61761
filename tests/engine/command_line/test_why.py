"""`why` as it is typed, about a decision that FreeRADIUS asked for and a refusal of charon's."""

import json

import pytest
from tests.engine.command_line.machine import Machine

from evertunnel import documents
from evertunnel.gateway.refusals import Refusal
from evertunnel.lab.radius_packet import RADCLIENT

pytestmark = pytest.mark.engine

IDENTITY = "O=Contoso, CN=laptop9.corp.contoso.com, serialNumber=5f3a9c"

QUESTION = f"""\
Message-Authenticator = 0x00
User-Name = "{IDENTITY}"
Service-Type = Authorize-Only
NAS-Identifier = "gateway1"
Calling-Station-Id = "198.51.100.20"
Framed-IP-Address = 10.99.0.1
Acct-Session-Id = "1-1"
Evertunnel-Serial = "5f3a9c"
Evertunnel-Tunnel = "device"
"""
WORDS = "/var/tmp/words"
DICTIONARY = """\
$INCLUDE /usr/share/freeradius/dictionary
VENDOR Evertunnel 32473
BEGIN-VENDOR Evertunnel
ATTRIBUTE Evertunnel-Serial 1 string
ATTRIBUTE Evertunnel-Tunnel 2 string
END-VENDOR Evertunnel
"""


@pytest.fixture(scope="module")
def asked(core: Machine) -> str:
    """Asks as the gateway would, from its address; gives the answer."""
    for command in (
        "address replace 10.0.1.10/32 dev lo",
        "route replace local 10.0.0.20 dev lo table local src 10.0.1.10",
    ):
        core.host.run(["ip", *command.split()])
    core.host.write(f"{WORDS}/dictionary", DICTIONARY)
    core.host.write("/var/tmp/secret", core.host.read("/var/lib/evertunnel/secrets/radius-gateway1"), 0o600)
    words = (*RADCLIENT, "-t", "2", "-D", WORDS, "-S", "/var/tmp/secret", "10.0.0.20:1812", "auth")
    said = core.host.run(words, stdin=QUESTION, check=False).stdout
    core.host.run(["ip", "route", "replace", "local", "10.0.0.20", "dev", "lo", "table", "local", "src", "10.0.0.20"])
    return said


def test_a_refusal_is_explained(core: Machine, asked: str) -> None:
    assert "Access-Reject" in asked
    assert "285 " in asked

    said = core.types("why", "laptop9", status=0).stdout

    assert "REFUSED: NPS reason 285" in said
    assert "asked by gateway1: device tunnel" in said
    assert json.loads(core.types("why", "laptop9", "--json", status=0).stdout)["decision"]["about"] == "laptop9"


def test_a_time_before_the_decision_knows_nothing_of_it(core: Machine, asked: str) -> None:
    said = core.fails("why", "laptop9", "--at", "2020-01-01", status=2)

    assert "nothing is recorded here about 'laptop9' up to 2020-01-01 00:00:00Z" in said
    assert "REFUSED" in core.types("why", "laptop9", "--at", "2100-01-01T00:00", status=0).stdout


@pytest.mark.parametrize("when", ["yesterday", "0001-01-01", "9999-99-99"])
def test_a_wrong_time_is_told(core: Machine, when: str) -> None:
    assert core.types("why", "laptop9", "--at", when, status=2).stdout == ""


@pytest.mark.parametrize("device", ["nobody", "../../etc/passwd", "%s", "a\x1b[2J", "(.*)*$"])
def test_a_device_that_nobody_heard_of_is_told(core: Machine, device: str) -> None:
    said = core.fails("why", device, status=2)

    assert "nothing is recorded here about" in said
    assert "\x1b" not in said


def test_what_charon_refused_is_told_without_what_a_stranger_hid_in_it(core: Machine) -> None:
    refusal = Refusal(
        at=1.0,
        identity="CN=laptop8.corp.contoso.com, O=\x1b[2J",
        outer="198.51.100.66",
        reason="untrusted",
        text="its certificate is not ours",
        line="no trusted \x1b[31m key",
    )
    core.host.write(
        "/var/lib/evertunnel/gateway/refusals.jsonl", json.dumps(documents.write(refusal)) + "\n{torn", 0o600
    )

    said = core.types("why", "laptop8", status=0).stdout

    assert "refused at the gateway: CN=laptop8" in said
    assert "\x1b" not in said
    core.host.run(["rm", "-r", "/var/lib/evertunnel/gateway"])
