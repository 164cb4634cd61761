"""The table of verbs, and errors turned into exit codes."""

import argparse
import gc
import importlib
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evertunnel.errors import DocumentError, EvertunnelError, NotFound

TRACEBACK = "EVERTUNNEL_TRACEBACK"
HELP_COLUMN = 17
LONGEST_SHOWN = 60
# Importing makes hundreds of thousands of objects that stay: looking through them for garbage, every 700 and once more
# at the end, was a quarter of the time that a short command took.
OBJECTS_BETWEEN_LOOKS = 50_000
WRONG_INPUT = (DocumentError, NotFound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb: its module in this package is imported only when it is used, because start-up time is felt."""

    module: str
    summary: str
    shown: bool = True
    for_root: bool = False


VERBS = {
    "check": Verb(module="check", summary="say everything that is wrong with a plan"),
    "plan": Verb(module="plan", summary="print the plan's JSON Schema, or the DNS records to set"),
    "rehearse": Verb(module="rehearse", summary="bring the plan up in namespaces and prove each claim"),
    "lab": Verb(module="lab", summary="enter a host of a rehearsal that was kept"),
    "ca": Verb(module="ca", summary="create the certification authority, renew its root's CRL", for_root=True),
    "certificate": Verb(module="certificate", summary="issue, list, show and revoke certificates", for_root=True),
    "device": Verb(module="device", summary="add, enrol, enable, disable and list devices", for_root=True),
    "user": Verb(module="user", summary="add, import, enrol, enable, disable and list users", for_root=True),
    "group": Verb(module="group", summary="add groups, put users and devices into them, list members", for_root=True),
    "bundle": Verb(module="bundle", summary="write what a host needs, secrets included, to a file", for_root=True),
    "secret": Verb(module="secret", summary="write the secret of another RADIUS client", for_root=True),
    "preview": Verb(module="preview", summary="print what apply would do: close, change, open", for_root=True),
    "apply": Verb(module="apply", summary="make this host what the plan or the bundle says", for_root=True),
    "verify": Verb(module="verify", summary="prove each part of this host, with the evidence", for_root=True),
    "status": Verb(module="status", summary="say what runs on this host", for_root=True),
    "remove": Verb(module="remove", summary="take Evertunnel off this host", for_root=True),
    "why": Verb(module="why", summary="explain why a device or a user is in or out", for_root=True),
    "explain": Verb(module="explain", summary="explain what an error code or a log line means, and what to check"),
    "simulate": Verb(module="simulate", summary="say what would be answered if somebody connected", for_root=True),
    "sessions": Verb(module="sessions", summary="list who is and was connected, export the ledger", for_root=True),
    "profile": Verb(module="profile", summary="read, lint, mend, compare and build Windows' VPN profiles"),
    "client": Verb(module="client", summary="the agent on a Linux laptop: install, sign in, sign out, status"),
    "service": Verb(module="service", summary="run one of our services (what the supervisor calls)", shown=False),
    "restore": Verb(module="restore", summary="load the firewall applied last (what systemd calls)", shown=False),
    "supervise": Verb(module="supervise", summary="keep our services running where systemd does not", shown=False),
}


def program() -> int:
    """What is installed as `evertunnel`: `main` in a process of its own."""
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    try:
        return main()
    finally:
        gc.freeze()


def main(argv: Sequence[str] | None = None, *, uid: Callable[[], int] = os.geteuid) -> int:
    """Runs one command line; gives its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(words[0] if words else None)
    if words and words[0] not in VERBS and not words[0].startswith("-"):
        parser.error(_unknown(words[0][:LONGEST_SHOWN]))
    arguments = parser.parse_args(words)
    if arguments.verb is None:
        parser.print_help()
        return 2
    if VERBS[arguments.verb].for_root and uid() != 0:
        print(f"evertunnel {arguments.verb}: run it as root: sudo evertunnel {shlex.join(words)}", file=sys.stderr)
        return 1
    os.umask(0o022)  # services walk the directories that are made here; what is secret gets its mode by name
    return guarded(lambda: int(arguments.run(arguments)))


def guarded(run: Callable[[], int]) -> int:
    """Runs a verb; whatever it raises becomes a sentence and an exit status, never a traceback."""
    try:
        status = run()
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as error:
        return _told(error, "interrupted", 130)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        return _told(error, _sentence(error), 2 if isinstance(error, WRONG_INPUT) else 1)


def _unknown(word: str) -> str:
    import difflib

    near = difflib.get_close_matches(word, [name for name, verb in VERBS.items() if verb.shown], n=1)
    return f"no verb {word!r}; {f'did you mean {near[0]}?' if near else 'evertunnel --help lists them'}"


def _told(error: BaseException, sentence: str, status: int) -> int:
    for line in (sentence, *getattr(error, "__notes__", ())):
        print(_printable(line), file=sys.stderr)
    return status


def _sentence(error: Exception) -> str:
    match error:
        case EvertunnelError():
            return str(error)
        case PermissionError():
            return f"{error.filename or 'this command'}: permission denied; run it as root, with sudo"
        case OSError():
            return f"{error.filename}: {error.strerror}" if error.filename else str(error)
        case _:
            return _fault(error)


def _fault(error: Exception) -> str:
    """What is our own mistake, without its text, because that could hold anything, a secret too."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    name = type(error).__name__
    return (
        f"a fault of Evertunnel itself: {name} in {os.path.basename(last.filename)} line {last.lineno}."  # noqa: PTH119 (text)
        f" Please report it; {TRACEBACK}=1 shows the way there."
    )


def _printable(text: str) -> str:
    """Text that may come from a stranger's file, as it may stand on a terminal: no control characters."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=HELP_COLUMN)


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evertunnel",
        formatter_class=_formatter,
        description="An Always On VPN that an organisation runs itself, from one plan file.",
        epilog="start with:\n"
        "  evertunnel check examples/contoso.toml\n"
        "  sudo evertunnel rehearse examples/contoso.toml\n"
        "each verb tells more: evertunnel apply --help\n"
        "exit status: 0 done, 1 it failed, 2 the input is wrong",
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB ARGUMENT", title="verbs")
    # All of them only where they are listed: each takes its time.
    listed = {chosen: VERBS[chosen]} if chosen in VERBS else {name: verb for name, verb in VERBS.items() if verb.shown}
    for name, verb in listed.items():
        sub = verbs.add_parser(name, help=verb.summary, formatter_class=argparse.RawDescriptionHelpFormatter)
        if name == chosen:
            module = importlib.import_module(f"evertunnel.cli.{verb.module}")
            sub.description = module.__doc__
            module.configure(sub)
            sub.set_defaults(run=module.run)
    return parser
