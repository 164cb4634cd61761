"""Builds what brings a plan's profiles to clients, one way or another."""

import argparse
import sys
import textwrap
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb, typed
from evertunnel.cli.files import read_plan
from evertunnel.errors import DocumentError, Problem
from evertunnel.profiles.delivery import Delivery
from evertunnel.profiles.identity import Identity
from evertunnel.values import UserName

LARGEST_PKCS12 = 1 << 20
# As control_plane.deliveries.WAYS; declared here because the help must not import all of them.
WAYS = {
    "powershell": "scripts for Windows: one for devices, one for people, one for removal",
    "sccm": "a Configuration Manager package, detection scripts, and its settings to follow",
    "intune": "policies for Microsoft Graph, with their assignments",
    "group-policy": "a start-up script, and its settings to follow",
    "xml": "ProfileXML for scripts and for Intune, and SyncML for any other management server",
    "apple": "configuration profiles for Mac, iPhone and iPad",
    "android": "profiles for strongSwan's app, and its managed configuration",
    "linux": "our agent's profiles, the same for all, and key files for NetworkManager",
    "strongswan": "swanctl's configuration, for those who want only that",
}


def configure(what: Subparsers) -> None:
    """Declares the verb's arguments."""
    build = add_verb(
        what,
        "build",
        "build what brings a plan's profiles to clients",
        "sudo evertunnel profile build examples/contoso.toml --for powershell --out windows",
        "evertunnel profile build plan.toml --for intune --root root.crt --issuing issuing.crt --out intune",
        "evertunnel profile build plan.toml --for apple --user alice@corp.contoso.com --pkcs12 alice.p12 --out apple",
    )
    ways = "\n".join(f"  {name:<13} {text}" for name, text in WAYS.items())
    build.description = (
        "Builds what brings a plan's profiles to clients, and says what of the plan that way cannot carry.\n\n"
        f"ways:\n{ways}\n\n"
        "Exit status: 0 all is written, 1 it failed, 2 the input is wrong."
    )
    build.add_argument("plan", type=Path, metavar="PLAN", help="the plan file")
    build.add_argument(
        "--for", dest="way", required=True, choices=list(WAYS), metavar="WAY", help="one of the ways above"
    )
    build.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where to write; made if it is not there"
    )
    build.add_argument("--root", type=Path, metavar="FILE", help="the root's certificate (PEM); default: this host's")
    build.add_argument("--issuing", type=Path, metavar="FILE", help="the issuing authority's certificate (PEM)")
    build.add_argument("--user", type=typed(UserName), metavar="USER", help="for one person (not Windows)")
    build.add_argument(
        "--pkcs12", type=Path, metavar="FILE", help="that person's certificate and key, put into the profile"
    )
    build.add_argument(
        "--sign", type=Path, nargs=2, metavar=("CERTIFICATE", "KEY"), help="sign Apple's profiles with these (PEM)"
    )
    add_json(build)
    build.set_defaults(act=run)


def run(arguments: argparse.Namespace) -> int:
    """Builds, writes, and says what is missing."""
    from evertunnel.control_plane import deliveries

    _require_sense(arguments)
    plan = read_plan(arguments.plan)
    trust = deliveries.trust(arguments.root, arguments.issuing)
    signer = deliveries.signer(*arguments.sign) if arguments.sign else None
    delivery = deliveries.build(arguments.way, plan, trust, _identity(arguments), signer)
    written = deliveries.write(delivery, arguments.out)
    if arguments.json:
        missing = [{"path": each.path, "what": each.what} for each in delivery.missing]
        reports.print_json({"written": [str(path) for path in written], "missing": missing})
    else:
        _print(delivery, arguments.out)
    return 0


def _print(delivery: Delivery, folder: Path) -> None:
    for document in delivery.documents:
        print(f"wrote {folder / document.path}{' (secret: only you can read it)' if document.secret else ''}")
    for each in delivery.missing:
        for line in textwrap.wrap(f"not in it: {each.path}: {each.what}", reports.width(), subsequent_indent="    "):
            print(line, file=sys.stderr)


def _identity(arguments: argparse.Namespace) -> Identity | None:
    from evertunnel.cli.files import open_to_read

    if arguments.user is None:
        return None
    if arguments.pkcs12 is None:
        return Identity(user=arguments.user)
    with open_to_read(arguments.pkcs12) as file:
        held = file.read(LARGEST_PKCS12 + 1)
    # A SEQUENCE that begins with the version, which is 3 (RFC 7292 4).
    if len(held) > LARGEST_PKCS12 or held[:1] != b"\x30" or b"\x02\x01\x03" not in held[:16]:
        mend = "Name the file that openssl pkcs12 -export has made."
        raise DocumentError(str(arguments.pkcs12), [Problem(path="(whole file)", what="no PKCS #12", mend=mend)])
    return Identity(user=arguments.user, pkcs12=held)


def _require_sense(arguments: argparse.Namespace) -> None:
    wrong = []
    if (arguments.root is None) != (arguments.issuing is None):
        wrong.append(("--root", "it goes with --issuing", "Name both certificates, or neither."))
    if arguments.pkcs12 is not None and arguments.user is None:
        wrong.append(("--pkcs12", "whose it is, is not said", "Add --user."))
    if arguments.out.exists() and not arguments.out.is_dir():
        wrong.append(("--out", f"{arguments.out} is no folder", "Name a folder."))
    if wrong:
        raise DocumentError("profile build", [Problem(path=path, what=what, mend=mend) for path, what, mend in wrong])
