"""Runs claims: which, in which order, side by side where they do not touch the same things."""

import difflib
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Protocol, TypeVar

from evertunnel.errors import EvertunnelError, NotFound
from evertunnel.lab.claim import Claim, Interrupted, Outcome, Recorder, Skipped

World = TypeVar("World")
Clock = Callable[[], float]
SIDE_BY_SIDE = 8  # claims mostly wait, for probes and for what was killed to come back
LOOK_SECONDS = 0.1  # how often a running claim is asked what it is done with
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Listener(Protocol[World]):
    """Who is told how claims come along."""

    def begin(self, claim: Claim[World]) -> None:
        """A claim is being tried."""

    def end(self, claim: Claim[World], outcome: Outcome) -> None:
        """A claim is decided."""


def select(
    claims: Sequence[Claim[World]], *, everything: bool = False, only: Sequence[str] = ()
) -> tuple[Claim[World], ...]:
    """The claims to try, in declared order: the core, all, or those named."""
    known = [claim.id for claim in claims]
    for name in only:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            mend = f"did you mean {near[0]}?" if near else "`evertunnel rehearse --list` names them"
            raise NotFound(f"there is no claim {name!r}; {mend}")
    if only:
        return tuple(claim for claim in claims if claim.id in only)
    return tuple(claim for claim in claims if everything or not claim.slow)


def run(
    claims: Sequence[Claim[World]],
    world: World,
    listener: Listener[World],
    *,
    clock: Clock = time.monotonic,
    side_by_side: int = SIDE_BY_SIDE,
) -> tuple[tuple[Claim[World], Outcome], ...]:
    """Tries all claims; the outcomes come in the order of the claims."""
    stopping = Event()
    pool = ThreadPoolExecutor(max_workers=side_by_side)
    outcomes: dict[str, Outcome] = {}
    waiting, running = list(claims), dict[Future[Outcome], tuple[Claim[World], Recorder]]()
    try:
        while waiting or running:
            held = [_holding(claim, recorder) for claim, recorder in running.values()]
            for claim in startable(waiting, held)[: side_by_side - len(running)]:
                waiting.remove(claim)
                listener.begin(claim)
                recorder = Recorder(stopping)
                running[pool.submit(_try, claim, world, recorder, clock)] = claim, recorder
            for future in wait(running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done:
                claim, _ = running.pop(future)
                outcomes[claim.id] = future.result()
                listener.end(claim, outcomes[claim.id])
    finally:
        # After Ctrl-C the claims that still run end by themselves as soon as they probe or pause.
        stopping.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple((claim, outcomes[claim.id]) for claim in claims)


def startable(waiting: Iterable[Claim[World]], running: Iterable[Claim[World]]) -> list[Claim[World]]:
    """The claims that touch nothing which a running claim, or one declared earlier, still uses or needs."""
    before = list(running)
    found = []
    for claim in waiting:
        if not any(_collide(claim, other) for other in before):
            found.append(claim)
        before.append(claim)
    return found


def _holding(claim: Claim[World], recorder: Recorder) -> Claim[World]:
    """The claim, as far as it still holds what it uses."""
    return claim if claim.uses is None else replace(claim, uses=claim.uses - recorder.released)


def _collide(one: Claim[World], other: Claim[World]) -> bool:
    if one.uses is None or other.uses is None:
        return True
    return bool(one.uses & (other.uses | other.needs) or other.uses & one.needs)


def _try(claim: Claim[World], world: World, recorder: Recorder, clock: Clock) -> Outcome:
    began = clock()
    error = trace = ""
    try:
        claim.run(world, recorder)
    except (Skipped, Interrupted) as reason:
        return recorder.skipped(str(reason), seconds=clock() - began)
    except EvertunnelError as failure:
        error = str(failure) or type(failure).__name__
    except Exception as failure:  # noqa: BLE001 (one claim's mistake must not hide the others; the trace is shown)
        error, trace = _describe(failure), traceback.format_exc()
    return recorder.outcome(control_wanted=claim.control, error=error, trace=trace, seconds=clock() - began)


def _describe(failure: Exception) -> str:
    frame = traceback.extract_tb(failure.__traceback__)[-1]
    return f"{type(failure).__name__}: {failure} ({Path(frame.filename).name}:{frame.lineno})"


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal end the rehearsal as Ctrl-C does, with everything cleaned up."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stay() -> None:
    """Waits until Ctrl-C, SIGTERM or a closed terminal (--keep)."""
    try:
        signal.pause()
    except KeyboardInterrupt:
        return
