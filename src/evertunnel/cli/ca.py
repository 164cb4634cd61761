"""Creates the certification authority, and renews what only the root's key can.

    sudo evertunnel ca create examples/contoso.toml --root-key /media/usb/contoso-root.key
    sudo evertunnel ca renew-root-crl --root-key /media/usb/contoso-root.key

The root's key leaves this machine once, encrypted with a passphrase, and is not kept: put it in a safe.
Exit status: 0 done, 1 refused or failed (nothing is there that was not before), 2 the input is wrong.
"""

import argparse
import getpass
from pathlib import Path

from evertunnel.cli.arguments import add_verb
from evertunnel.cli.files import read_plan, read_text
from evertunnel.control_plane import authority
from evertunnel.errors import DocumentError, Problem
from evertunnel.values import Secret


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    usb = "/media/usb/contoso-root.key"
    create = add_verb(
        what,
        "create",
        "create root and issuing authority on this host",
        f"sudo evertunnel ca create examples/contoso.toml --root-key {usb}",
    )
    create.add_argument("plan", type=Path, metavar="PLAN", help="the plan file")
    renew = add_verb(
        what, "renew-root-crl", "sign a new CRL of the root", f"sudo evertunnel ca renew-root-crl --root-key {usb}"
    )
    for sub in (create, renew):
        sub.add_argument("--root-key", type=Path, required=True, metavar="FILE", help="the root's encrypted key")
        sub.add_argument("--passphrase-file", type=Path, metavar="FILE", help="the key's passphrase (default: ask)")


def run(arguments: argparse.Namespace) -> int:
    """Creates or renews."""
    return {"create": _create, "renew-root-crl": _renew}[arguments.what](arguments)


def _create(arguments: argparse.Namespace) -> int:
    plan = read_plan(arguments.plan)
    authority.require_none(arguments.root_key)
    passphrase = _passphrase(arguments.passphrase_file, twice=True)
    authority.require_strong(passphrase)
    print("making the keys of root and issuing authority; this takes a few seconds", flush=True)
    authority.create(plan, root_key=arguments.root_key, passphrase=passphrase)
    print(f"created {plan.certificates.root_name!r} and {plan.certificates.issuing_name!r}")
    print(f"the root's key is in {arguments.root_key} and nowhere else: take it off line")
    print(f"next: evertunnel apply {arguments.plan}")
    return 0


def _renew(arguments: argparse.Namespace) -> int:
    passphrase = _passphrase(arguments.passphrase_file, twice=False)
    authority.renew_root_crl(root_key=arguments.root_key, passphrase=passphrase)
    print("signed and published a new CRL of the root; take its key off line again")
    return 0


def _passphrase(file: Path | None, *, twice: bool) -> Secret:
    if file is not None:
        return Secret(read_text(file).rstrip("\r\n"))
    try:
        first = getpass.getpass("Passphrase of the root's key: ")
        again = getpass.getpass("The same again: ") if twice else first
    except EOFError:
        raise _wrong("no terminal to ask on", "Name a file with --passphrase-file.") from None
    if first != again:
        raise _wrong("the two are not the same", "Type it again.")
    return Secret(first)


def _wrong(what: str, mend: str) -> DocumentError:
    return DocumentError("passphrase", [Problem(path="(typed)", what=what, mend=mend)])
