"""PID 1 of an isolated host: reaps, runs what the lab asks for, and ends with the lab.

The lab's end of the control socket sends one JSON object a packet, with four descriptors for work: standard input,
output, error, and a pipe for the result (a line with the pid, then a line with the return code).
    {"do": "exec", "argv": […], "env": {…}, "cwd": "/"}      {"do": "call", "name": "tcp", "arguments": {…}}
    {"do": "signal", "pid": 17, "signal": 9}
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from evertunnel.drivers.namespaces import inside, mounts

PACKET = 1 << 17
DESCRIPTORS = 4
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x1 | 0x40
EVERYTHING_BUT_MOUNTS = mounts.CLONE_NEWUTS | mounts.CLONE_NEWIPC | mounts.CLONE_NEWPID | mounts.CLONE_NEWNET


def main() -> None:
    """Makes the namespaces and becomes the host; argument: descriptor of the control socket and a JSON object."""
    os.umask(0o022)  # whatever umask the lab was started with: services must be able to walk what is made here
    control = socket.socket(fileno=int(sys.argv[1]))
    wanted = json.loads(sys.argv[2])
    if wanted["mounts_of"] is None:
        mounts.prepare(Path(wanted["disk"]))
        mounts.unshare(EVERYTHING_BUT_MOUNTS | mounts.CLONE_NEWNS)
    else:
        _share_mounts(wanted["mounts_of"])
        mounts.unshare(EVERYTHING_BUT_MOUNTS)
    child = os.fork()
    if child == 0:
        _be_init(control, wanted)
    with contextlib.suppress(BrokenPipeError):  # the lab may be gone already; the init then ends by itself
        control.send(json.dumps({"init": child}).encode())
    control.close()
    os.waitpid(child, 0)


def _share_mounts(pid: int) -> None:
    descriptor = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY)
    mounts.join(descriptor, mounts.CLONE_NEWNS)
    os.close(descriptor)


def _be_init(control: socket.socket, wanted: dict[str, Any]) -> NoReturn:
    try:
        socket.sethostname(wanted["name"])
        if wanted["mounts_of"] is None:
            mounts.furnish(Path(wanted["disk"]), wanted["programs"])
        _loopback_up()
        os.chdir("/")
        wake = _wake_on_children()
        control.send(b'{"ready": true}')
        _serve(control, wake)
    except BaseException as error:  # noqa: BLE001 (PID 1: whatever it was goes to the lab, then the host ends)
        with contextlib.suppress(OSError):
            control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
    os._exit(0)


def _serve(control: socket.socket, wake: int) -> None:
    running: dict[int, int] = {}
    while True:
        readable, _, _ = select.select([control.fileno(), wake], [], [])
        if wake in readable:
            os.read(wake, 4096)
            _reap(running)
        if control.fileno() in readable:
            packet, descriptors, _, _ = socket.recv_fds(control, PACKET, DESCRIPTORS)
            if not packet:
                return
            _obey(json.loads(packet), descriptors, running)


def _obey(request: dict[str, Any], descriptors: list[int], running: dict[int, int]) -> None:
    if request["do"] == "signal":
        with contextlib.suppress(ProcessLookupError):
            os.kill(request["pid"], request["signal"])
        return
    result = descriptors[3]
    child = os.fork()
    if child == 0:
        _become(request, descriptors)
    for descriptor in descriptors[:3]:
        os.close(descriptor)
    running[child] = result
    _tell(result, f"{child}\n")


def _become(request: dict[str, Any], descriptors: list[int]) -> NoReturn:
    status = 127
    try:
        os.setsid()
        forget_parent(descriptors)
        if request["do"] == "call":
            inside.CALLS[request["name"]](**request["arguments"])
            status = 0
        else:
            os.chdir(request["cwd"])
            os.execvpe(request["argv"][0], request["argv"], request["env"])  # noqa: S606 (no shell is wanted)
    except FileNotFoundError as error:
        os.write(2, f"{request.get('argv', ['?'])[0]}: {error.strerror}\n".encode())
    except BaseException:  # noqa: BLE001 (a fork of PID 1 must never return into its loop)
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def forget_parent(descriptors: list[int]) -> None:
    """Makes three descriptors standard input, output and error of a fork, and closes all others."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Received descriptors may be numbered below 3 nowhere: 0 to 2 are open in the init.
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    os.closerange(3, 1024)


def _reap(running: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
            pid, status = ended
            result = running.pop(pid, None)
            if result is not None:
                _tell(result, f"{os.waitstatus_to_exitcode(status)}\n")
                os.close(result)


def _tell(descriptor: int, line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(descriptor, line.encode())


def _wake_on_children() -> int:
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return read


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", IFF_UP_RUNNING, b""))
