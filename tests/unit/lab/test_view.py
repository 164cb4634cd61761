import io

from rich.console import Console

from evertunnel.lab.claim import Claim, Control, Outcome, Probe, Status
from evertunnel.lab.report import Report
from evertunnel.lab.view import LiveView, PlainView, view_for

HELD = Outcome(
    status=Status.HELD,
    control=Control(
        status=Status.HELD, probes=(Probe(host="h", command="c", expected="answered", observed="answered"),)
    ),
)
WRONG = Probe(host="stranger", command="nc -z 192.0.2.2 443", expected="timeout", observed="answered")
FAILED = Outcome(status=Status.FAILED, reason=str(WRONG), probes=(WRONG,))


def test_a_pipe_gets_plain_lines_and_a_terminal_the_board() -> None:
    assert isinstance(view_for(Console(file=io.StringIO()), "t"), PlainView)
    assert isinstance(view_for(_terminal(), "t"), LiveView)


def test_a_plain_line_says_claim_outcome_and_control() -> None:
    out = io.StringIO()
    view = PlainView(Console(file=out))

    view.end(_claim("mgmt"), HELD)
    view.end(_claim("edge"), FAILED)

    assert out.getvalue().splitlines() == [
        "held    mgmt: Claim mgmt (0.0 s, control held)",
        "failed  edge: Claim edge (0.0 s)",
        "        stranger$ nc -z 192.0.2.2 443: expected timeout, observed answered",
    ]


def test_the_summary_says_what_failed_where_and_what_to_do_next() -> None:
    console = _terminal()
    view = LiveView(console, "Evertunnel rehearses Contoso", clock=lambda: 0.0)

    with console.capture() as captured:
        view.summary(_report(HELD, FAILED), advice=["evertunnel lab shell stranger  look around"])

    text = captured.get()
    for words in ("1 held, 1 failed, in 2.0 s.", "Claim c1", "observed answered", "evertunnel lab shell stranger"):
        assert words in text


def test_the_summary_of_a_green_rehearsal_counts_controls() -> None:
    out = io.StringIO()

    PlainView(Console(file=out)).summary(_report(HELD, HELD), advice=[])

    assert out.getvalue() == "All 2 claims held, 2 with a control that passed, in 2.0 s.\n"


def test_the_board_shows_what_runs_and_what_failed_and_stays_within_the_terminal() -> None:
    console = _terminal()
    view = LiveView(console, "t", clock=lambda: 0.0)
    view.claims([_claim(f"c{number}") for number in range(40)])
    for number in range(20):
        view.end(_claim(f"c{number}"), FAILED if number == 0 else HELD)
    view.begin(_claim("c20"))

    with console.capture() as captured:
        console.print(view.board())

    text = captured.get()
    for words in ("Claim c0 ", "Claim c19 ", "Claim c20 ", "20 of 40 claims", "1 failed"):
        assert words in text
    assert "Claim c5 " not in text
    assert len(text.splitlines()) < 24


def _terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None, _environ={"TERM": "xterm"})


def _claim(name: str) -> Claim[None]:
    return Claim(id=name, step=6, sentence=f"Claim {name}", run=lambda _world, _note: None)


def _report(*outcomes: Outcome) -> Report:
    claims = [(_claim(f"c{number}"), outcome) for number, outcome in enumerate(outcomes)]
    return Report(plan="p", versions={}, seconds=2.0, outcomes=claims)
