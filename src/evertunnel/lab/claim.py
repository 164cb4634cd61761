"""What a rehearsal claims, the probes that try it, the control that shows they could fail, and the outcome."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from threading import Event
from typing import Generic, TypeVar

from evertunnel.errors import EvertunnelError

World = TypeVar("World")

STEPS = {
    1: "Plan the deployment",
    2: "Server infrastructure and certificates",
    3: "The VPN gateway",
    4: "RADIUS and who is admitted",
    5: "Names and firewalls",
    6: "The devices and their tunnel",
    7: "Conditions, faults and recovery",
}


class Status(Enum):
    """How a claim or its control came out."""

    HELD = "held"
    FAILED = "failed"
    SKIPPED = "skipped"


class Skipped(EvertunnelError):
    """The claim cannot be tried here; the text says why."""


class Interrupted(EvertunnelError):
    """The rehearsal is being stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing that was tried: where, as which command a person could type, and what came of it."""

    host: str
    command: str
    expected: str
    observed: str

    @property
    def held(self) -> bool:
        """Whether the observation is, or begins with, what was expected; `a|b` expects either."""
        return any(self.observed == wish or self.observed.startswith(f"{wish} ") for wish in self.expected.split("|"))

    def __str__(self) -> str:
        return f"{self.host}$ {self.command}: expected {self.expected}, observed {self.observed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The same attempt with the one thing mended: it must pass, else the refusal proves nothing."""

    status: Status = Status.SKIPPED
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a claim."""

    status: Status
    reason: str = ""
    control: Control = Control()
    probes: tuple[Probe, ...] = ()
    seconds: float = 0.0
    trace: str = ""  # of an error that no claim should raise


class Recorder:
    """Takes a claim's probes; probes taken inside `control()` are the control's."""

    def __init__(self, stopping: Event | None = None) -> None:
        self._probes: list[Probe] = []
        self._control: list[Probe] | None = None
        self._to_control = False
        self._stopping = stopping or Event()
        self.released: frozenset[str] = frozenset()

    def __call__(self, probe: Probe) -> Probe:
        """Records a probe; the claim goes on also when it did not hold, so that the control is tried all the same."""
        if self._stopping.is_set():
            raise Interrupted("the rehearsal was stopped")
        (self._probes if not self._to_control or self._control is None else self._control).append(probe)
        return probe

    def all(self, *attempts: Callable[[], Probe]) -> None:
        """Makes attempts that do not touch each other side by side, and records them in their order."""
        with ThreadPoolExecutor(max_workers=len(attempts)) as pool:
            for probe in pool.map(lambda attempt: attempt(), attempts):
                self(probe)

    def done_with(self, *names: str) -> None:
        """Other claims may touch these again, before this one ends."""
        self.released |= frozenset(names)

    def require(self, probe: Probe) -> Probe:
        """Records a probe that nothing after it makes sense without."""
        if not self(probe).held:
            raise EvertunnelError(str(probe))
        return probe

    @contextmanager
    def control(self) -> Iterator[None]:
        """What is recorded inside is the control; it may be entered several times."""
        self._control = self._control if self._control is not None else []
        self._to_control = True
        try:
            yield
        finally:
            self._to_control = False

    def pause(self, seconds: float) -> None:
        """Waits, unless the rehearsal is stopped."""
        if self._stopping.wait(seconds):
            raise Interrupted("the rehearsal was stopped")

    def eventually(self, attempt: Callable[[], Probe], *, within: float, every: float = 0.1) -> Probe:
        """Tries until the probe holds or the attempts have used `within` seconds; records the last."""
        # Counted in pauses and not by the clock: a slow machine gets more time, never less.
        probe, left = attempt(), within
        while not probe.held and left > 0:
            self.pause(every)
            probe, left = attempt(), left - every
        return self(probe)

    def outcome(self, *, control_wanted: bool, error: str = "", trace: str = "", seconds: float = 0.0) -> Outcome:
        """What all that was recorded comes to."""
        control = self._control_outcome()
        reason = error or self._reason(control, control_wanted=control_wanted)
        return Outcome(
            status=Status.FAILED if reason else Status.HELD,
            reason=reason,
            control=control,
            probes=tuple(self._probes),
            seconds=seconds,
            trace=trace,
        )

    def skipped(self, reason: str, *, seconds: float = 0.0) -> Outcome:
        """The outcome of a claim that could not be tried."""
        return Outcome(
            status=Status.SKIPPED,
            reason=reason,
            control=self._control_outcome(),
            probes=tuple(self._probes),
            seconds=seconds,
        )

    def _control_outcome(self) -> Control:
        if self._control is None:
            return Control()
        held = bool(self._control) and all(probe.held for probe in self._control)
        return Control(status=Status.HELD if held else Status.FAILED, probes=tuple(self._control))

    def _reason(self, control: Control, *, control_wanted: bool) -> str:
        failed = [probe for probe in self._probes if not probe.held]
        if failed:
            return str(failed[0])
        if not self._probes:
            return "nothing was tried"
        if control.status is Status.FAILED:
            unheld = [str(probe) for probe in control.probes if not probe.held]
            return f"its control failed: {unheld[0] if unheld else 'nothing was tried'}"
        if control_wanted and control.status is Status.SKIPPED:
            return "its control was never tried"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Generic[World]):
    """One sentence about the plan, and the function that tries it."""

    id: str
    step: int
    sentence: str
    run: Callable[[World, Recorder], None]
    slow: bool = False
    control: bool = True  # whether it must record a control: every claim of a refusal must
    uses: frozenset[str] | None = None  # what no other claim may touch meanwhile; None is everything
    needs: frozenset[str] = frozenset()  # what must work meanwhile; several claims may need the same


def claim(
    id_: str,
    step: int,
    sentence: str,
    *,
    slow: bool = False,
    control: bool = True,
    uses: tuple[str, ...] | None = None,
    needs: tuple[str, ...] = (),
) -> Callable[[Callable[[World, Recorder], None]], Claim[World]]:
    """Makes a claim of the function that tries it."""

    def decorate(run: Callable[[World, Recorder], None]) -> Claim[World]:
        used = frozenset(uses) if uses is not None else None
        needed = frozenset(needs)
        return Claim(id=id_, step=step, sentence=sentence, run=run, slow=slow, control=control, uses=used, needs=needed)

    return decorate
