"""Preview, apply, verify and put back, over any engines.

Closing actions of all engines go first and opening ones last, in putting back too: a door never opens before its rule.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from evertunnel.errors import EngineError, EngineRejected
from evertunnel.reconcile.model import Action, Effect, Engine, Evidence, S

ORDER = (Effect.CLOSES, Effect.NEUTRAL, Effect.OPENS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[S]):
    """An engine with what it shall run, and what was last applied to it (None: nothing of ours)."""

    engine: Engine[S]
    desired: S
    previous: S | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a preview."""

    part: str
    effect: Effect
    action: str

    def __str__(self) -> str:
        return f"{self.effect.value:8}{self.part}: {self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was done, and the proof that it holds."""

    steps: tuple[Step, ...]
    evidence: tuple[Evidence, ...]


# States of several domains travel together here; each Part ties its own state to its own engine.
Parts = Sequence[Part[Any]]
_Planned = tuple[Engine[Any], Action]


def preview(parts: Parts) -> tuple[Step, ...]:
    """What `apply` would do, in its order."""
    return tuple(_step(engine, action) for engine, action in _planned([(part.engine, part.desired) for part in parts]))


def apply(parts: Parts, *, report: Callable[[Step], None] = lambda _: None) -> Applied:
    """Leads every part to what it desires and proves it; on failure puts back what was last applied, and raises."""
    for part in parts:
        part.engine.check(part.desired)
    done: list[Step] = []
    try:
        for engine, action in _planned([(part.engine, part.desired) for part in parts]):
            report(_step(engine, action))
            engine.perform(action)
            done.append(_step(engine, action))
        evidence = _proof(parts)
    except BaseException as error:
        # An interrupt or a fault of ours leaves the host half changed just as an engine's refusal does.
        for line in _put_back(parts):
            error.add_note(line)
        raise
    return Applied(steps=tuple(done), evidence=evidence)


def verify(parts: Parts) -> tuple[Evidence, ...]:
    """The evidence of every part, held or not."""
    return tuple(evidence for part in parts for evidence in part.engine.verify(part.desired))


def remove(engines: Sequence[Engine[Any]], *, report: Callable[[Step], None] = lambda _: None) -> tuple[Step, ...]:
    """Takes everything of ours away, going on past what fails; the failures are raised together at the end."""
    steps: list[Step] = []
    failures: list[str] = []
    for engine, action in _planned([(engine, engine.empty()) for engine in engines]):
        report(_step(engine, action))
        try:
            engine.perform(action)
            steps.append(_step(engine, action))
        except (EngineError, OSError) as error:
            failures.append(f"{_step(engine, action)}: {_words(error)}")
    if failures:
        raise EngineRejected("not everything could be removed:\n" + "\n".join(failures))
    return tuple(steps)


def _planned(wishes: Sequence[tuple[Engine[Any], object]]) -> list[_Planned]:
    planned = [(engine, action) for engine, wish in wishes for action in engine.diff(engine.observe(), wish)]
    return sorted(planned, key=lambda each: ORDER.index(each[1].effect))


def _step(engine: Engine[Any], action: Action) -> Step:
    return Step(part=engine.name, effect=action.effect, action=str(action))


def _proof(parts: Parts) -> tuple[Evidence, ...]:
    evidence = verify(parts)
    broken = [str(each) for each in evidence if not each.held]
    if broken:
        raise EngineRejected("applied, but it does not hold:\n" + "\n".join(broken))
    return evidence


def _put_back(parts: Parts) -> list[str]:
    """Puts back as much as it can: each part's failure is told, whatever it is, and the others go on."""
    lines: list[str] = []
    planned: list[_Planned] = []
    for part in parts:
        wish = part.engine.empty() if part.previous is None else part.previous
        try:
            planned += [(part.engine, action) for action in part.engine.diff(part.engine.observe(), wish)]
        except Exception as error:  # noqa: BLE001 (told in the notes of the first error; the rest is still to be done)
            lines.append(f"could not look at {part.engine.name} to put it back: {_words(error)}")
    for engine, action in sorted(planned, key=lambda each: ORDER.index(each[1].effect)):
        try:
            engine.perform(action)
            lines.append(f"put back: {engine.name}: {action}")
        except Exception as error:  # noqa: BLE001 (as above)
            lines.append(f"could not put back: {engine.name}: {action}: {_words(error)}")
    return [*lines, *_flaws_of_put_back(parts)] if lines else ["put back: nothing had been changed"]


def _flaws_of_put_back(parts: Parts) -> Iterator[str]:
    """Waits, as after an apply, until what was put back works again, and tells what does not."""
    for part in parts:
        if part.previous is None:
            continue
        try:
            evidence = part.engine.verify(part.previous)
        except Exception as error:  # noqa: BLE001 (as above)
            yield f"could not verify what was put back: {part.engine.name}: {_words(error)}"
        else:
            yield from (f"put back, but it does not hold: {each}" for each in evidence if not each.held)


def _words(error: Exception) -> str:
    """What our own mistake says could hold anything, a secret too: its name has to do."""
    return str(error) if isinstance(error, EngineError | OSError) else type(error).__name__
