"""Devices in the directory, and their enrolment. Run it where the directory and the authority are.

    sudo evertunnel device add laptop1 laptop2 --group "VPN Devices"
    sudo evertunnel device enrol examples/contoso.toml laptop1 --request laptop1.csr --out laptop1.profile
    sudo evertunnel device disable laptop1

Of several devices all are changed or none. Exit status: 0 done, 1 refused or failed, 2 the input is wrong.
"""

import argparse
from pathlib import Path

from evertunnel import documents
from evertunnel.cli import paging, reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb, typed
from evertunnel.cli.files import read_plan, read_text, require_writable
from evertunnel.control_plane import devices
from evertunnel.values import GroupName, HostName

DONE = {"add": "added", "enable": "enabled", "disable": "disabled", "remove": "removed"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for verb, summary, more in (
        ("add", "add devices", ' --group "VPN Devices"'),
        ("enable", "let devices in again", ""),
        ("disable", "keep devices out, and end what they have open", ""),
        ("remove", "forget devices; their certificates stay on record", ""),
    ):
        sub = add_verb(what, verb, summary, f"sudo evertunnel device {verb} laptop1 laptop2{more}")
        sub.add_argument("devices", nargs="+", type=typed(HostName), metavar="DEVICE")
        if verb == "add":
            sub.add_argument(
                "--group", action="append", default=[], type=typed(GroupName), help="put them into it (repeatable)"
            )
    _configure_list(what)
    enrol = add_verb(
        what,
        "enrol",
        "issue a device's certificate and write its profile",
        "sudo evertunnel device enrol examples/contoso.toml laptop1 --request laptop1.csr --out laptop1.profile",
    )
    enrol.add_argument("plan", type=Path, metavar="PLAN", help="the plan file")
    enrol.add_argument("device", type=typed(HostName), metavar="DEVICE")
    enrol.add_argument(
        "--request", type=Path, required=True, metavar="FILE", help="what `evertunnel client request` printed"
    )
    enrol.add_argument("--out", type=Path, required=True, metavar="FILE", help="the profile; it holds no secret")


def _configure_list(what: Subparsers) -> None:
    every = add_verb(
        what, "list", "list devices with their groups", "sudo evertunnel device list --search lap --group Sales"
    )
    every.add_argument("--search", default="", metavar="TEXT", help="what the name begins with")
    every.add_argument("--group", type=typed(GroupName), help="only what is in it, also through other groups")
    paging.add_paging(every)
    add_json(every)


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    if arguments.what == "list":
        return _list(arguments)
    if arguments.what == "enrol":
        return _enrol(arguments)
    names = tuple(dict.fromkeys(arguments.devices))
    if arguments.what == "add":
        devices.add(names, tuple(dict.fromkeys(arguments.group)))
    else:
        {"enable": devices.enable, "disable": devices.disable, "remove": devices.remove}[arguments.what](names)
    print(f"{DONE[arguments.what]} {', '.join(names)}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    asked = paging.page(arguments)
    found = devices.listed(asked, arguments.search, arguments.group)
    rows = paging.shown(found, asked)
    if arguments.json:
        reports.print_json([documents.write(row) for row in rows])
        return 0
    for row in rows:
        print(f"{row.name:<20}  {'enabled' if row.enabled else 'DISABLED':<8}  {', '.join(row.groups) or 'no group'}")
    if rows:
        paging.print_more(rows[-1].name, found, asked)
    else:
        is_narrowed = arguments.search or arguments.group or arguments.after
        print("no such device" if is_narrowed else "no devices yet: evertunnel device add NAME --group GROUP")
    return 0


def _enrol(arguments: argparse.Namespace) -> int:
    plan, request = read_plan(arguments.plan), read_text(arguments.request)
    # Before the certificate is issued, which cannot be taken back.
    require_writable(arguments.out)
    profile = devices.enrol(plan, arguments.device, request)
    arguments.out.write_text(documents.to_json(profile))
    print(
        f"wrote {arguments.out}: carry it to {arguments.device}, there: evertunnel client install {arguments.out.name}"
    )
    return 0
