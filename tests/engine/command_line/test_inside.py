"""RADIUS clients of others, a changed policy, and the end of a session, as typed on the inside host."""

import sys

import pytest
from tests.engine.command_line.machine import CONTOSO, PLAN, Machine

pytestmark = pytest.mark.engine

CHANGED = "/var/tmp/changed.toml"
CLIENT = """
[radius.clients.rras1]
address = "10.0.1.30"
"""
SQL = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall())"
ACCOUNT = """
import json, os, pwd, sys, time
from evertunnel.radius.ledger import Ledger
from evertunnel.radius.model import LEDGER
os.setuid(pwd.getpwnam("evertunnel-policy").pw_uid)
said = {"Acct-Status-Type": "Start", "Acct-Session-Id": "1-7", "Evertunnel-Gateway": "gateway1", "User-Name": "laptop1"}
Ledger(LEDGER).take(json.dumps({name: {"value": [value]} for name, value in said.items()}).encode(), time.time())
"""


def test_secret_of_another_radius_client_goes_into_a_file_alone_and_is_served(core: Machine) -> None:
    core.host.write(CHANGED, CONTOSO.read_text() + CLIENT)

    unknown = core.fails("secret", PLAN, "rras1", "--out", "/var/tmp/rras1.secret", status=2)
    said = core.types("secret", CHANGED, "rras1", "--out", "/var/tmp/rras1.secret", status=0)
    core.types("apply", CHANGED, status=0)

    secret = core.host.read("/var/tmp/rras1.secret").strip()
    assert "no RADIUS client 'rras1' in the plan (none)" in unknown
    assert "port 1812 for authentication and 1813 for accounting" in said.stdout
    assert len(secret) > 40
    assert not [text for text in core.said if secret in text]
    assert "600 /var/tmp/rras1.secret" in core.finds("/var/tmp/rras1.secret")
    assert secret in core.host.read("/etc/evertunnel/radius/freeradius/clients.conf")
    core.types("apply", PLAN, status=0)
    assert secret not in core.host.read("/etc/evertunnel/radius/freeradius/clients.conf")


def test_changed_policy_is_told_to_the_gateways(core: Machine) -> None:
    before = rows(core, "SELECT count(*) FROM outbox WHERE what = 'policy'")
    core.types("apply", PLAN, status=0)
    same = rows(core, "SELECT count(*) FROM outbox WHERE what = 'policy'")
    night = '[[network_policies]]\nname = "night"\naccess = "deny"\nhours = ["Mon-Sun 00:00-05:00"]\n'
    core.host.write(CHANGED, f"{CONTOSO.read_text()}\n{night}")
    core.types("apply", CHANGED, status=0)
    changed = rows(core, "SELECT subject, done FROM outbox WHERE what = 'policy' ORDER BY id DESC LIMIT 1")
    core.types("apply", PLAN, status=0)

    assert same == before
    # No gateway is there that could have taken it.
    assert changed == "('*', None)"


def test_session_is_ended_at_its_gateway_or_it_is_said_why_not(core: Machine) -> None:
    nobody = core.fails("sessions", "end", "1-7", status=2)
    core.host.run([sys.executable, "-c", ACCOUNT])

    silent = core.fails("sessions", "end", "gateway1/1-7", status=1)

    assert "1-7" in nobody
    assert "gateway1 did not answer, so the session may go on" in silent
    assert "gateway1/1-7" in core.types("sessions", status=0).stdout
    assert rows(core, "SELECT subject, detail FROM audit WHERE action = 'end session'") == (
        "('gateway1/1-7', 'laptop1: no answer')"
    )


def rows(core: Machine, query: str) -> str:
    return core.host.run([sys.executable, "-c", SQL, "/var/lib/evertunnel/store/store.db", query]).stdout.strip()
