"""Issues, lists, shows and revokes certificates. Run it where the authority is.

    sudo evertunnel certificate issue --template nps-server --for core1 --request core1.csr
    sudo evertunnel certificate list
    sudo evertunnel certificate revoke 5f3a9c --reason keyCompromise

Whoever holds a revoked one is out at once, by its serial; the CRL is the second line.
Exit status: 0 done, 1 refused or failed, 2 the input is wrong.
"""

import argparse
import datetime
import sys
from pathlib import Path

from evertunnel import documents
from evertunnel.cli import paging, reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb, typed
from evertunnel.cli.files import read_text
from evertunnel.control_plane import certificates
from evertunnel.errors import DocumentError, NotFound, Refused
from evertunnel.pki.records import Row
from evertunnel.values import Serial, principal_name


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    _configure_issue(what)
    every = add_verb(
        what,
        "issue-all",
        "issue a certificate for each request in a folder: NAME.csr gets NAME.crt beside it",
        "sudo evertunnel certificate issue-all --template device /root/requests",
    )
    every.add_argument("--template", required=True, metavar="NAME", help="device, nps-server, user or mail")
    every.add_argument("folder", type=Path, metavar="FOLDER", help="holds one NAME.csr per computer or user")
    _configure_list(what)
    show = add_verb(what, "show", "show one certificate", "sudo evertunnel certificate show 5f3a9c")
    revoke = add_verb(
        what,
        "revoke",
        "revoke a certificate, now and for good",
        "sudo evertunnel certificate revoke 5f3a9c --reason keyCompromise",
    )
    for sub in (show, revoke):
        sub.add_argument("serial", type=typed(Serial), metavar="SERIAL", help="as `certificate list` prints it")
        add_json(sub)
    revoke.add_argument("--reason", default="unspecified", help="as RFC 5280 5.3.1 names it, like keyCompromise")


def _configure_list(what: Subparsers) -> None:
    every = add_verb(
        what, "list", "list certificates, newest first", "sudo evertunnel certificate list --search core1 --limit 10"
    )
    every.add_argument("--search", default="", metavar="TEXT", help="what the name of whose it is begins with")
    paging.add_paging(every, after=typed(Serial), metavar="SERIAL")
    add_json(every)


def _configure_issue(what: Subparsers) -> None:
    issue = add_verb(
        what,
        "issue",
        "issue a certificate from a template, and print it",
        "sudo evertunnel certificate issue --template nps-server --for core1 --request core1.csr",
    )
    issue.add_argument("--template", required=True, metavar="NAME", help="device, vpn-server, nps-server, user or mail")
    issue.add_argument(
        "--for",
        dest="principal",
        required=True,
        type=typed(principal_name),
        metavar="WHOM",
        help="a computer like laptop1 or a user like alice@corp.contoso.com, as the directory knows it",
    )
    issue.add_argument("--request", type=Path, required=True, metavar="FILE", help="PKCS#10 request in PEM")
    issue.add_argument(
        "--name", action="append", default=[], help="vpn-server: a name or address that clients use (repeatable)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    return {"issue": _issue, "issue-all": _issue_all, "list": _list, "show": _show, "revoke": _revoke}[arguments.what](
        arguments
    )


def _issue(arguments: argparse.Namespace) -> int:
    request = read_text(arguments.request)
    print(certificates.issue(arguments.template, arguments.principal, request, tuple(arguments.name)), end="")
    return 0


def _issue_all(arguments: argparse.Namespace) -> int:
    requests = sorted(arguments.folder.glob("*.csr"))
    if not requests:
        raise NotFound(
            f"{arguments.folder}: no file NAME.csr in it; put one certificate request per computer or user there"
        )
    refused = 0
    for request in requests:
        try:
            pem = certificates.issue(arguments.template, typed(principal_name)(request.stem), read_text(request))
        except (DocumentError, Refused, argparse.ArgumentTypeError) as error:
            refused += 1
            print(f"{request.stem}: {error}", file=sys.stderr)
        else:
            request.with_suffix(".crt").write_text(pem)
            print(f"wrote {request.with_suffix('.crt')}", flush=True)
    print(f"{len(requests) - refused} issued, {refused} refused")
    return 1 if refused else 0


def _list(arguments: argparse.Namespace) -> int:
    asked = paging.page(arguments)
    found = certificates.listed(arguments.search, arguments.after, asked.limit)
    rows = paging.shown(found, asked)
    if arguments.json:
        reports.print_json([documents.write(row) for row in rows])
        return 0
    for row in rows:
        print(f"{row.serial:<32}  {row.template.value:<10}  {row.principal:<20}  {_state(row)}")
    if rows:
        paging.print_more(rows[-1].serial, found, asked)
    else:
        print("no such certificate" if arguments.search or arguments.after else "no certificates yet")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    row = certificates.find(arguments.serial)
    if arguments.json:
        reports.print_json(documents.write(row))
        return 0
    print(f"serial     {row.serial}\ntemplate   {row.template.value}")
    print(f"for        {row.principal}\nsubject    {row.subject}")
    print(f"valid      {_day(row.not_before)} to {_day(row.not_after)}")
    if row.revoked and row.reason:
        print(f"revoked    {_day(row.revoked)}, {row.reason.value}")
    print(row.pem, end="")
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    row = certificates.revoke(arguments.serial, arguments.reason)
    if arguments.json:
        reports.print_json(documents.write(row))
        return 0
    print(f"revoked {row.serial} ({row.template.value} of {row.principal}); a new CRL is published")
    return 0


def _state(row: Row) -> str:
    return f"revoked ({row.reason.value})" if row.revoked and row.reason else f"until {_day(row.not_after)}"


def _day(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
