"""Groups in the directory, and who is in them. Run it where the directory is.

    sudo evertunnel group add Sales
    sudo evertunnel group add-member "VPN Users" alice@corp.contoso.com --group Sales
    sudo evertunnel group members "VPN Users" --nested
    sudo evertunnel group remove-member Sales bob@corp.contoso.com laptop1

Of several members all are changed or none. Exit status: 0 done, 1 refused or failed, 2 the input is wrong.
"""

import argparse

from evertunnel import documents
from evertunnel.cli import paging, reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb, typed
from evertunnel.control_plane import groups
from evertunnel.errors import NotFound
from evertunnel.values import GroupName, principal_name


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for verb, summary in (
        ("add", "add empty groups"),
        ("remove", "remove groups; whoever was in one has no longer what it gave"),
    ):
        sub = add_verb(what, verb, summary, f"sudo evertunnel group {verb} Sales")
        sub.add_argument("groups", nargs="+", type=typed(GroupName), metavar="GROUP")
    _configure_lists(what)
    for verb, summary, example in (
        ("add-member", "put users, computers and groups into a group", "alice@corp.contoso.com laptop1 --group Sales"),
        ("remove-member", "take users, computers and groups out of a group", "alice@corp.contoso.com"),
    ):
        sub = add_verb(what, verb, summary, f'sudo evertunnel group {verb} "VPN Users" {example}')
        sub.add_argument("name", type=typed(GroupName), metavar="GROUP")
        sub.add_argument(
            "members", nargs="*", type=typed(principal_name), metavar="MEMBER", help="a user (with an @) or a computer"
        )
        sub.add_argument(
            "--group", action="append", default=[], type=typed(GroupName), help="a group as member (repeatable)"
        )


def _configure_lists(what: Subparsers) -> None:
    every = add_verb(what, "list", "list groups by name", "sudo evertunnel group list --search VPN")
    every.add_argument("--search", default="", metavar="TEXT", help="what the name begins with")
    members = add_verb(what, "members", "list who is in a group", 'sudo evertunnel group members "VPN Users" --nested')
    members.add_argument("name", type=typed(GroupName), metavar="GROUP")
    members.add_argument("--nested", action="store_true", help="also who is in it through other groups")
    for sub in (every, members):
        paging.add_paging(sub)
        add_json(sub)


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    match arguments.what:
        case "list":
            _list(arguments)
        case "members":
            _members(arguments)
        case "add" | "remove" as verb:
            names = tuple(dict.fromkeys(arguments.groups))
            {"add": groups.add, "remove": groups.remove}[verb](names)
            print(f"{verb.removesuffix('e')}ed {', '.join(names)}")
        case verb:
            _change(arguments, add=verb == "add-member")
    return 0


def _change(arguments: argparse.Namespace, *, add: bool) -> None:
    members = tuple(dict.fromkeys((*arguments.members, *arguments.group)))
    if not members:
        raise NotFound("no member is named; name users, computers, or with --group groups")
    if add:
        groups.add_members(arguments.name, members)
    else:
        groups.remove_members(arguments.name, members)
    print(f"{'put' if add else 'took'} {', '.join(members)} {'into' if add else 'out of'} {arguments.name}")


def _list(arguments: argparse.Namespace) -> None:
    asked = paging.page(arguments)
    found = groups.listed(asked, arguments.search)
    rows = paging.shown(found, asked)
    if arguments.json:
        reports.print_json([documents.write(row) for row in rows])
        return
    for row in rows:
        print(f"{row.name:<36}  {', '.join(row.groups) or 'in no group'}")
    if rows:
        paging.print_more(rows[-1].name, found, asked)
    else:
        print("no such group" if arguments.search or arguments.after else "no groups yet: evertunnel group add NAME")


def _members(arguments: argparse.Namespace) -> None:
    asked = paging.page(arguments)
    found = groups.members(arguments.name, asked, nested=arguments.nested)
    inner = [row for row in found if row.kind == "group"]
    others = found[len(inner) :]
    rows = (*inner, *paging.shown(others, asked))
    if arguments.json:
        reports.print_json([documents.write(row) for row in rows])
        return
    for row in rows:
        print(f"{row.kind:<8}  {row.name}")
    if rows:
        paging.print_more(rows[-1].name, others, asked)
    else:
        print(f"nobody is in {arguments.name}")
