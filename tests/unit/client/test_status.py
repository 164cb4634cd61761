from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel.client import status
from evertunnel.client.machine import Phase
from evertunnel.client.status import Report, Status
from evertunnel.errors import DocumentError
from evertunnel.values import Fqdn, HostName

UP = Report(
    phase=Phase.UP,
    since=900.0,
    device=HostName("laptop1"),
    gateway=Fqdn("vpn.contoso.com"),
    address=IPv4Address("10.99.0.1"),
    probe_address=IPv4Address("10.0.0.10"),
    probe_port=80,
    answered_at=997.0,
    refused=False,
    failures=0,
    retry_at=0.0,
    reason="",
    written_at=999.0,
)
CONNECTED = "Connected to vpn.contoso.com as laptop1; address 10.99.0.1; management host 10.0.0.10"


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (UP, f"{CONNECTED} answered 3 s ago."),
        (replace(UP, refused=True), f"{CONNECTED} refused port 80 (an answer all the same) 3 s ago."),
        (
            replace(UP, phase=Phase.UNANSWERED, answered_at=700.0),
            f"{CONNECTED} is silent, it last answered 5 min ago. The tunnel is kept.",
        ),
        (
            replace(UP, phase=Phase.UNANSWERED, answered_at=None),
            f"{CONNECTED} has not answered yet. The tunnel is kept.",
        ),
        (replace(UP, phase=Phase.CONNECTING), "Connecting to vpn.contoso.com as laptop1."),
        (
            replace(UP, phase=Phase.CONNECTING, failures=2, reason="the gateway does not answer"),
            "Connecting to vpn.contoso.com as laptop1 (attempt 3; before: the gateway does not answer).",
        ),
        (
            replace(UP, phase=Phase.DOWN, retry_at=1004.0, reason="the gateway does not answer"),
            "Not connected to vpn.contoso.com: the gateway does not answer. Next attempt in 4 s.",
        ),
        (replace(UP, phase=Phase.DOWN), "Not connected to vpn.contoso.com: no tunnel. Next attempt in 0 s."),
        (
            replace(UP, phase=Phase.AWAY),
            "Not connected: charon, the IKE daemon, does not run; it is started again by itself.",
        ),
        (
            replace(UP, written_at=950.0),
            f"The agent has not reported for 50 s; it may be stopped. Last known: {CONNECTED} answered 3 s ago.",
        ),
        (None, "The agent does not run here. Install a profile with: evertunnel client install PROFILE"),
    ],
)
def test_status_in_plain_words(report: Report | None, words: str) -> None:
    assert status.render(Status(now=1000.0, report=report)) == words


@pytest.mark.parametrize(
    ("report", "up"),
    [
        (UP, True),
        (replace(UP, phase=Phase.UNANSWERED), True),
        (replace(UP, phase=Phase.DOWN), False),
        (replace(UP, written_at=900.0), False),
        (None, False),
    ],
)
def test_tunnel_is_up_only_while_the_agent_says_so(report: Report | None, up: bool) -> None:  # noqa: FBT001 (a case of the table)
    assert Status(now=1000.0, report=report).is_up is up


def test_report_survives_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "client" / "status.json"

    status.write(UP, path)

    assert status.read(path, now=1000.0) == Status(now=1000.0, report=UP)


def test_no_report_is_no_error(tmp_path: Path) -> None:
    assert status.read(tmp_path / "status.json", now=1.0) == Status(now=1.0, report=None)


def test_report_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text("{")

    with pytest.raises(DocumentError, match=r"status\.json"):
        status.read(path, now=1.0)
