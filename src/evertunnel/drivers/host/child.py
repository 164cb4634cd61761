"""One supervised service: a thread that runs before, program, after, and again for as long as it is wanted."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable

from evertunnel.drivers import logs
from evertunnel.drivers.host.journal import Journal
from evertunnel.drivers.host.privileges import confined
from evertunnel.drivers.host.processes import resolve, run, spawn
from evertunnel.drivers.host.units import ServiceStatus, Unit
from evertunnel.errors import EngineError, EngineRejected

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
HEALTHY_SECONDS = 10.0  # having lived this long, its next death is counted as its first
STOP_SECONDS = 10.0
STEP_SECONDS = 30.0
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

log = logs.get_logger(__name__)


class Child:
    """A service's thread; its own, because the parent-death signal is tied to the thread that started the process."""

    def __init__(self, unit: Unit, journal: Journal, *, clock: Callable[[], float]) -> None:
        self._unit, self._journal, self._clock = unit, journal, clock
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = ""
        self._wanted = False
        self._ended = False
        self._busy = False
        self._trouble = ""
        self._restarts = 0
        self._since = clock()
        self._thread = threading.Thread(target=self._live, name=unit.name, daemon=True)
        self._thread.start()

    def status(self) -> ServiceStatus:
        """What it does."""
        with self._changed:
            pid = self._process.pid if self._process else None
            uptime = self._clock() - self._since if pid else 0.0
            return ServiceStatus(
                unit=self._unit, pid=pid, started_digest=self._started, restarts=self._restarts, uptime=uptime
            )

    def install(self, unit: Unit) -> None:
        """Changes what the next start runs."""
        with self._changed:
            self._unit = unit

    def want(self) -> None:
        """Has it started, now and whenever it dies."""
        with self._changed:
            self._wanted, self._trouble = True, ""
            self._changed.notify_all()

    def start(self, timeout: float = STEP_SECONDS) -> None:
        """Starts it and waits until its process is there; EngineRejected with the reason if it is not."""
        with self._changed:
            self.want()
            self._changed.wait_for(lambda: self._process is not None or self._trouble or not self._wanted, timeout)
            if self._process is None:
                raise EngineRejected(
                    f"service {self._unit.name} does not start: {self._trouble or 'no answer in time'}"
                )

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Ends its process, by force after `timeout`, and waits until `after` has run."""
        with self._changed:
            self._wanted = False
            self._changed.notify_all()
            self._signal(signal.SIGTERM)
            if not self._changed.wait_for(self._is_down, timeout):
                self._signal(signal.SIGKILL)
                self._changed.wait_for(self._is_down, STEP_SECONDS)

    def end(self) -> None:
        """Stops it and ends its thread."""
        self.stop()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(STEP_SECONDS)

    def run_after(self) -> None:
        """Runs what must run when the program is not there; every command, whatever becomes of the others."""
        for command in self._unit.after:
            self._command(command)

    def _is_down(self) -> bool:
        return self._process is None and not self._busy

    def _live(self) -> None:
        delay = FIRST_DELAY
        while self._awaits_work():
            lived = self._once()
            delay = FIRST_DELAY if lived >= HEALTHY_SECONDS else delay
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                if self._wanted:
                    self._restarts += 1
                    self._changed.wait_for(lambda: not self._wanted or self._ended, delay)
            delay = min(delay * 2, LONGEST_DELAY) if self._wanted else FIRST_DELAY

    def _awaits_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._ended)
            self._busy = not self._ended
            return not self._ended

    def _once(self) -> float:
        """One life of the program; how long it lived."""
        if not all(self._command(command) for command in self._unit.before):
            return 0.0
        process = self._spawn()
        if process is None:
            return 0.0
        started = self._clock()
        self._wait(process)
        self.run_after()
        return self._clock() - started

    def _command(self, command: tuple[str, ...]) -> bool:
        try:
            run(resolve(command), timeout=STEP_SECONDS)
        except EngineError as error:
            self._complain(str(error))
            return False
        return True

    def _spawn(self) -> "subprocess.Popen[bytes] | None":
        with self._changed:
            if not self._wanted:
                return None
            unit = self._unit
            try:
                process = spawn(confined(unit), environment={"PATH": PATH, "LANG": "C.UTF-8", **unit.environment})
            except (OSError, KeyError) as error:
                self._complain(str(error))
                return None
            self._process, self._started, self._since, self._trouble = process, unit.digest(), self._clock(), ""
            self._changed.notify_all()
        if process.stdout is not None:
            self._journal.follow(process.stdout)
        log.info("service started", service=unit.name, pid=process.pid)
        return process

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        # Seen but not yet reaped, its process group cannot be anybody else's: what it left behind goes with it.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._changed:
            self._signal(signal.SIGKILL)
            status = process.wait()
            self._process, self._since = None, self._clock()
            self._trouble = f"it ended with status {status}"
            # Still busy: `stop` waits for `after`.
        log.info("service ended", service=self._unit.name, status=status)

    def _signal(self, number: signal.Signals) -> None:
        """Held under the lock, as is reaping, so that the group is still its own."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _complain(self, what: str) -> None:
        log.warning("service step failed", service=self._unit.name, error=what)
        self._journal.write(f"evertunnel: {what}\n".encode())
        with self._changed:
            self._trouble = what
            self._changed.notify_all()
