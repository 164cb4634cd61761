"""Says what is wrong with Windows' VPN profiles, and mends what needs no decision."""

import argparse
import os
import shutil
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evertunnel.cli import reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb, typed
from evertunnel.cli.files import open_to_read, read_plan, require_writable
from evertunnel.documents.xml import LARGEST, NotWellFormed
from evertunnel.errors import DocumentError, Problem, Refused
from evertunnel.plan.model import Plan
from evertunnel.plan.windows import Windows, named
from evertunnel.profiles.lint.finding import Finding, Severity
from evertunnel.profiles.lint.mend import Mended, mend
from evertunnel.profiles.lint.reading import not_well_formed
from evertunnel.profiles.lint.rules import check_together
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.reading import Reading
from evertunnel.profiles.vpnv2.write import Dialect

STANDARD_INPUT = "-"
INDENT = " " * 4
EXAMPLES = (
    "evertunnel profile lint profile.xml --windows 10-22H2 --plan examples/contoso.toml",
    "evertunnel profile lint device-tunnel.xml user-tunnel.xml",
    "evertunnel profile lint *.xml --json",
    "evertunnel profile lint profile.xml --fix --output mended.xml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file as it was read, after what was mended; or why it could not be."""

    file: str
    reading: Reading | NotWellFormed
    mended: Mended | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was found in a file, after what was mended."""

    file: str
    findings: tuple[Finding, ...]
    mended: Mended | None = None


def configure(what: Subparsers) -> None:
    """Declares the verb's arguments."""
    lint = add_verb(what, "lint", "say what is wrong with profiles, with the line and the mend", *EXAMPLES)
    lint.description = (
        "Says what is wrong with profiles, with the line and the mend: with each by itself, and with several if they\n"
        "go to one machine or one person. Exit status: 0 no error (warnings and notes may be printed), 1 at least one\n"
        "error, 2 the input is wrong, like a file that cannot be opened.\n"
        "What is mended is written anew: comments are lost. docs/reference/lint.md explains each code."
    )
    lint.add_argument("files", nargs="+", metavar="FILE", help="ProfileXML, or an EAP block alone; - is standard input")
    lint.add_argument("--windows", type=typed(named), metavar="RELEASE", help="the oldest Windows, like 10-22H2")
    lint.add_argument("--plan", type=Path, help="the plan of the gateway that the profiles are for")
    lint.add_argument("--fix", action="store_true", help="mend what needs no decision, in the file itself")
    lint.add_argument("--output", type=Path, metavar="FILE", help="with --fix: write there instead")
    lint.add_argument(
        "--dialect", choices=[each.value for each in Dialect], help="with --fix: for whom, wmi (scripts) or intune"
    )
    add_json(lint)
    lint.set_defaults(act=run)


def run(arguments: argparse.Namespace) -> int:
    """Lints the files, and mends them first where that is asked for."""
    _require_sense(arguments)
    plan = read_plan(arguments.plan) if arguments.plan else None
    contents = [(name, content(name, sys.stdin.buffer)) for name in arguments.files]
    opened = [_opened(name, octets, arguments) for name, octets in contents]
    linted = lint(opened, windows=arguments.windows, plan=plan)
    if arguments.json:
        reports.print_json([document(each) for each in linted])
    else:
        print("\n".join(line for each in linted for line in shown(each)))
    return int(any(finding.severity is Severity.ERROR for each in linted for finding in each.findings))


def lint(opened: Sequence[Opened], *, windows: Windows | None = None, plan: Plan | None = None) -> list[Linted]:
    """What is found in each file, by itself and beside the others."""
    names = _names([each.file for each in opened])
    whole = [(names[each.file], each.reading) for each in opened if isinstance(each.reading, Reading)]
    found = iter(check_together(whole, windows=windows, against=plan))
    return [
        Linted(
            file=each.file,
            findings=next(found) if isinstance(each.reading, Reading) else (not_well_formed(each.reading),),
            mended=each.mended,
        )
        for each in opened
    ]


def document(linted: Linted) -> dict[str, object]:
    """A file's findings for programs; what was mended where something was."""
    mended = {"mended": list(linted.mended.changes)} if linted.mended else {}
    return {"file": linted.file, **mended, "findings": [finding.document for finding in linted.findings]}


def content(name: str, standard_input: BinaryIO) -> bytes:
    """What a file holds: at most one octet more than is read as XML, which then refuses it."""
    if name == STANDARD_INPUT:
        return standard_input.read(LARGEST + 1)
    with open_to_read(Path(name)) as file:
        return file.read(LARGEST + 1)


def shown(linted: Linted) -> list[str]:
    """A file's findings for a person, without what a terminal would obey: pieces of a stranger's file are in them."""
    return ["".join(letter if letter.isprintable() else "?" for letter in line) for line in _lines(linted)]


def _names(files: Sequence[str]) -> Mapping[str, str]:
    """Files as a sentence names them: where all stand in one folder, without it."""
    folders = {Path(file).parent for file in files if file != STANDARD_INPUT}
    names = {file: Path(file).name if len(folders) == 1 else file for file in files}
    return {**names, STANDARD_INPUT: "standard input"}


def _opened(name: str, octets: bytes, arguments: argparse.Namespace) -> Opened:
    """Reads a file, and mends it first where that is asked for; nothing is written that could not be read again."""
    dialect = Dialect(arguments.dialect) if arguments.dialect else None
    try:
        reading = read(octets)
        mended = mend(reading, dialect) if arguments.fix else None
        reading = read(mended.text) if mended else reading
    except NotWellFormed as error:
        return Opened(file=name, reading=error)
    if mended or arguments.output:
        _write(name, mended.text.encode() if mended else octets, arguments.output)
    return Opened(file=name, reading=reading, mended=mended)


def _lines(linted: Linted) -> list[str]:
    found = [linted.file]
    if linted.mended:
        found += [f"mended  {change}" for change in linted.mended.changes]
    for finding in linted.findings:
        place = f"line {finding.line}" if finding.column is None else f"line {finding.line}, column {finding.column}"
        found.append(f"{place:<9} {finding.severity.value:<7} {finding.code}  {finding.path}")
        text = f"{finding.why}. {finding.mend}"
        found += textwrap.wrap(
            text,
            reports.width(),
            initial_indent=INDENT,
            subsequent_indent=INDENT,
            break_on_hyphens=False,  # names of files are there to be found again
        )
    return [*found, f"{linted.file}: {_summary(linted.findings)}"]


def _summary(findings: Sequence[Finding]) -> str:
    counted = Counter(finding.severity for finding in findings)
    parts = [f"{counted[each]} {each.value}{'' if counted[each] == 1 else 's'}" for each in Severity if counted[each]]
    return ", ".join(parts) or "nothing found"


def _require_sense(arguments: argparse.Namespace) -> None:
    """Refuses what cannot be meant, before anything is written."""
    if arguments.output and (not arguments.fix or len(arguments.files) > 1):
        raise _wrong("--output", "it is for one file, with --fix")
    if arguments.dialect and not arguments.fix:
        raise _wrong("--dialect", "it is for --fix")
    if arguments.fix and STANDARD_INPUT in arguments.files and not arguments.output:
        raise _wrong("--fix", "standard input cannot be written to")
    if arguments.output:
        require_writable(arguments.output)


def _wrong(option: str, what: str) -> DocumentError:
    mend = "See evertunnel profile lint --help."
    return DocumentError("profile lint", [Problem(path=option, what=what, mend=mend)])


def _write(name: str, content: bytes, output: Path | None) -> None:
    """Writes a file whole or not at all, as readable as the one that it was read from."""
    source = Path(name).resolve()
    target = output or source
    try:
        handle, fresh = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise Refused(f"{target}: cannot be written: {error.strerror}; name another place with --output") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if (like := target if target.exists() else source).exists():
            shutil.copymode(like, fresh)
            with suppress(PermissionError):  # who may not give a file away keeps it
                os.chown(fresh, like.stat().st_uid, like.stat().st_gid)
        Path(fresh).replace(target)
    except OSError:
        Path(fresh).unlink(missing_ok=True)
        raise
