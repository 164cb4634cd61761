"""A program that is loaded once and forked for each command, so that a command costs its work and not its imports.

The server runs outside of all hosts. For each request it forks; the fork enters a host's namespaces, forks again for
the process ids there, and calls a module's `main` with the command's words. A request is one packet,
{"init": 17, "module": "evertunnel.cli.main", "words": ["status"]}, with the descriptors that `init` takes, too.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from evertunnel.drivers.namespaces import mounts
from evertunnel.drivers.namespaces.cell import ENVIRONMENT, Completed, Running, spools, status_pipe, text
from evertunnel.drivers.namespaces.init import DESCRIPTORS, PACKET, forget_parent
from evertunnel.errors import EngineRejected, EngineUnavailable

START = "from evertunnel.drivers.namespaces.warm import serve; serve()"
# The mounts last: /proc would name other processes.
NAMESPACES = {
    "uts": mounts.CLONE_NEWUTS,
    "ipc": mounts.CLONE_NEWIPC,
    "net": mounts.CLONE_NEWNET,
    "pid": mounts.CLONE_NEWPID,
    "mnt": mounts.CLONE_NEWNS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program's file, the module whose `main` it calls, and what is loaded beforehand: `a.b`, or all of `a.b.*`.

    `rehearses` is a command that changes nothing: what it prepares in memory, every other one finds prepared.
    """

    path: str
    module: str
    loads: tuple[str, ...]
    rehearses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """The program, ready to be run on any host, from several threads."""

    path: str
    module: str
    control: socket.socket

    def start(self, init: int, module: str, descriptors: Sequence[int], timeout: float) -> Running:
        """Starts the `main` of another module that is loaded, in the background of the host."""
        return self._start(init, module, (), descriptors, timeout)

    def run(self, init: int, words: Sequence[str], *, stdin: bytes, timeout: float) -> Completed:
        """Runs the program to its end on the host whose init is `init`."""
        with spools(stdin) as (given, out, err):
            running = self._start(init, self.module, words, [given.fileno(), out.fileno(), err.fileno()], timeout)
            code = running.wait(timeout)
            if code is None:
                running.stop(patience=1)
                raise EngineUnavailable(f"{' '.join(words)}: no end within {timeout:g} s: {text(err)}")
            return Completed(argv=(self.path, *words), returncode=code, stdout=text(out), stderr=text(err))

    def _start(
        self, init: int, module: str, words: Sequence[str], descriptors: Sequence[int], timeout: float
    ) -> Running:
        packet = json.dumps({"init": init, "module": module, "words": list(words)}).encode()
        if len(packet) > PACKET:
            raise EngineRejected(f"words of {len(packet)} octets; hand large things over on standard input")
        with status_pipe() as (status, write):
            try:
                socket.send_fds(self.control, [packet], [*descriptors, write])
            except (BrokenPipeError, ConnectionResetError) as error:
                raise EngineUnavailable("the loaded program is gone") from error
        if not select.select([status], [], [], timeout)[0]:
            status.close()
            raise EngineUnavailable(f"{' '.join((module, *words))}: not started within {timeout:g} s")
        return Running(status, _signal, lambda _: None)


@contextmanager
def warm(program: Program) -> Iterator[Warm]:
    """Has the program loaded meanwhile; its forks may outlive the block, and end by themselves."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    wanted = json.dumps(asdict(program))
    with theirs:
        process = subprocess.Popen(
            # -I: nothing is imported from the directory where the lab was started.
            [sys.executable, "-I", "-c", START, str(theirs.fileno()), wanted],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=ENVIRONMENT,
            start_new_session=True,  # a terminal's Ctrl-C is for the lab
        )
    try:
        with ours:
            yield Warm(path=program.path, module=program.module, control=ours)
    finally:
        process.wait()


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def serve() -> None:
    """Loads the program and waits for commands; arguments: descriptor of the control socket and a Program in JSON."""
    control = socket.socket(fileno=int(sys.argv[1]))
    program = json.loads(sys.argv[2])
    gc.disable()  # what is loaded stays
    for name in program["loads"]:
        _load(name)
    main = importlib.import_module(program["module"]).main
    if program["rehearses"]:
        with (
            Path(os.devnull).open("w") as nowhere,
            redirect_stdout(nowhere),
            redirect_stderr(nowhere),
            suppress(SystemExit),
        ):
            main(program["rehearses"])
    gc.freeze()  # forks share what is never collected
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, PACKET, DESCRIPTORS)
        if not packet:
            return
        request = json.loads(packet)
        if _forked():
            control.close()
            _attend(request["init"], descriptors)
            sys.argv = [program["path"], *request["words"]]
            _end(importlib.import_module(request["module"]).main(request["words"]))
        for descriptor in descriptors:
            os.close(descriptor)


def _end(status: int | None) -> NoReturn:
    """Ends the fork with what is registered for that; taking the interpreter apart would copy all that forks share."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 (what the interpreter does first, too)
    atexit._run_exitfuncs()  # noqa: SLF001 (and then)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def _forked() -> bool:
    """Whether this is the fork; where there is none, the ends of the request's pipe tell."""
    try:
        return os.fork() == 0
    except OSError:
        return False


def _load(name: str) -> None:
    found = importlib.import_module(name.removesuffix(".*"))
    if name.endswith(".*"):
        for each in pkgutil.walk_packages(found.__path__, f"{found.__name__}."):
            importlib.import_module(each.name)


def _attend(init: int, descriptors: list[int]) -> None:
    """Returns in a process of the host; the process that called it waits for that one and tells its return code."""
    result = os.dup(descriptors[3])
    try:
        places = {kind: os.open(f"/proc/{init}/ns/{kind}", os.O_RDONLY) for kind in NAMESPACES}
        if os.path.samestat(os.fstat(places["mnt"]), Path("/proc/self/ns/mnt").stat()):
            os._exit(1)  # a number given again, to a process of this very machine
        for kind, flag in NAMESPACES.items():
            mounts.join(places[kind], flag)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        child = os.fork()
    except OSError:
        os._exit(1)  # the host is gone; the pipe's end says so
    if child:
        _tell(result, child)
    os.chdir("/")
    os.setsid()
    forget_parent(descriptors)


def _tell(result: int, child: int) -> NoReturn:
    with suppress(BrokenPipeError):
        os.write(result, f"{child}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(result, f"{code}\n".encode())
    os._exit(0)
