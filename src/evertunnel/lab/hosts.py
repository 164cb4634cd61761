"""A host of the lab: a machine of its own as far as everything that runs on it can tell."""

import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from evertunnel.drivers.namespaces.cell import Cell, Completed, Running
from evertunnel.drivers.namespaces.warm import Warm
from evertunnel.errors import EngineRejected

RUN_SECONDS = 60.0
PROBE_MARGIN = 2.0
NOTHING = Path("/dev/null")


class Process:
    """A program in the background of a host; its output goes to a file that outlives it."""

    def __init__(self, running: Running, log: Path) -> None:
        self._running = running
        self.log = log

    @property
    def pid(self) -> int:
        """Its process id as the host sees it; of a fork of a loaded program, as this machine does."""
        return self._running.pid

    def poll(self) -> int | None:
        """The return code, or None while it runs."""
        return self._running.poll()

    def wait(self, timeout: float | None = None) -> int | None:
        """Waits for its end; None when it still runs."""
        return self._running.wait(timeout)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends a signal."""
        self._running.signal(number)

    def stop(self) -> int:
        """Ends it: SIGTERM first."""
        return self._running.stop()

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(errors="replace")


class Host:
    """One isolated host. /etc and /var survive a reboot; /run, /tmp, processes and interfaces do not."""

    def __init__(self, name: str, disk: Path, *, fqdn: str = "", names: Mapping[str, str] | None = None) -> None:
        """`names` is the host's /etc/hosts beside itself: name to address."""
        self.name = name
        self.boot_command: tuple[str, ...] = ()
        self.boot_process: Process | None = None
        self.attach: Callable[[Host], None] = _nothing
        self.shares_mounts_with: Host | None = None
        self._disk = disk
        self._cell = Cell(name)
        self._started = 0
        self._install(fqdn or name, names or {})

    @property
    def pid(self) -> int:
        """The host's init, as this machine sees it; 0 while the host is down."""
        return self._cell.pid

    def launch(self) -> None:
        """Starts the host; `ready` waits for it, so that several start side by side."""
        other = self.shares_mounts_with
        self._cell.launch(self._disk, mounts_of=other.pid if other else None)

    def ready(self) -> None:
        """Waits until the host is up (its interfaces are `attach`ed by who built it)."""
        self._cell.ready()

    def boot(self) -> None:
        """Brings the host up: namespaces, interfaces, then its boot command in the background."""
        self.launch()
        self.ready()
        self.attach(self)
        self.start_boot_command()

    def start_boot_command(self) -> None:
        """Starts what this host starts at boot, if anything."""
        if self.boot_command:
            self.boot_process = self.start(self.boot_command)

    def kill(self) -> None:
        """Cuts the power."""
        self._cell.end()
        self._cell = Cell(self.name)

    def reboot(self) -> None:
        """Cuts the power and brings the host up again."""
        self.kill()
        self.boot()

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str = "",
        timeout: float = RUN_SECONDS,
        check: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> Completed:
        """Runs a program on the host to its end; with `check`, a failure is an error with the program's words."""
        done = self._cell.run(argv, stdin=stdin.encode(), timeout=timeout, environment=environment)
        return self._checked(done) if check else done

    def run_warm(self, program: Warm, words: Sequence[str], *, stdin: str = "", check: bool = True) -> Completed:
        """Runs a program that is loaded already, as `run` runs any."""
        done = program.run(self.pid, words, stdin=stdin.encode(), timeout=RUN_SECONDS)
        return self._checked(done) if check else done

    def _checked(self, done: Completed) -> Completed:
        if done.returncode != 0:
            words = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise EngineRejected(f"{self.name}: {' '.join(done.argv)}: returned {done.returncode}: {words}")
        return done

    def start(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Process:
        """Starts a program in the background of the host."""
        with ExitStack() as files:
            log, out, nothing = self._log(files, Path(argv[0]).name)
            running = self._cell.execute(argv, stdin=nothing, stdout=out, stderr=out, environment=environment)
        return Process(running, log)

    def start_warm(self, program: Warm, module: str) -> Process:
        """Starts the `main` of a module that the program has loaded in the background of the host."""
        with ExitStack() as files:
            log, out, nothing = self._log(files, module)
            running = program.start(self.pid, module, (nothing, out, out), RUN_SECONDS)
        return Process(running, log)

    def call(self, name: str, within: float, **arguments: object) -> str:
        """Runs a probe of `drivers.namespaces.inside` that ends by itself `within` seconds."""
        return str(self._cell.call(name, within + PROBE_MARGIN, arguments))

    def start_call(self, name: str, **arguments: object) -> Process:
        """Starts a probe or server of `drivers.namespaces.inside` in the background of the host."""
        with ExitStack() as files:
            log, out, nothing = self._log(files, name)
            request = {"do": "call", "name": name, "arguments": arguments}
            running = self._cell.start(request, nothing, out, out)
        return Process(running, log)

    def write(self, path: str | Path, content: str, mode: int = 0o644) -> None:
        """Writes a file on the host."""
        self._cell.call("write", RUN_SECONDS, {"path": str(path), "mode": mode}, stdin=content.encode())

    def read(self, path: str | Path) -> str:
        """Reads a file on the host."""
        return self.run(["cat", "--", str(path)]).stdout

    def put(self, settings: Mapping[str, str]) -> None:
        """Sets kernel settings of the host, `net.ipv4.ip_forward` and the like."""
        values = {f"/proc/sys/{name.replace('.', '/')}": value for name, value in settings.items()}
        self._cell.call("put", RUN_SECONDS, {"values": values})

    def _install(self, fqdn: str, names: Mapping[str, str]) -> None:
        etc = self._disk / "etc"
        etc.mkdir(parents=True, mode=0o755)
        # Without its own name in /etc/hosts FreeRADIUS starts in ten seconds, waiting for DNS.
        lines = ["127.0.0.1 localhost", f"127.0.1.1 {fqdn} {self.name}" if fqdn != self.name else f"127.0.1.1 {fqdn}"]
        lines += [f"{address} {name}" for name, address in sorted(names.items())]
        (etc / "hosts").write_text("\n".join(lines) + "\n")
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "resolv.conf").write_text("")

    def _log(self, files: ExitStack, title: str) -> tuple[Path, int, int]:
        self._started += 1
        log = self._disk / "log" / f"{self._started:03}-{title}.log"
        log.parent.mkdir(exist_ok=True)
        out = files.enter_context(log.open("ab")).fileno()
        return log, out, files.enter_context(NOTHING.open("rb")).fileno()


def _nothing(_: Host) -> None:
    return
