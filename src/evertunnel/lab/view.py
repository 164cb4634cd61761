"""What a person sees of a rehearsal: a live board on a terminal, plain lines elsewhere, and a summary in the end."""

import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.rule import Rule
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from evertunnel.lab.claim import STEPS, Claim, Outcome, Status
from evertunnel.lab.report import Report

MARKS = {Status.HELD: ("✓", "green"), Status.FAILED: ("✗", "bold red"), Status.SKIPPED: ("-", "yellow")}
WIDTH = 100
RECENT = 3  # decided claims that stay in sight while their step is at work
AnyClaim = Claim[Any]


class View(Protocol):
    """Who shows a rehearsal; a context manager around all of it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def stage(self, text: str) -> None:
        """Something is being prepared; the stage before is done."""

    def claims(self, claims: Sequence[AnyClaim]) -> None:
        """These will be tried."""

    def begin(self, claim: AnyClaim) -> None:
        """A claim is being tried."""

    def end(self, claim: AnyClaim, outcome: Outcome) -> None:
        """A claim is decided."""

    def summary(self, report: Report, *, advice: Sequence[str]) -> None:
        """Everything is decided; `advice` says what to do next, a command and its purpose."""

    def note(self, text: str) -> None:
        """Something to read after the summary."""


class PlainView:
    """A line for everything that happens; for files and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def stage(self, text: str) -> None:
        """Prints it."""
        self._print(f"     {text}")

    def claims(self, claims: Sequence[AnyClaim]) -> None:
        """Prints how many."""
        self._print(f"     {len(claims)} claims")

    def begin(self, claim: AnyClaim) -> None:
        """Is silent: the outcome's line says it all."""

    def end(self, claim: AnyClaim, outcome: Outcome) -> None:
        """Prints the outcome, and of what did not hold every probe."""
        control = f", control {outcome.control.status.value}" if outcome.control.probes else ""
        self._print(f"{outcome.status.value:7} {claim.id}: {claim.sentence} ({outcome.seconds:.1f} s{control})")
        for line in _details(outcome):
            self._print(f"        {line}")

    def summary(self, report: Report, *, advice: Sequence[str]) -> None:
        """Prints the figures."""
        self._print(_sentence(report))
        for line in advice:
            self._print(f"        {line}")

    def note(self, text: str) -> None:
        """Prints it."""
        self._print(text)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class LiveView:
    """The seven steps on a terminal: claims tick in under the step that is being tried."""

    def __init__(self, console: Console, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._console.width = min(console.width, WIDTH)
        self._title = title
        self._clock = clock
        self._began = clock()
        self._stages: list[tuple[str, float]] = []
        self._claims: list[AnyClaim] = []
        self._running: dict[str, float] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            get_renderable=self.board, console=console, refresh_per_second=8, transient=True, vertical_overflow="crop"
        )

    def __enter__(self) -> Self:
        self._console.print(Rule(Text(self._title, style="bold"), style="bright_black", align="left"))
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def stage(self, text: str) -> None:
        """Ticks the stage before, and shows this one."""
        self._print_last_stage()
        self._stages.append((text, self._clock()))

    def claims(self, claims: Sequence[AnyClaim]) -> None:
        """Sets up the board."""
        self._print_last_stage()
        self._stages.clear()
        self._claims = list(claims)

    def begin(self, claim: AnyClaim) -> None:
        """Shows a spinner."""
        self._running[claim.id] = self._clock()

    def end(self, claim: AnyClaim, outcome: Outcome) -> None:
        """Ticks it."""
        self._running.pop(claim.id, None)
        self._outcomes[claim.id] = outcome

    def summary(self, report: Report, *, advice: Sequence[str]) -> None:
        """Ends the live part; prints every step with its claims, and what it comes to."""
        self._live.stop()
        self._claims = [claim for claim, _ in report.outcomes]
        self._outcomes = {claim.id: outcome for claim, outcome in report.outcomes}
        for step in self._steps():
            self._console.print(self._heading(step))
            self._console.print(Group(*self._decided(step), Text()))
        self._console.print(_summary(report, advice))

    def note(self, text: str) -> None:
        """Prints it."""
        self._console.print(text, markup=False, highlight=False)

    def _print_last_stage(self) -> None:
        if self._stages:
            text, began = self._stages[-1]
            self._console.print(_row(Text("✓", style="green"), Text(text), self._clock() - began))

    def board(self) -> RenderableType:
        """What the terminal shows just now."""
        rows: list[RenderableType] = []
        if self._stages:
            text, began = self._stages[-1]
            rows.append(_row(self._spinner, Text(text), self._clock() - began))
        if self._claims:
            rows += [self._progress(), Text()]
        for step in self._steps():
            rows.append(self._heading(step))
            rows.extend(self._at_work(step))
        return Group(*rows)

    def _progress(self) -> Text:
        failed = sum(outcome.status is Status.FAILED for outcome in self._outcomes.values())
        bar_length = 40
        filled = round(bar_length * len(self._outcomes) / len(self._claims))
        return Text.assemble(
            "  ", ("━" * filled, "red" if failed else "green"), ("━" * (bar_length - filled), "bright_black"),
            f"  {len(self._outcomes)} of {len(self._claims)} claims",
            (f"  {failed} failed" if failed else "", "bold red"),
            (f"  {self._clock() - self._began:.0f} s", "bright_black"),
        )  # fmt: skip

    def _steps(self) -> list[int]:
        return sorted({claim.step for claim in self._claims})

    def _heading(self, step: int) -> Text:
        claims = [claim for claim in self._claims if claim.step == step]
        return _heading(step, len(claims), [self._outcomes[claim.id] for claim in claims if claim.id in self._outcomes])

    def _at_work(self, step: int) -> Iterator[RenderableType]:
        """What fits on a screen: what failed, what was decided last, what runs."""
        claims = [claim for claim in self._claims if claim.step == step]
        runs = [claim for claim in claims if claim.id in self._running]
        decided = [claim for claim in claims if claim.id in self._outcomes]
        recent = decided[-RECENT:] if runs else []
        for claim in decided:
            if claim in recent or self._outcomes[claim.id].status is Status.FAILED:
                yield _claim_row(claim, self._outcomes[claim.id])
        for claim in runs:
            yield _row(self._spinner, Text(claim.sentence), self._clock() - self._running[claim.id])

    def _decided(self, step: int) -> Iterator[RenderableType]:
        for claim in self._claims:
            if claim.step == step:
                outcome = self._outcomes[claim.id]
                yield _claim_row(claim, outcome)
                style = "red" if outcome.status is Status.FAILED else "yellow"
                yield from (Text(f"        {line}", style=style) for line in _details(outcome))


def view_for(console: Console, title: str) -> View:
    """The live view on a terminal, the plain one elsewhere."""
    return LiveView(console, title) if console.is_terminal and not console.is_dumb_terminal else PlainView(console)


def _heading(step: int, total: int, outcomes: Sequence[Outcome]) -> Text:
    seen = {outcome.status for outcome in outcomes}
    done = len(outcomes) == total
    mark, style = ("○", "bright_black") if not done else MARKS[Status.HELD]
    if Status.FAILED in seen or (done and Status.SKIPPED in seen):
        mark, style = MARKS[Status.FAILED if Status.FAILED in seen else Status.SKIPPED]
    held = sum(outcome.status is Status.HELD for outcome in outcomes)
    count = f"{held} of {total} held" if done else f"{len(outcomes)} of {total}"
    return Text.assemble((f"{mark} ", style), (f"{step}  {STEPS[step]}", "bold"), (f"   {count}", "bright_black"))


def _claim_row(claim: AnyClaim, outcome: Outcome) -> Table:
    mark, style = MARKS[outcome.status]
    control_mark, control_style = MARKS[outcome.control.status]
    control = (
        Text.assemble(("control ", "bright_black"), (control_mark, control_style)) if outcome.control.probes else Text()
    )
    return _row(Text(mark, style=style), Text(claim.sentence), outcome.seconds, control)


def _row(mark: RenderableType, sentence: Text, seconds: float | None, control: RenderableType = "") -> Table:
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=4, justify="right")
    row.add_column(ratio=1)
    row.add_column(width=9, justify="right")
    row.add_column(width=8, justify="right")
    row.add_row(mark, sentence, control, Text(f"{seconds:.1f} s" if seconds is not None else "", style="bright_black"))
    return row


def _details(outcome: Outcome) -> Iterator[str]:
    """What a reader needs when a claim did not hold: the reason, every probe that went wrong, and a mistake's trace."""
    if outcome.status is Status.HELD:
        return
    yield outcome.reason
    wrong = [probe for probe in (*outcome.probes, *outcome.control.probes) if not probe.held]
    yield from (str(probe) for probe in wrong if str(probe) not in outcome.reason)
    yield from outcome.trace.rstrip().splitlines()


def _summary(report: Report, advice: Sequence[str]) -> RenderableType:
    style = "bold green" if report.green else "bold red"
    lines: list[RenderableType] = [Rule(style="bright_black"), Text(f"  {_sentence(report)}", style=style), Text()]
    for line in advice:
        command, _, purpose = line.partition("  ")
        lines += [Text(f"  {command}", style="cyan"), Text(f"      {purpose.strip()}", style="bright_black")]
    return Group(*lines)


def _sentence(report: Report) -> str:
    held, failed, skipped = (report.count(status) for status in (Status.HELD, Status.FAILED, Status.SKIPPED))
    controls = sum(outcome.control.status is Status.HELD for _, outcome in report.outcomes)
    if report.green:
        return f"All {held} claims held, {controls} with a control that passed, in {report.seconds:.1f} s."
    parts = [f"{held} held", f"{failed} failed", *([f"{skipped} not tried"] if skipped else [])]
    return f"{', '.join(parts)}, in {report.seconds:.1f} s." if report.outcomes else "Nothing was claimed."
