from dataclasses import dataclass, field

import pytest

from evertunnel.errors import EngineRejected
from evertunnel.reconcile import Action, Effect, Evidence, Part, apply, preview, remove, verify


def test_closing_goes_first_and_opening_last_across_engines() -> None:
    log: list[str] = []
    one = Toy(name="one", log=log, runs=frozenset({"c-old"}))
    two = Toy(name="two", log=log, runs=frozenset({"c-gone"}))

    apply([Part(engine=one, desired=frozenset({"o-a", "n-b"})), Part(engine=two, desired=frozenset({"n-c", "o-d"}))])

    assert log == ["one -c-old", "two -c-gone", "one +n-b", "two +n-c", "one +o-a", "two +o-d"]


def test_preview_says_what_apply_does_and_touches_nothing() -> None:
    toy = Toy(name="one", log=[])

    steps = preview([Part(engine=toy, desired=frozenset({"o-a"}))])

    assert [str(step) for step in steps] == ["opens   one: +o-a"]
    assert toy.log == []


def test_second_apply_does_nothing() -> None:
    part = Part(engine=Toy(name="one", log=[]), desired=frozenset({"o-a"}))

    apply([part])

    assert apply([part]).steps == ()


def test_refused_check_of_any_engine_touches_none() -> None:
    log: list[str] = []
    good, bad = Toy(name="good", log=log), Toy(name="bad", log=log, refuses="n-x")

    with pytest.raises(EngineRejected, match="refused"):
        apply([Part(engine=good, desired=frozenset({"n-a"})), Part(engine=bad, desired=frozenset({"n-x"}))])

    assert log == []


def test_failure_puts_back_what_was_applied_before_and_is_raised_with_what_was_done() -> None:
    log: list[str] = []
    good = Toy(name="good", log=log, runs=frozenset({"o-old"}))
    bad = Toy(name="bad", log=log, breaks="n-x")

    with pytest.raises(EngineRejected, match="planted") as caught:
        apply(
            [
                Part(engine=good, desired=frozenset({"n-new"}), previous=frozenset({"o-old"})),
                Part(engine=bad, desired=frozenset({"n-x"})),
            ]
        )

    assert good.runs == {"o-old"}
    assert caught.value.__notes__ == ["put back: good: -n-new", "put back: good: +o-old"]


def test_what_does_not_hold_after_apply_is_put_back() -> None:
    toy = Toy(name="one", log=[], forgets="n-a")

    with pytest.raises(EngineRejected, match="does not hold") as caught:
        apply([Part(engine=toy, desired=frozenset({"n-a"}))])

    assert caught.value.__notes__ == ["put back: nothing had been changed"]


def test_putting_back_goes_on_past_what_fails() -> None:
    bad = Toy(name="bad", log=[], runs=frozenset({"n-old"}), breaks="n-old")

    with pytest.raises(EngineRejected, match="planted") as caught:
        apply([Part(engine=bad, desired=frozenset({"n-a"}), previous=frozenset({"n-old"}))])

    assert "could not look at" not in "".join(caught.value.__notes__)


def test_what_was_put_back_and_does_not_hold_is_told() -> None:
    toy = Toy(name="one", log=[], breaks="o-b", forgets="n-old")

    with pytest.raises(EngineRejected, match="planted") as caught:
        apply([Part(engine=toy, desired=frozenset({"n-a", "o-b"}), previous=frozenset({"n-old"}))])

    assert caught.value.__notes__[-1] == "put back, but it does not hold: one: runs []"


@pytest.mark.parametrize("fault", [OSError("no space left"), KeyError("gone"), KeyboardInterrupt()])
def test_whatever_breaks_in_the_middle_is_put_back_and_raised(fault: BaseException) -> None:
    toy = Toy(name="one", log=[], runs=frozenset({"o-old"}), breaks="o-b", fault=fault)

    with pytest.raises(type(fault)) as caught:
        apply([Part(engine=toy, desired=frozenset({"n-a", "o-b"}), previous=frozenset({"o-old"}))])

    assert toy.runs == {"o-old"}
    assert "put back: one: +o-old" in caught.value.__notes__


def test_putting_back_goes_on_past_a_fault_that_no_engine_foresaw() -> None:
    bad = Toy(name="bad", log=[], breaks="n-a", fault=OSError("no space left"), runs=frozenset({"n-a"}))
    good = Toy(name="good", log=[], runs=frozenset({"o-old"}))

    with pytest.raises(OSError, match="no space left") as caught:
        apply(
            [
                Part(engine=good, desired=frozenset({"n-b"}), previous=frozenset({"o-old"})),
                Part(engine=bad, desired=frozenset()),
            ]
        )

    assert good.runs == {"o-old"}
    assert "put back: good: +o-old" in caught.value.__notes__


def test_apply_after_one_that_was_killed_in_the_middle_finishes_it() -> None:
    toy = Toy(name="one", log=[], runs=frozenset({"n-a", "o-gone"}))  # half of what was wanted, half of what was there

    apply([Part(engine=toy, desired=frozenset({"n-a", "o-b"}), previous=frozenset({"o-gone"}))])

    assert toy.runs == {"n-a", "o-b"}
    assert apply([Part(engine=toy, desired=toy.runs)]).steps == ()


def test_verify_gives_all_evidence_held_or_not() -> None:
    toy = Toy(name="one", log=[])

    assert [each.held for each in verify([Part(engine=toy, desired=frozenset({"n-a"}))])] == [False]


def test_remove_goes_on_past_what_fails_and_tells() -> None:
    log: list[str] = []
    bad, good = (
        Toy(name="bad", log=log, runs=frozenset({"n-a"}), breaks="n-a"),
        Toy(name="good", log=log, runs=frozenset({"n-b"})),
    )

    with pytest.raises(EngineRejected, match="bad: -n-a: planted"):
        remove([bad, good])

    assert good.runs == frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    sign: str
    item: str

    @property
    def effect(self) -> Effect:
        if self.item.startswith("n"):
            return Effect.NEUTRAL
        return Effect.OPENS if self.sign == "+" and self.item.startswith("o") else Effect.CLOSES

    def __str__(self) -> str:
        return f"{self.sign}{self.item}"


@dataclass(slots=True, kw_only=True)
class Toy:
    """An engine whose state is a set of words."""

    name: str
    log: list[str]
    runs: frozenset[str] = frozenset()
    refuses: str = ""
    breaks: str = ""
    fault: BaseException = field(default_factory=lambda: EngineRejected("planted fault"))
    forgets: str = ""
    done: list[str] = field(default_factory=list)

    def observe(self) -> frozenset[str]:
        return self.runs

    def diff(self, current: frozenset[str], desired: frozenset[str]) -> tuple[Action, ...]:
        return (
            *(Change(sign="-", item=item) for item in sorted(current - desired)),
            *(Change(sign="+", item=item) for item in sorted(desired - current)),
        )

    def check(self, desired: frozenset[str]) -> None:
        if self.refuses in desired:
            raise EngineRejected("refused")

    def perform(self, action: Action) -> None:
        assert isinstance(action, Change)
        if action.item == self.breaks:
            raise self.fault
        self.log.append(f"{self.name} {action}")
        if action.item != self.forgets:
            self.runs = self.runs | {action.item} if action.sign == "+" else self.runs - {action.item}

    def verify(self, desired: frozenset[str]) -> tuple[Evidence, ...]:
        return (Evidence(part=self.name, held=self.runs == desired, what=f"runs {sorted(self.runs)}"),)

    def empty(self) -> frozenset[str]:
        return frozenset()
