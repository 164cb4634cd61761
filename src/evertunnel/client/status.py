"""What the agent last knew, written whole or not at all, and said in plain words."""

import time
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.client import places, signin
from evertunnel.client.machine import Phase
from evertunnel.client.settings import Kind
from evertunnel.drivers.host.files import File, Files
from evertunnel.errors import EngineRejected
from evertunnel.values import Fqdn, UserName

STALE_SECONDS = 20.0  # the agent writes at least every 5 s
HOSTS = {Kind.DEVICE: "management host", Kind.USER: "inside host"}
PATHS = {Kind.DEVICE: places.STATUS, Kind.USER: places.USER_STATUS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the agent writes of one tunnel; times are Unix seconds. `name` is the device's or the person's."""

    kind: Kind
    phase: Phase
    since: float
    name: str
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
    """The reports as read at `now`; none of the device if the agent never ran since the device started."""

    now: float
    device: Report | None
    signed_in: UserName | None
    user: Report | None

    @property
    def is_up(self) -> bool:
        """Whether every tunnel that ought to be up is, answered or not."""
        return self._is_up(self.device) and (self.signed_in is None or self._is_up(self._users()))

    def _users(self) -> Report | None:
        """The report on who is signed in, not on who was before."""
        return self.user if self.user and self.user.name == self.signed_in else None

    def _is_up(self, report: Report | None) -> bool:
        return report is not None and self.is_fresh(report) and report.phase in (Phase.UP, Phase.UNANSWERED)

    def is_fresh(self, report: Report) -> bool:
        """Whether the agent itself still reports."""
        return self.now - report.written_at < STALE_SECONDS


def write(report: Report, path: Path | None = None, files: places.Disk | None = None) -> None:
    """Puts the report where `read` finds it."""
    (files or Files()).write(File(path=path or PATHS[report.kind], content=documents.to_json(report)))


def read(files: places.Disk | None = None, now: float | None = None) -> Status:
    """What the agent last reported."""
    files = files or Files()
    now = time.time() if now is None else now  # noqa: TID251 (the command line's default; tests pass it)
    who = signin.current(files)
    return Status(
        now=now,
        device=_read(files, places.STATUS),
        signed_in=who.user if who else None,
        user=_read(files, places.USER_STATUS),
    )


def render(status: Status) -> str:
    """The status in a sentence or two for each tunnel.

    >>> render(Status(now=0.0, device=None, signed_in=None, user=None))
    'The agent does not run here. Install a profile with: evertunnel client install PROFILE'
    """
    if status.device is None:
        return "The agent does not run here. Install a profile with: evertunnel client install PROFILE"
    return f"Device tunnel: {_aged(status.device, status)}\nUser tunnel: {_user(status)}"


def _user(status: Status) -> str:
    if status.user is not None and status.user.name != status.signed_in:
        return f"{status.user.name} is signed out; their tunnel has not ended yet."
    if status.signed_in is None:
        return "nobody is signed in."
    return _aged(status.user, status) if status.user else f"{status.signed_in} is signed in; the agent begins."


def _aged(report: Report, status: Status) -> str:
    words = _words(report, status.now)
    if status.is_fresh(report):
        return words
    ago = _ago(report.written_at, status.now)
    return f"The agent has not reported for {ago}; it may be stopped. Last known: {words}"


def _read(files: places.Disk, path: Path) -> Report | None:
    try:
        file = files.read(path)
    except OSError as error:
        raise EngineRejected(f"cannot read {path}: {error}") from error
    return None if file is None else documents.from_json(Report, file.content, name=str(path))


def _words(report: Report, now: float) -> str:
    match report.phase:
        case Phase.AWAY:
            return "Not connected: charon, the IKE daemon, does not run; it is started again by itself."
        case Phase.DOWN:
            wait = max(0, round(report.retry_at - now))
            return f"Not connected to {report.gateway}: {report.reason or 'no tunnel'}. Next attempt in {wait} s."
        case Phase.CONNECTING:
            return f"Connecting to {report.gateway} as {report.name}{_because(report)}."
        case Phase.UNANSWERED | Phase.UP:
            return f"Connected to {report.gateway} as {report.name}; address {report.address}; {_answer(report, now)}"


def _because(report: Report) -> str:
    return f" (attempt {report.failures + 1}; before: {report.reason})" if report.failures and report.reason else ""


def _answer(report: Report, now: float) -> str:
    host = f"{HOSTS[report.kind]} {report.probe_address}"
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
