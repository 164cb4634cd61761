"""Lists who is connected and who was, from the ledger on the policy host; ends a session; exports for NPS's readers.

    sudo evertunnel sessions
    sudo evertunnel sessions --past --user alice@corp.contoso.com --since 2026-11-22
    sudo evertunnel sessions end gateway1/1795319585-7
    sudo evertunnel sessions export --format dts --since 2026-11-01 --out november.log

Octets are those of the tunnel: IN from the device, OUT to it. Times are in UTC.
Exit status: 0 done, 1 failed (or the gateway did not end the session), 2 the input is wrong, or no ledger is here.
"""

import argparse
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json, add_verb, typed
from evertunnel.cli.files import require_writable
from evertunnel.cli.why import moment
from evertunnel.control_plane import ledger
from evertunnel.control_plane.ledger import Query, Session

LIMIT = 1000
UNITS = ("B", "kB", "MB", "GB", "TB")
STEP = 1000
MINUTE, HOUR, DAY = 60, 3_600, 86_400
LONGEST = 48


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("--past", action="store_true", help="sessions that have ended, instead of those that live")
    parser.add_argument("--user", metavar="UPN", type=str.lower, help="of this user")
    parser.add_argument("--device", metavar="DEVICE", type=str.lower, help="of this device, or of users on it")
    parser.add_argument("--gateway", metavar="GATEWAY", help="on this gateway")
    _add_times(parser, required=False)
    parser.add_argument("--limit", type=int, default=LIMIT, metavar="N", help=f"at most so many (default {LIMIT})")
    add_json(parser)
    what = parser.add_subparsers(dest="what", metavar="WHAT")
    end = add_verb(
        what, "end", "end one live session at its gateway", "sudo evertunnel sessions end gateway1/1795319585-7"
    )
    end.add_argument("session", metavar="SESSION", help="as `evertunnel sessions` shows it")
    export = add_verb(
        what,
        "export",
        "write accounting records as NPS logs them",
        "sudo evertunnel sessions export --format ias --since 2026-11-01 --out november.log",
    )
    export.add_argument("--format", choices=ledger.FORMATS, required=True, help="DTS XML, or the columns of ODBC/IAS")
    _add_times(export, required=True)
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="only root may read it")


def run(arguments: argparse.Namespace) -> int:
    """Prints the sessions, ends one, or exports records."""
    if arguments.what == "export":
        return _export(arguments)
    if arguments.what == "end":
        return _end(arguments)
    query = Query(
        past=arguments.past,
        user=arguments.user,
        device=arguments.device,
        gateway=arguments.gateway,
        since=arguments.since,
        until=arguments.until,
        limit=arguments.limit,
    )
    found = ledger.sessions(query)
    if arguments.json:
        reports.print_json([ledger.document(session) for session in found])
    else:
        print("\n".join(lines(found, past=query.past)))
        if len(found) == query.limit:
            print(f"only the latest {query.limit} are shown: give --since, or a larger --limit")
    return 0


def lines(found: Sequence[Session], *, past: bool) -> list[str]:
    """A table for a person."""
    if not found:
        return ["no session has ended here yet" if past else "nobody is connected"]
    head = ("NAME", "DEVICE", "FROM", "ADDRESS", "SESSION", "STARTED", "LASTED", "IN", "OUT")
    rows: list[tuple[str, ...]] = [(*head, "ENDED BY") if past else head]
    rows += [_row(session, past=past) for session in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(session: Session, *, past: bool) -> tuple[str, ...]:
    end = session.seen if session.ended is None else session.ended
    cells = (
        session.name,
        session.device if session.device != session.name else "",
        session.outer,
        session.inner,
        session.id,
        datetime.fromtimestamp(session.started, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        duration(end - session.started),
        octets(session.usage.in_octets),
        octets(session.usage.out_octets),
        *([f"{session.cause}: {session.text}" if session.text else session.cause] if past else []),
    )
    # What names the session is to be copied: it stays whole.
    return tuple(_printable(cell, None if cell == session.id else LONGEST) or "-" for cell in cells)


def duration(seconds: float) -> str:
    """How long, in two units.

    >>> duration(3725)
    '1h 2m'
    """
    whole = max(0, int(seconds))
    for unit, name, below, smaller in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "m"), (MINUTE, "m", 1, "s")):
        if whole >= unit:
            return f"{whole // unit}{name} {whole % unit // below}{smaller}"
    return f"{whole}s"


def octets(count: int) -> str:
    """How much, in three digits or so; `--json` has every one.

    >>> octets(1_234_567)
    '1.2 MB'
    """
    size, place = float(count), 0
    while size >= STEP and place < len(UNITS) - 1:
        size, place = size / STEP, place + 1
    return f"{size:.1f} {UNITS[place]}" if place else f"{count} B"


def _export(arguments: argparse.Namespace) -> int:
    require_writable(arguments.out)
    done = ledger.export(
        arguments.out,
        form=arguments.format,
        since=arguments.since,
        until=arguments.until,
        computer=platform.node().partition(".")[0].upper(),
    )
    print(f"wrote {done.records} record(s) to {done.path}")
    return 0


def _end(arguments: argparse.Namespace) -> int:
    from evertunnel.control_plane import ending

    done = ending.end(arguments.session)
    print(_printable(done.line, None), file=sys.stdout if done.is_taken else sys.stderr)
    return 0 if done.is_taken else 1


def _add_times(parser: argparse.ArgumentParser, *, required: bool) -> None:
    for name, summary in (("--since", "not before"), ("--until", "before")):
        parser.add_argument(
            name,
            type=typed(moment),
            metavar="TIME",
            # Declared twice, for the verb and for export: a default of the second must not undo the first.
            default=argparse.SUPPRESS if required else None,
            required=required and name == "--since",
            help=f"{summary} this time, like 2026-11-22T09:30 (UTC unless it says otherwise)",
        )


def _printable(text: str, longest: int | None) -> str:
    """What a stranger may have sent, as it may stand on a terminal, and no longer than a table bears."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return plain if longest is None or len(plain) <= longest else f"{plain[: longest - 1]}…"
