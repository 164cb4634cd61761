"""The Always On agent of a Linux laptop.

    sudo evertunnel client request laptop1 --domain corp.contoso.com > laptop1.csr    key stays here
    sudo evertunnel client install laptop1.profile                                    what `device enrol` wrote
    evertunnel client status
    sudo evertunnel client remove                                                     --purge: key and profile, too

Exit status: 0 done (status: the tunnel is up), 1 refused or failed (status: it is not up), 2 the input is wrong.
"""

import argparse
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import add_json, add_verb, typed
from evertunnel.cli.files import read_text
from evertunnel.values import Fqdn, HostName


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    request = add_verb(
        what,
        "request",
        "make this device's key and print a certificate request",
        "sudo evertunnel client request laptop1 --domain corp.contoso.com > laptop1.csr",
    )
    request.add_argument("device", type=typed(HostName), metavar="DEVICE", help="the device's name in the directory")
    request.add_argument("--domain", type=typed(Fqdn), required=True, help="the organisation's domain")
    install = add_verb(
        what,
        "install",
        "install the profile and start the agent, now and at every boot",
        "sudo evertunnel client install laptop1.profile",
    )
    install.add_argument("profile", type=Path, metavar="PROFILE", help="what `evertunnel device enrol` wrote")
    remove = add_verb(
        what,
        "remove",
        "take the agent, its rule and its routes off this device; the key and the profile stay",
        "sudo evertunnel client remove",
    )
    remove.add_argument("--purge", action="store_true", help="delete the key and the profile, too; no way back")
    add_json(add_verb(what, "status", "say whether the tunnel is up", "evertunnel client status"))


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    return {"request": _request, "install": _install, "remove": _remove, "status": _status}[arguments.what](arguments)


def _request(arguments: argparse.Namespace) -> int:
    from evertunnel.client import request

    print(request.create(arguments.device, arguments.domain), end="")
    return 0


def _install(arguments: argparse.Namespace) -> int:
    from evertunnel.client import install

    install.install(read_text(arguments.profile))
    print("installed; the device tunnel comes up by itself, also after a restart: evertunnel client status")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    from evertunnel.client import install, places

    if install.remove(purge=arguments.purge):
        print(f"removed; key and profile stay in {places.KEYS}: evertunnel client install {places.KEPT_PROFILE}")
    else:
        print("removed; nothing of the client is left")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from evertunnel import documents
    from evertunnel.client import status

    found = status.read()
    if arguments.json:
        reports.print_json(documents.write(found))
    else:
        print(status.render(found))
    return 0 if found.is_up else 1
