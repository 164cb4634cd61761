"""Explains an error code or a line of a log: what it means, the likely causes in order, what to check, and the mend.

    evertunnel explain 13801
    evertunnel explain nps:16
    evertunnel explain NO_PROPOSAL_CHOSEN --plan examples/contoso.toml
    evertunnel explain --file ras.txt                        a log: RasClient events, NPS's text log, charon's log
    wevtutil qe Application /f:text | evertunnel explain -   the same from standard input
    sudo evertunnel explain 809 --live

Knows Windows' RAS and IKE errors, HRESULTs and events, NPS's reason codes, RADIUS and IKEv2. With --plan or --live (on
one of our hosts, as root) it looks at the causes that it can, and says which are ruled out and which are found.
Exit status: 0 explained, 2 nothing known was found in it.
"""

import argparse
import shutil
import sys
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json
from evertunnel.cli.files import read_plan
from evertunnel.control_plane import explaining
from evertunnel.errors import DocumentError, Problem
from evertunnel.explain import words
from evertunnel.explain.find import LARGEST
from evertunnel.explain.seen import Seen

STANDARD_INPUT = "-"
WIDEST = 100
OCTETS = 2 * LARGEST + 4  # of UTF-16, with its mark: one more than is taken, so that nothing is cut in silence


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "text", nargs="*", metavar="CODE-OR-TEXT", help="a code, its name, or a text with one in it; - standard input"
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help="read the text from a file")
    parser.add_argument("--plan", type=Path, metavar="PLAN", help="check the causes against this plan")
    parser.add_argument("--live", action="store_true", help="check the causes on this host, against what was applied")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the explanation."""
    text = _text(arguments)
    plan = read_plan(arguments.plan) if arguments.plan else None
    explained = explaining.explain(text, plan=plan, host=_seen() if arguments.live else None)
    if arguments.json:
        reports.print_json(words.document(explained.sightings, explained.verdicts))
    else:
        width = min(shutil.get_terminal_size().columns, WIDEST)
        print("\n".join(words.lines(explained.sightings, explained.verdicts, width=width)))
    return 0


def _seen() -> Seen:
    from evertunnel.control_plane import bundles, seeing

    return seeing.look(bundles.applied())


def _text(arguments: argparse.Namespace) -> str:
    if arguments.file is not None and arguments.text:
        raise _wrong("both a text and --file are given", "Give one of them.")
    if arguments.file is not None:
        return _decoded(_from_file(arguments.file))
    if arguments.text == [STANDARD_INPUT]:
        return _decoded(sys.stdin.buffer.read(OCTETS))
    if not arguments.text:
        raise _wrong("nothing to explain", "Give a code, like 13801, a text, --file, or - for standard input.")
    return " ".join(arguments.text)


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(OCTETS)
    except OSError as error:
        raise _wrong(f"{path}: {error.strerror}", "Name a file that exists and that you may read.") from None


def _decoded(data: bytes) -> str:
    """Text as Windows' tools write it, too: UTF-16 with its mark; what is no text becomes a sign that stands for it."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise _wrong("it is no text", "Give the text of a log, an event or a message.")
    return data.decode("utf-8-sig", errors="replace")


def _wrong(what: str, mend: str) -> DocumentError:
    return DocumentError("explain", [Problem(path="arguments", what=what, mend=mend)])
