"""The outside of an isolated host: start its init, send it work, end it."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Any, NoReturn

import evertunnel
from evertunnel.drivers.namespaces.init import PACKET
from evertunnel.errors import EngineError, EngineRejected, EngineUnavailable

SOURCES = Path(evertunnel.__file__).parent.parent
# -I and -S: no user site, no .pth files; the init must not depend on how the program was installed.
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from evertunnel.drivers.namespaces.init import main; main()"
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "LANGUAGE": "C",  # nobody looks for translations
    "HOME": "/root",
}
START_SECONDS = 15.0
GONE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A program that has ended."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


class Running:
    """A program or call that runs inside a host."""

    def __init__(self, status: IO[bytes], send: Callable[[int, int], None], ended: Callable[["Running"], None]) -> None:
        """`status` gives a line with its pid, then one with its return code; `send` is for a pid and a signal."""
        # Unbuffered: readline takes octet by octet and leaves the return code's line in the pipe.
        line = status.readline()
        if not line:
            status.close()
            raise EngineUnavailable("the host is gone")
        self.pid = int(line)
        self._status = status
        self._send = send
        self._ended = ended
        self._reading = Lock()
        self._returncode: int | None = None

    def poll(self) -> int | None:
        """The return code (minus the signal, when killed), or None while it runs."""
        return self.wait(0)

    def wait(self, timeout: float | None) -> int | None:
        """Waits for the end; None when it still runs after `timeout` seconds."""
        # A host that is being ended waits for its programs while a claim's thread may wait for one of them, too.
        with self._reading:
            if self._returncode is None and select.select([self._status], [], [], timeout)[0]:
                line = self._status.readline()
                self._status.close()
                self._ended(self)
                # No line: the init is gone, and everything of the host with it.
                self._returncode = int(line) if line else -signal.SIGKILL
            return self._returncode

    def signal(self, number: int) -> None:
        """Sends a signal, when it still runs."""
        if self.poll() is None:
            self._send(self.pid, number)

    def stop(self, patience: float = 5) -> int:
        """Ends it: SIGTERM, and SIGKILL when that does not help."""
        self.signal(signal.SIGTERM)
        if self.wait(patience) is None:
            self.signal(signal.SIGKILL)
        code = self.wait(patience)
        return -signal.SIGKILL if code is None else code


class Cell:
    """One isolated host. `launch` starts it, `ready` waits for it; several are launched first, then waited for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pid = 0
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._running: set[Running] = set()

    def launch(self, disk: Path, *, mounts_of: int | None = None) -> None:
        """Starts the init; `disk` keeps /etc and /var, `mounts_of` is an init whose mounts are shared (sabotage)."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wanted = {"name": self.name, "disk": str(disk), "programs": hidden_programs(), "mounts_of": mounts_of}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", START, str(SOURCES), str(theirs.fileno()), json.dumps(wanted)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=ENVIRONMENT,
                start_new_session=True,  # a terminal's Ctrl-C is for the lab, which then ends its hosts in order
            )
        self._control = ours

    def ready(self) -> None:
        """Waits until the host can be given work."""
        # Two processes report, in any order: the one that forked the init, and the init.
        answer = {**self._hear(), **self._hear()}
        self.pid = int(answer["init"])

    def start(self, request: Mapping[str, Any], stdin: int, stdout: int, stderr: int) -> Running:
        """Sends work with the descriptors it shall use."""
        with status_pipe() as (status, write):
            self.send(request, [stdin, stdout, stderr, write])
        running = Running(status, self._signal, self._running.discard)
        self._running.add(running)
        return running

    def _signal(self, pid: int, number: int) -> None:
        self.send({"do": "signal", "pid": pid, "signal": number})

    def execute(
        self, argv: Sequence[str], *, stdin: int, stdout: int, stderr: int, environment: Mapping[str, str] | None = None
    ) -> Running:
        """Starts a program."""
        request = {"do": "exec", "argv": list(argv), "env": {**ENVIRONMENT, **(environment or {})}, "cwd": "/"}
        return self.start(request, stdin, stdout, stderr)

    def run(
        self, argv: Sequence[str], *, stdin: bytes, timeout: float, environment: Mapping[str, str] | None = None
    ) -> Completed:
        """Runs a program to its end."""
        with spools(stdin) as (given, out, err):
            running = self.execute(
                argv, stdin=given.fileno(), stdout=out.fileno(), stderr=err.fileno(), environment=environment
            )
            code = running.wait(timeout)
            if code is None:
                running.stop(patience=1)
                raise EngineUnavailable(f"{self.name}: {' '.join(argv)}: no end within {timeout:g} s: {text(err)}")
            return Completed(argv=tuple(argv), returncode=code, stdout=text(out), stderr=text(err))

    def call(self, name: str, within: float, arguments: Mapping[str, object], *, stdin: bytes = b"") -> object:
        """Runs one of `inside.CALLS` in a fork of the init, and gives what it printed."""
        with spools(stdin) as (given, out, err):
            running = self.start(
                {"do": "call", "name": name, "arguments": dict(arguments)}, given.fileno(), out.fileno(), err.fileno()
            )
            if running.wait(within) is None:
                running.stop(patience=1)
                raise EngineUnavailable(f"{self.name}: probe {name} gave no result within {within:g} s")
            answer = text(out)
            if not answer:
                raise EngineError(f"{self.name}: probe {name} failed: {text(err)}")
            value: object = json.loads(answer)
            return value

    def send(self, request: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Sends one request."""
        packet = json.dumps(request).encode()
        if self._control is None:
            raise EngineUnavailable(f"host {self.name} is not up")
        if len(packet) > PACKET:
            raise EngineRejected(
                f"{self.name}: a request of {len(packet)} octets; hand large things over on standard input"
            )
        try:
            socket.send_fds(self._control, [packet], list(descriptors))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EngineUnavailable(f"host {self.name} is gone") from error

    def end(self) -> None:
        """Ends the host and waits until the kernel has ended all that was in it."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            kill_process(self.pid)
            self._process.wait()
            self._process = None
        for running in tuple(self._running):
            running.wait(GONE_SECONDS)

    def _hear(self) -> dict[str, Any]:
        if self._control is None or not select.select([self._control], [], [], START_SECONDS)[0]:
            raise EngineUnavailable(f"host {self.name} did not start within {START_SECONDS:g} s")
        packet = self._control.recv(PACKET)
        answer: dict[str, Any] = json.loads(packet) if packet else {"failed": "its init ended; see standard error"}
        if "failed" in answer:
            raise EngineRejected(f"host {self.name} did not start: {answer['failed']}")
        return answer


def hidden_programs() -> list[str]:
    """Directories of this program that a host's fresh /run and /tmp would hide; the host gets them back, read-only."""
    needed = {SOURCES, Path(sys.prefix), Path(sys.base_prefix)}
    hiding = (Path("/run"), Path("/tmp"))  # noqa: S108 (mount points)
    return sorted(str(path) for path in needed if any(path.is_relative_to(place) for place in hiding))


def kill_process(pid: int) -> None:
    """Kills a process that may be gone already."""
    if pid > 0:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def enter(pid: int, argv: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Becomes a program inside the host whose init is `pid`."""
    variables = {**os.environ, **ENVIRONMENT, **environment}
    os.execvpe("nsenter", ["nsenter", f"--target={pid}", "--all", "--wd=/", *argv], variables)  # noqa: S606 (no shell is wanted)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Holds back Ctrl-C and the like until the block is done: clean-up is done whole."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def wire(pid: int, commands: Sequence[str]) -> None:
    """Runs `ip` commands in the network namespace of a host, seeing this machine's process ids."""
    argv = ["nsenter", f"--target={pid}", "--net", "ip", "-batch", "-"]
    done = subprocess.run(argv, input="\n".join(commands), capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise EngineRejected(f"ip: {done.stderr.strip()}")


def namespaces(pid: int) -> dict[str, int]:
    """The inode of each namespace of a process, by kind."""
    return {kind: Path(f"/proc/{pid}/ns/{kind}").stat().st_ino for kind in ("ipc", "mnt", "net", "pid", "uts")}


def wait_until(seconds: float) -> None:
    """Sleeps."""
    time.sleep(seconds)


@contextmanager
def status_pipe() -> Iterator[tuple[IO[bytes], int]]:
    """A pipe for `Running`: our end, and the end to be handed over inside the block."""
    read, write = os.pipe2(os.O_CLOEXEC)
    status = os.fdopen(read, "rb", buffering=0)
    try:
        yield status, write
    except BaseException:
        status.close()
        raise
    finally:
        os.close(write)


@contextmanager
def spools(stdin: bytes) -> Iterator[tuple[IO[bytes], IO[bytes], IO[bytes]]]:
    """Files for a program's input, output and error: no pipe fills, and no background child holds us."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.flush()
        given.seek(0)
        yield given, out, err


def text(spool: IO[bytes]) -> str:
    """What is in a file, from its beginning."""
    spool.seek(0)
    return spool.read().decode(errors="replace")
