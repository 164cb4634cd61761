"""The only door to other programs: argument lists, never a shell; secrets go by standard input or files alone."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from evertunnel.errors import EngineRejected, EngineUnavailable

TIMEOUT = 30.0
LAST_WORDS = 2_000


def run(argv: Sequence[str], *, stdin: str | None = None, timeout: float = TIMEOUT) -> str:
    """Runs a program to its end and gives its standard output; its failure is an EngineRejected with its own words."""
    try:
        done = subprocess.run(
            resolve(argv),
            input=stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise EngineUnavailable(f"{argv[0]} is not installed on this host") from error
    except subprocess.TimeoutExpired as error:
        raise EngineUnavailable(f"{' '.join(argv)} did not end within {timeout:g} s") from error
    except OSError as error:
        raise EngineRejected(f"{' '.join(argv)} cannot be run: {error}") from error
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}")[-LAST_WORDS:]
        raise EngineRejected(f"{' '.join(argv)}: {words}")
    return done.stdout


def spawn(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Starts a program in a session of its own; its output and errors come by one pipe."""
    return subprocess.Popen(  # the caller keeps it and waits for it
        resolve(argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )


def detach(argv: Sequence[str], log: IO[bytes]) -> None:
    """Starts a program that outlives us."""
    subprocess.Popen(
        resolve(argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, close_fds=True, cwd="/"
    )


def resolve(argv: Sequence[str]) -> list[str]:
    """`evertunnel` means the program that came with this interpreter, not whatever PATH has."""
    if argv[0] == "evertunnel":
        return [str(Path(sys.executable).parent / "evertunnel"), *argv[1:]]
    return list(argv)
