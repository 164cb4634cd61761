from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.client import places, status
from evertunnel.client.machine import Phase
from evertunnel.client.settings import Kind
from evertunnel.client.signin import SignedIn
from evertunnel.client.status import Report, Status
from evertunnel.drivers.fake import FakeFiles
from evertunnel.drivers.host.files import File
from evertunnel.errors import DocumentError
from evertunnel.values import Fqdn, UserName

ALICE = UserName("alice@corp.contoso.com")
UP = Report(
    kind=Kind.DEVICE,
    phase=Phase.UP,
    since=900.0,
    name="laptop1",
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
BOB = UserName("bob@corp.contoso.com")
USERS = replace(UP, kind=Kind.USER, name=ALICE)
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
    ],
)
def test_tunnel_in_plain_words(report: Report, words: str) -> None:
    lines = status.render(Status(now=1000.0, device=report, signed_in=None, user=None)).splitlines()

    assert lines == [f"Device tunnel: {words}", "User tunnel: nobody is signed in."]


@pytest.mark.parametrize(
    ("signed_in", "report", "words"),
    [
        (
            ALICE,
            USERS,
            f"Connected to vpn.contoso.com as {ALICE}; address 10.99.0.1; inside host 10.0.0.10 answered 3 s ago.",
        ),
        (ALICE, None, f"{ALICE} is signed in; the agent begins."),
        (None, USERS, f"{ALICE} is signed out; their tunnel has not ended yet."),
        (BOB, USERS, f"{ALICE} is signed out; their tunnel has not ended yet."),
    ],
)
def test_user_tunnel_in_plain_words(signed_in: UserName | None, report: Report | None, words: str) -> None:
    said = status.render(Status(now=1000.0, device=UP, signed_in=signed_in, user=report))

    assert said.splitlines()[1] == f"User tunnel: {words}"


def test_agent_that_never_ran_is_said_so() -> None:
    said = status.render(Status(now=1000.0, device=None, signed_in=None, user=None))

    assert said == "The agent does not run here. Install a profile with: evertunnel client install PROFILE"


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
    assert Status(now=1000.0, device=report, signed_in=None, user=None).is_up is up


@pytest.mark.parametrize(
    ("signed_in", "report", "up"),
    [
        (ALICE, USERS, True),
        (ALICE, replace(USERS, phase=Phase.DOWN), False),
        (ALICE, None, False),
        (BOB, USERS, False),
        (None, None, True),
    ],
)
def test_with_somebody_signed_in_both_tunnels_ought_to_be_up(
    signed_in: UserName | None,
    report: Report | None,
    up: bool,  # noqa: FBT001 (a case of the table)
) -> None:
    assert Status(now=1000.0, device=UP, signed_in=signed_in, user=report).is_up is up


def test_reports_survive_writing_and_reading() -> None:
    files = FakeFiles()
    who = SignedIn(user=ALICE, profile="digest")
    files.write(File(path=places.SIGNED_IN, content=documents.to_json(who)))

    for report in (UP, USERS):
        status.write(report, files=files)

    assert status.read(files, now=1000.0) == Status(now=1000.0, device=UP, signed_in=ALICE, user=USERS)


def test_no_report_is_no_error() -> None:
    assert status.read(FakeFiles(), now=1.0) == Status(now=1.0, device=None, signed_in=None, user=None)


@pytest.mark.parametrize("path", [places.STATUS, places.USER_STATUS, places.SIGNED_IN])
def test_report_that_cannot_be_read_is_said_so(path: Path) -> None:
    with pytest.raises(DocumentError, match=path.name):
        status.read(FakeFiles([File(path=path, content="{")]), now=1.0)
