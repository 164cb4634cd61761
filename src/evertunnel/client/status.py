"""What the agent last knew, written whole or not at all, and said in plain words."""

import time
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.client import places
from evertunnel.client.machine import Phase
from evertunnel.drivers.host.files import File, Files
from evertunnel.errors import EngineRejected
from evertunnel.values import Fqdn, HostName

STALE_SECONDS = 20.0  # the agent writes at least every 5 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the agent writes; times are Unix seconds."""

    phase: Phase
    since: float
    device: HostName
    gateway: Fqdn
    address: IPv4Address | None
    probe_address: IPv4Address
    probe_port: int
    answered_at: float | None
    refused: bool
    failures: int
    retry_at: float
    reason: str
    written_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A report as read at `now`; none if the agent never ran since the device started."""

    now: float
    report: Report | None

    @property
    def is_fresh(self) -> bool:
        """Whether the agent itself still reports."""
        return self.report is not None and self.now - self.report.written_at < STALE_SECONDS

    @property
    def is_up(self) -> bool:
        """Whether there is a tunnel, answered or not."""
        return self.is_fresh and self.report is not None and self.report.phase in (Phase.UP, Phase.UNANSWERED)


def write(report: Report, path: Path = places.STATUS, files: places.Disk | None = None) -> None:
    """Puts the report where `read` finds it."""
    (files or Files()).write(File(path=path, content=documents.to_json(report)))


def read(path: Path = places.STATUS, now: float | None = None) -> Status:
    """What the agent last reported."""
    now = time.time() if now is None else now  # noqa: TID251 (the command line's default; tests pass it)
    try:
        text = path.read_text()
    except FileNotFoundError:
        return Status(now=now, report=None)
    except (OSError, UnicodeDecodeError) as error:
        raise EngineRejected(f"cannot read {path}: {error}") from error
    return Status(now=now, report=documents.from_json(Report, text, name=str(path)))


def render(status: Status) -> str:
    """The status in a sentence or two.

    >>> render(Status(now=0.0, report=None))
    'The agent does not run here. Install a profile with: evertunnel client install PROFILE'
    """
    if status.report is None:
        return "The agent does not run here. Install a profile with: evertunnel client install PROFILE"
    words = _words(status.report, status.now)
    if status.is_fresh:
        return words
    ago = _ago(status.report.written_at, status.now)
    return f"The agent has not reported for {ago}; it may be stopped. Last known: {words}"


def _words(report: Report, now: float) -> str:
    match report.phase:
        case Phase.AWAY:
            return "Not connected: charon, the IKE daemon, does not run; it is started again by itself."
        case Phase.DOWN:
            wait = max(0, round(report.retry_at - now))
            return f"Not connected to {report.gateway}: {report.reason or 'no tunnel'}. Next attempt in {wait} s."
        case Phase.CONNECTING:
            return f"Connecting to {report.gateway} as {report.device}{_because(report)}."
        case Phase.UNANSWERED | Phase.UP:
            return f"Connected to {report.gateway} as {report.device}; address {report.address}; {_answer(report, now)}"


def _because(report: Report) -> str:
    return f" (attempt {report.failures + 1}; before: {report.reason})" if report.failures and report.reason else ""


def _answer(report: Report, now: float) -> str:
    host = f"management host {report.probe_address}"
    if report.answered_at is None:
        return f"{host} has not answered yet. The tunnel is kept."
    ago = _ago(report.answered_at, now)
    if report.phase is Phase.UNANSWERED:
        return f"{host} is silent, it last answered {ago} ago. The tunnel is kept."
    how = f"refused port {report.probe_port} (an answer all the same)" if report.refused else "answered"
    return f"{host} {how} {ago} ago."


def _ago(then: float, now: float) -> str:
    seconds = max(0, round(now - then))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
