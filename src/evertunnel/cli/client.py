"""The Always On agent of a Linux laptop.

    sudo evertunnel client request laptop1 --domain corp.contoso.com > laptop1.csr    key stays here
    sudo evertunnel client install device-tunnel.profile --certificate laptop1.crt
    sudo evertunnel client request-user alice@corp.contoso.com > alice.csr            a key of hers, on this device
    sudo evertunnel client sign-in alice@corp.contoso.com --profile user-tunnel.profile --certificate alice.crt
    sudo evertunnel client sign-out
    sudo evertunnel client at-login alice@corp.contoso.com --account alice            from now on by her log-in
    evertunnel client status
    sudo evertunnel client remove                                                     --purge: keys and profiles, too

`profile build --for linux` writes the two profiles, for all devices and people; what `device enrol` and `user enrol`
write is for one, with the certificate in it. After a restart nobody is signed in. Exit status: 0 done (status: what
ought to be up is up), 1 refused or failed (status: something is not up), 2 the input is wrong.
"""

import argparse
from pathlib import Path

from evertunnel.cli import reports
from evertunnel.cli.arguments import Subparsers, add_json, add_verb, typed
from evertunnel.cli.files import read_text
from evertunnel.values import Fqdn, HostName, UserName

ALICE = "alice@corp.contoso.com"
CERTIFICATE = "with a profile for all: the certificate (PEM) that was issued"
KEPT = "default: the one that is installed"


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
        "sudo evertunnel client install device-tunnel.profile --certificate laptop1.crt",
        "sudo evertunnel client install laptop1.profile",
    )
    install.add_argument(
        "profile", type=Path, metavar="PROFILE", help="device-tunnel.profile, or what `evertunnel device enrol` wrote"
    )
    install.add_argument(
        "--certificate", type=Path, metavar="FILE", help=f"{CERTIFICATE} for this device's key; {KEPT}"
    )
    _configure_signing(what)
    _configure_at_login(what)
    remove = add_verb(
        what,
        "remove",
        "take the agent, its rules and its routes off this device; keys and profiles stay",
        "sudo evertunnel client remove",
    )
    remove.add_argument("--purge", action="store_true", help="delete keys and profiles, too; no way back")
    add_json(add_verb(what, "status", "say whether the tunnels are up", "evertunnel client status"))


def _configure_signing(what: Subparsers) -> None:
    request = add_verb(
        what,
        "request-user",
        "make a person's key on this device and print a certificate request",
        f"sudo evertunnel client request-user {ALICE} > alice.csr",
    )
    sign_in = add_verb(
        what,
        "sign-in",
        "bring up a person's user tunnel beside the device tunnel",
        f"sudo evertunnel client sign-in {ALICE} --profile user-tunnel.profile --certificate alice.crt",
        f"sudo evertunnel client sign-in {ALICE}",
    )
    sign_in.add_argument(
        "--profile",
        type=Path,
        metavar="FILE",
        help="user-tunnel.profile, or what `evertunnel user enrol PLAN` wrote; kept for the next time",
    )
    sign_in.add_argument("--certificate", type=Path, metavar="FILE", help=f"{CERTIFICATE} for the person's key; {KEPT}")
    for sub in (request, sign_in):
        sub.add_argument("user", type=typed(UserName), metavar="USER")
    sign_out = add_verb(
        what,
        "sign-out",
        "end the user tunnel, at once; the device tunnel stays",
        "sudo evertunnel client sign-out",
    )
    sign_out.add_argument("user", nargs="?", type=typed(UserName), metavar="USER", help="only if it is they")


def _configure_at_login(what: Subparsers) -> None:
    at_login = add_verb(
        what,
        "at-login",
        "sign a person in whenever an account of this device logs in, and out after its last log-out",
        f"sudo evertunnel client at-login {ALICE} --account alice",
        f"sudo evertunnel client at-login {ALICE} --off",
    )
    at_login.add_argument("user", type=typed(UserName), metavar="USER")
    how = at_login.add_mutually_exclusive_group(required=True)
    how.add_argument("--account", metavar="NAME", help="the person's account on this device")
    how.add_argument("--off", action="store_true", help="leave log-ins alone, and sign out who was signed in by one")


def run(arguments: argparse.Namespace) -> int:
    """Does what was asked."""
    verbs = {
        "request": _request,
        "install": _install,
        "request-user": _request_user,
        "sign-in": _sign_in,
        "sign-out": _sign_out,
        "at-login": _at_login,
        "remove": _remove,
        "status": _status,
    }
    return verbs[arguments.what](arguments)


def _request(arguments: argparse.Namespace) -> int:
    from evertunnel.client import request

    print(request.create(arguments.device, arguments.domain), end="")
    return 0


def _install(arguments: argparse.Namespace) -> int:
    from evertunnel.client import install

    install.install(read_text(arguments.profile), _certificate(arguments))
    print("installed; the device tunnel comes up by itself, also after a restart: evertunnel client status")
    return 0


def _request_user(arguments: argparse.Namespace) -> int:
    from evertunnel.client import request

    print(request.create_for_user(arguments.user), end="")
    return 0


def _sign_in(arguments: argparse.Namespace) -> int:
    from evertunnel.client import signin

    profile = read_text(arguments.profile) if arguments.profile else None
    is_heard = signin.sign_in(arguments.user, profile, _certificate(arguments))
    when = "comes up by itself" if is_heard else "comes up once the agent answers"
    print(f"{arguments.user} is signed in; the user tunnel {when}: evertunnel client status")
    return 0 if is_heard else 1


def _sign_out(arguments: argparse.Namespace) -> int:
    from evertunnel.client import signin

    out = signin.sign_out(arguments.user)
    if out.other is not None:
        print(f"{arguments.user} is not signed in; {out.other} is, and stays so")
    elif out.is_ended:
        print("signed out; the user tunnel has ended")
    else:
        print("signed out; the agent does not answer and ends the user tunnel once it does: evertunnel client status")
    return 0 if out.is_ended else 1


def _at_login(arguments: argparse.Namespace) -> int:
    from evertunnel.client import at_login

    if arguments.off:
        at_login.leave_login_alone(arguments.user)
        print(f"no log-in signs {arguments.user} in any more")
    else:
        at_login.sign_in_at_login(arguments.user, arguments.account)
        print(f"who logs in as {arguments.account} is signed in as {arguments.user}, and out after the last log-out")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    from evertunnel.client import install, places

    if install.remove(purge=arguments.purge):
        print(f"removed; keys and profiles stay in {places.KEYS}: evertunnel client install {places.KEPT_PROFILE}")
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


def _certificate(arguments: argparse.Namespace) -> str | None:
    return read_text(arguments.certificate) if arguments.certificate else None
