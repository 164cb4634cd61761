"""People in the directory, and their certificates. Run it where the directory and the authority are.

    sudo evertunnel user add alice@corp.contoso.com --display "Alice Adams" --group "VPN Users"
    sudo evertunnel user import people.csv
    sudo evertunnel user list --search adams --group "VPN Users"
    sudo evertunnel user enrol plan.toml alice@corp.contoso.com --request alice.csr --out alice.profile
    sudo evertunnel user enrol alice@corp.contoso.com --request alice.csr --out alice.crt
    sudo evertunnel user disable alice@corp.contoso.com

Of several users all are changed or none. Exit status: 0 done, 1 refused or failed, 2 the input is wrong.
"""

import argparse
import datetime
from collections.abc import Callable
from pathlib import Path

from evertunnel import documents
from evertunnel.cli import paging, reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb, typed
from evertunnel.cli.files import open_to_read, read_plan, read_text, require_writable
from evertunnel.cli.progress import Progress
from evertunnel.control_plane import users
from evertunnel.control_plane.users import Row
from evertunnel.directory.model import NewUser, display_name, fixed_address
from evertunnel.directory.sheet import COLUMNS
from evertunnel.errors import Refused
from evertunnel.values import GroupName, Sid, UserName

ALICE = "alice@corp.contoso.com"
NONE = "none"
SETTINGS = {
    "address": ("the IPv4 address that the user's tunnel always gets", fixed_address, "10.99.1.20"),
    "sid": ("the account's SID in Active Directory", Sid, "S-1-5-21-1004336348-1177238915-682003330-1104"),
    "display": ("the name as people write it", display_name, '"Alice Adams"'),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    _configure_add(what)
    _configure_import(what)
    for verb, summary in (
        ("enable", "let users in again"),
        ("disable", "keep users out, and end what they have open"),
        ("remove", "forget users; their certificates stay on record"),
    ):
        sub = add_verb(what, verb, summary, f"sudo evertunnel user {verb} {ALICE}")
        sub.add_argument("users", nargs="+", type=typed(UserName), metavar="USER")
    for setting, (summary, build, example) in SETTINGS.items():
        verb = f"set-{setting}"
        sub = add_verb(what, verb, f"set {summary}", f"sudo evertunnel user {verb} {ALICE} {example}")
        sub.add_argument("user", type=typed(UserName), metavar="USER")
        sub.add_argument("value", type=typed(_or_none(build)), metavar="VALUE", help=f"{example}, or {NONE}")
    _configure_looking(what)
    _configure_enrol(what)


def _configure_add(what: Subparsers) -> None:
    add = add_verb(
        what,
        "add",
        "add users",
        f'sudo evertunnel user add {ALICE} --display "Alice Adams" --group "VPN Users"',
        'sudo evertunnel user add bob@corp.contoso.com carol@corp.contoso.com --group "VPN Users"',
    )
    add.add_argument("users", nargs="+", type=typed(UserName), metavar="USER")
    for setting, (summary, build, _) in SETTINGS.items():
        add.add_argument(f"--{setting}", type=typed(build), help=f"{summary} (of one user)")
    add.add_argument(
        "--group", action="append", default=[], type=typed(GroupName), help="put them into it (repeatable)"
    )


def _configure_import(what: Subparsers) -> None:
    sub = add_verb(what, "import", "add the users of a CSV file, all or none", "sudo evertunnel user import people.csv")
    columns = "\n".join(f"  {column:<8}  {meaning}" for column, meaning in COLUMNS.items())
    sub.epilog = (
        f"The file is UTF-8 with commas; its first line names the columns, in any order:\n{columns}\n"
        "\nlike this:\n  name,display,groups\n"
        f"  {ALICE},Alice Adams,VPN Users;Sales\n"
        "\nA user whom the directory knows already is an error: import adds and never changes.\n\n"
        f"{sub.epilog}"
    )
    sub.add_argument("file", type=Path, metavar="FILE.csv")


def _configure_looking(what: Subparsers) -> None:
    every = add_verb(what, "list", "list users by name", 'sudo evertunnel user list --search "ali ad" --group Sales')
    every.add_argument(
        "--search", default="", metavar="TEXT", help="beginnings of words of the name or the display name, all to fit"
    )
    every.add_argument("--group", type=typed(GroupName), help="only who is in it, also through other groups")
    paging.add_paging(every)
    show = add_verb(what, "show", "show one user with groups and certificates", f"sudo evertunnel user show {ALICE}")
    show.add_argument("user", type=typed(UserName), metavar="USER")
    for sub in (every, show):
        add_json(sub)


def _configure_enrol(what: Subparsers) -> None:
    enrol = add_verb(
        what,
        "enrol",
        "issue a user's certificate; with a plan, write the profile for our agent, else the certificates alone",
        f"sudo evertunnel user enrol plan.toml {ALICE} --request alice.csr --out alice.profile",
        f"sudo evertunnel user enrol {ALICE} --request alice.csr --out alice.crt",
    )
    enrol.add_argument("plan", nargs="?", type=Path, metavar="PLAN", help="the plan file, for a profile")
    enrol.add_argument("user", type=typed(UserName), metavar="USER")
    enrol.add_argument("--request", type=Path, required=True, metavar="FILE", help="PKCS#10 request in PEM")
    enrol.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the profile or the certificates; no secret"
    )
    enrol.add_argument(
        "--template", choices=("user", "mail"), default="user", help="user, or mail which connects nobody"
    )


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    match arguments.what:
        case "add":
            _add(arguments)
        case "import":
            _import(arguments.file)
        case "list":
            _list(arguments)
        case "show":
            _show(arguments)
        case "enrol":
            _enrol(arguments)
        case "enable" | "disable" | "remove" as verb:
            names = tuple(dict.fromkeys(arguments.users))
            {"enable": users.enable, "disable": users.disable, "remove": users.remove}[verb](names)
            print(f"{verb.removesuffix('e')}ed {', '.join(names)}")
        case verb:
            _set(verb.removeprefix("set-"), arguments)
    return 0


def _add(arguments: argparse.Namespace) -> None:
    names = tuple(dict.fromkeys(arguments.users))
    given = [f"--{setting}" for setting in SETTINGS if getattr(arguments, setting) is not None]
    if given and len(names) > 1:
        raise Refused(f"{' and '.join(given)}: of one user only. Add {names[0]} alone.")
    people = tuple(
        NewUser(name=name, display=arguments.display or "", sid=arguments.sid, address=arguments.address)
        for name in names
    )
    users.add(people, tuple(dict.fromkeys(arguments.group)))
    print(f"added {', '.join(names)}")


def _import(path: Path) -> None:
    with open_to_read(path) as stream:
        added = users.import_file(stream, name=str(path), told=Progress(str(path)))
    print(f"added {added:,} users")


def _list(arguments: argparse.Namespace) -> None:
    asked = paging.page(arguments)
    found = users.listed(asked, arguments.search, arguments.group)
    rows = paging.shown(found, asked)
    if arguments.json:
        reports.print_json([documents.write(row) for row in rows])
        return
    for row in rows:
        state = "enabled" if row.enabled else "DISABLED"
        print(f"{row.name:<36}  {state:<8}  {row.display:<24}  {', '.join(row.groups) or 'no group'}")
    if rows:
        paging.print_more(rows[-1].name, found, asked)
    else:
        is_narrowed = arguments.search or arguments.group or arguments.after
        print("no such user" if is_narrowed else f"no users yet: evertunnel user add {ALICE} --group GROUP")


def _show(arguments: argparse.Namespace) -> None:
    person = users.show(arguments.user)
    if arguments.json:
        reports.print_json(documents.write(person))
        return
    row: Row = person.row
    for label, value in (
        ("name", row.name),
        ("display", row.display),
        ("state", "enabled" if row.enabled else "DISABLED"),
        ("added", datetime.datetime.fromtimestamp(person.added, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("sid", row.sid),
        ("address", row.address),
        ("groups", ", ".join(row.groups)),
        ("through them", ", ".join(person.nested_groups)),
        ("certificates", ", ".join(person.certificates)),
    ):
        print(f"{label:<13} {value or NONE}")


def _enrol(arguments: argparse.Namespace) -> None:
    plan = read_plan(arguments.plan) if arguments.plan else None
    if plan is not None and arguments.template != "user":
        raise Refused("a mail certificate connects nobody, so it has no profile. Leave out the plan.")
    request = read_text(arguments.request)
    # Before the certificate is issued, which cannot be taken back.
    require_writable(arguments.out)
    if plan is None:
        arguments.out.write_text(users.enrol(arguments.user, arguments.template, request))
        print(f"wrote {arguments.out}: carry it to {arguments.user}, where the key is")
        return
    arguments.out.write_text(documents.to_json(users.enrol_for_agent(plan, arguments.user, request)))
    there = f"sudo evertunnel client sign-in {arguments.user} --profile {arguments.out.name}"
    print(f"wrote {arguments.out}: carry it to the device where the key is, there: {there}")


def _or_none(build: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: None if text == NONE else build(text)


def _set(setting: str, arguments: argparse.Namespace) -> None:
    match setting:
        case "address":
            users.set_address(arguments.user, arguments.value)
        case "sid":
            users.set_sid(arguments.user, arguments.value)
        case _:
            users.set_display(arguments.user, arguments.value or "")
    print(f"{setting} of {arguments.user}: {arguments.value or NONE}")
